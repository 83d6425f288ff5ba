# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# session.sh - the place `session`: systemd as process 1 of namespaces on this machine's kernel.
#
# It knows of the machine's cgroups only $PLACE_CGROUP, as the root of the v2 hierarchy. Its root file system is an overlay of the tree.

session_prepare() {
	:
}

session_start() {
	order='- 0'
	session_boot >"$work/console.log" 2>&1 &
	process=$!
}

session_end() {
	echo 1 >"$PLACE_CGROUP/cgroup.kill"
	wait "$process" 2>/dev/null || :
}

session_boot() {
	echo "$BASHPID" >"$PLACE_CGROUP/cgroup.procs"
	export -f session_init session_mounts session_devices show_folder
	# shellcheck disable=SC2016 # for the other shell
	work=$work exec unshare --mount --propagation private --pid --fork --kill-child --cgroup --net --ipc --uts \
		"$BASH" -euc 'session_init "$@"' - "${#folders[@]}" "${options[@]}" "${folders[@]}" </dev/null
}

session_devices() {
	local dev=$1 device name major minor

	mkdir "$dev"/{net,pts,shm,mqueue}
	for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 fuse:10:229 net/tun:10:200; do
		IFS=: read -r name major minor <<<"$device"
		mknod -m 666 "$dev/$name" c "$major" "$minor"
	done
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$dev/pts"
	mount -t mqueue mqueue "$dev/mqueue"
	mount -t tmpfs tmpfs "$dev/shm"
	ln -s pts/ptmx "$dev/ptmx"
	ln -s /proc/self/fd "$dev/fd"
	ln -s fd/0 "$dev/stdin"
	ln -s fd/1 "$dev/stdout"
	ln -s fd/2 "$dev/stderr"
	ln -s null "$dev/console"
}

session_mounts() {
	local root=$1 dir

	rm -rf "$work/overlay"
	mkdir -p "$work"/overlay/{upper,work} "$root"
	mount -t overlay -o "lowerdir=$PLACE_TREE/root,upperdir=$work/overlay/upper,workdir=$work/overlay/work" overlay "$root"
	for dir in dev run; do
		mount -t tmpfs -o mode=755 tmpfs "$root/$dir"
	done
	# An overlay cannot be the upper directory of another one.
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	mount -t tmpfs -o mode=755 tmpfs "$root/home"
	cp -a "$PLACE_TREE/root/home/tester" "$root/home/"
	session_devices "$root/dev"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	# The kernel's settings are the machine's. With another proc in full view, user namespaces may have theirs.
	mkdir -m 700 "$root/run/proc"
	mount -t proc proc "$root/run/proc"
	mount --bind "$root/proc/sys" "$root/proc/sys"
	mount -o remount,bind,ro "$root/proc/sys"
	mkdir -p "$root/run/place/lines"
	mount --bind "$work/lines" "$root/run/place/lines"
}

# session_init COUNT OPTION... DIR... - what process 1 does before it is systemd.
session_init() {
	local root=$work/root count=$1 i
	shift

	session_mounts "$root"
	for ((i = 1; i <= count; i++)); do
		show_folder "${!i}" "${@:count+i:1}" "$root${*:count+i:1}"
	done
	hostname place
	ip link set lo up
	cd "$root"
	pivot_root . mnt
	umount -l /mnt
	exec env -i container=place PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --unit=place.target --log-target=console --show-status=0
}
