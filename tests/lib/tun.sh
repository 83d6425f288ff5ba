# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# tun.sh - /dev/net/tun as udev makes it, whatever the machine has: for prepare_as_root. It is a file of the test's user, who may take it
# away, and change who may open it; in the end that is undone by `tun_restored`.

TUN=/dev/net/tun

prepare_tun() {
	local dir=$SCRATCH/dev

	mkdir "$dir" && mount -t tmpfs -o mode=755 none "$dir" || return
	# Where this is impossible, claims about networks are skipped. A directory that the machine lacks stays, and is empty.
	mknod -m 666 "$dir/tun" c 10 200 2>/dev/null && chown -R "$TEST_USER:" "$dir" &&
		mkdir -p "${TUN%/*}" 2>/dev/null && mount --bind "$dir" "${TUN%/*}" 2>/dev/null
	return 0
}

needs_tun() {
	needs_program slirp4netns
	# Not every node that may be opened has a driver behind it.
	(: <>"$TUN") 2>/dev/null || skip "needs $TUN"
}

# tun_away / tun_closed - there is none, or it is not for this user.
tun_away() {
	mv "$TUN" "$TUN.away"
}

tun_closed() {
	chmod 000 "$TUN"
}

tun_restored() {
	[ ! -e "$TUN.away" ] || mv "$TUN.away" "$TUN"
	[ ! -e "$TUN" ] || chmod 666 "$TUN"
}
