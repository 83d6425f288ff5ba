# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# rootfs.sh - root file systems, built once per user and kept in the cache. Their owner is the test's user, who is
# root in the container: 0 maps to the user, 1 and above to the subordinate ids.
#
#	busybox  small enough to be copied for every bundle
#	debian   a real one with servers, unpacked in the user's mapping, with the owners it has on a Debian machine

BUSYBOX_APPLETS='[ ash awk basename cat chgrp chmod chown cp cut date dd df dirname du echo env expr false find free
	grep head hostname id ifconfig ionice ip kill ln ls mkdir mkfifo mknod mktemp more mount mountpoint mv nc nice
	nproc od pidof ping printf ps pwd readlink realpath renice rm rmdir sed seq setsid sh sha256sum sleep sort stat
	stty su sync tail tar tee test time timeout top touch tr true tty umount uname uniq unshare usleep vi wc which
	whoami xargs yes'

DEBIAN_PACKAGES=nginx-light,python3

rootfs_dir() {
	echo "$URUN_TEST_CACHE/$TEST_USER"
}

rootfs_busybox() {
	echo "$(rootfs_dir)/busybox"
}

rootfs_debian() {
	echo "$(rootfs_dir)/debian+$DEBIAN_PACKAGES"
}

rootfs_prepare() {
	local dir

	dir=$(rootfs_dir)
	mkdir -p "$dir"
	[ "$(id -u)" != 0 ] || chown "${TEST_OWNER:-$TEST_USER:}" "$dir"
	[ -e "$dir/busybox/etc/passwd" ] || rootfs_build_busybox "$dir" || stage_bail "cannot build the busybox tree"
	if grep -q '^[^#]*debian_bundle' "$TEST_FILE" && [ ! -e "$(rootfs_debian)/etc/passwd" ]; then
		rootfs_build_debian "$(rootfs_debian)" || echo "# no Debian tree: see $URUN_TEST_CACHE/debian.log"
	fi
}

rootfs_build_busybox() {
	local busybox

	busybox=$(command -v busybox) || stage_bail "needs busybox (Debian: busybox-static)"
	as_user BUSYBOX_APPLETS="$BUSYBOX_APPLETS" "$BASH" -c "$(declare -f rootfs_fill_busybox); rootfs_fill_busybox \"\$@\"" - "$1" "$busybox"
}

rootfs_fill_busybox() {
	local tree=$1/.busybox applet

	umask 022
	rm -rf "$tree"
	mkdir -p "$tree"/{bin,dev,etc,home/alice,mnt,proc,root,run,sys,tmp,usr/bin,var/tmp} || return
	chmod 1777 "$tree/tmp" "$tree/var/tmp"
	chmod 700 "$tree/root"
	cp "$2" "$tree/bin/busybox" || return
	for applet in $BUSYBOX_APPLETS; do
		ln -s busybox "$tree/bin/$applet"
	done
	cat >"$tree/etc/passwd" <<-END
		root:x:0:0:root:/root:/bin/sh
		daemon:x:1:1:daemon:/:/bin/false
		www-data:x:33:33:www-data:/var/www:/bin/false
		alice:x:1000:1000:Alice:/home/alice:/bin/sh
		nobody:x:65534:65534:nobody:/nonexistent:/bin/false
	END
	cat >"$tree/etc/group" <<-END
		root:x:0:
		daemon:x:1:
		tty:x:5:
		disk:x:6:alice
		www-data:x:33:
		alice:x:1000:
		nogroup:x:65534:
	END
	echo 127.0.0.1 localhost >"$tree/etc/hosts"
	touch "$tree/etc/resolv.conf"
	mv "$tree" "$1/busybox"
}

# rootfs_build_debian TREE - the packages come as a tar file made by whoever may; only the user's mapping gives files to subordinate ids.
rootfs_build_debian() {
	local tar=$URUN_TEST_CACHE/${1##*/}.tar mode=unshare

	command -v mmdebstrap >/dev/null || return
	[ "$(id -u)" != 0 ] || mode=root
	if [ ! -e "$tar" ]; then
		TMPDIR=/var/tmp mmdebstrap --mode="$mode" --variant=essential --include="$DEBIAN_PACKAGES" --quiet \
			--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
			--dpkgopt='path-exclude=/usr/share/man/*' bookworm "${tar%.tar}.new.tar" >"$URUN_TEST_CACHE/debian.log" 2>&1 &&
			mv "${tar%.tar}.new.tar" "$tar" || return
		chmod 644 "$tar"
	fi
	as_user "$BASH" -c "$(declare -f rootfs_unpack_debian); rootfs_unpack_debian \"\$@\"" - "$1" "$tar" >>"$URUN_TEST_CACHE/debian.log" 2>&1
}

rootfs_unpack_debian() {
	local -a unpack=(tar -x -f "$2" --exclude './dev/*' -C "$1.new")

	rm -rf "$1.new"
	mkdir "$1.new" || return
	if grep -q "^$USER:" /etc/subuid; then
		unshare --map-root-user --map-auto "${unpack[@]}" --numeric-owner || return
	else
		"${unpack[@]}" || return
	fi
	mv "$1.new" "$1"
}
