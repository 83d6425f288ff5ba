# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bench and its other parts
#
# stage.sh - as root: a user, a private mount and pid namespace, and the bench again as that user in it.
#
# bench executes itself in each stage:
#
#	start      makes the directory (and the user), removes them in the end
#	namespace  (root only) mounts
#	user       measures

made_user='' child=''

subordinate() { # FILE: "START COUNT" of the first range of $user
	awk -F: -v name="$user" -v id="$(id -u "$user")" '$1 == name || $1 == id { print $2, $3; exit }' "$1"
}

free_range() { # 65536 ids above all those in use
	awk -F: '$2 + $3 > end { end = $2 + $3 } END { if (end < 100000) end = 100000; print end "-" end + 65535 }' \
		/etc/subuid /etc/subgid
}

make_user() {
	local range
	useradd --no-create-home --home-dir / --shell /bin/false "$user"
	made_user=$user
	if [ -z "$(subordinate /etc/subuid)" ] || [ -z "$(subordinate /etc/subgid)" ]; then
		range=$(free_range)
		usermod --add-subuids "$range" --add-subgids "$range" "$user"
	fi
}

clean_up() {
	if [ -n "$child" ]; then
		kill -KILL "$child" 2>/dev/null || : # unshare shrugs off the gentler signals; all inside dies with it
		wait "$child" || :
	fi
	end_containers
	rm -rf "$dir"
	if [ -n "$made_user" ]; then
		userdel "$made_user"
	fi
}

enter_namespace() { # BENCH-ARGUMENT…
	id "$user" >/dev/null 2>&1 || make_user
	# All die with the namespace's first process; the mounts die with the namespace.
	BENCH_STAGE=namespace BENCH_DIR=$dir unshare --mount --propagation private --pid --fork --kill-child \
		--mount-proc -- bash "$here/bench" "$@" &
	child=$! # in the background, since bash heeds a signal only while it waits
	wait "$child" || exit
	child=
}

as_user() {
	setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups --inh-caps=-all "$@"
}

# A pure v2 layout suits everyone. Of the older ones, each is refused by one of the peers, so nobody gets any
# cgroups; only runc gives up where it finds no devices hierarchy, so there is one out of the way.
hide_cgroups() {
	local devices=/sys/fs/cgroup/devices
	[ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || return 0
	mkdir -p "$dir/cgroups/devices"
	! mountpoint -q $devices || mount --bind $devices "$dir/cgroups/devices"
	umount -R /sys/fs/cgroup 2>/dev/null || :
	mount -t tmpfs -o ro tmpfs /sys/fs/cgroup
}

# A program that the user cannot reach is copied, with the helpers that it looks for beside itself.
bring_urun() {
	local helper
	urun=$(realpath -m "$urun")
	if [ ! -x "$urun" ] || as_user test -x "$urun"; then
		return
	fi
	mkdir "$dir/urun"
	for helper in "$urun" "${urun%/*}"/urun-{init,seccomp,subid}; do
		[ ! -x "$helper" ] || cp "$helper" "$dir/urun"
	done
	urun=$dir/urun/${urun##*/}
}

prepare_namespace() { # BENCH-ARGUMENT…
	local arg
	mount -t tmpfs -o mode=755 tmpfs "$dir"
	hide_cgroups
	cp "$here"/{bench,*.sh,*.c,seccomp.json} "$dir"
	mkdir -m 700 "$dir/run"
	chown -R "$user:" "$dir"
	bring_urun
	for arg in FLOOR ABRUN FILTER; do
		declare -n given=BENCH_$arg
		[ -z "${given:-}" ] || export "BENCH_$arg=$(realpath "$given")"
	done
	cd "$dir" || exit
	export BENCH_STAGE=user HOME=$dir USER=$user LOGNAME=$user XDG_RUNTIME_DIR=$dir/run
	as_user bash "$dir/bench" "$@" --urun "$urun" --user "$user"
}
