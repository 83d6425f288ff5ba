# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# lib.sh - for tests of programs that call the runtime. A test sources it instead of ../lib/lib.sh, as its first line of code.
#
# Started by root, the machine is the same everywhere: there are no cgroups for users, and /dev/net/tun is as udev makes it, in the
# mount namespace of the test. Started by others, the machine is as it is.

# shellcheck source=../lib/tun.sh
. "${BASH_SOURCE[0]%/*}/../lib/tun.sh"

if [ "$(id -u)" = 0 ]; then
	prepare_as_root() {
		# runc has no way to do without cgroups.
		[ "${URUN##*/}" = runc ] || mount -t tmpfs -o ro,mode=755 none /sys/fs/cgroup || return
		prepare_tun || return
		# A group that means nothing in a container.
		AS_USER_GROUPS=$(id -g "$TEST_USER"),$(getent group games | cut -d : -f 3)
	}
fi

# shellcheck source=../lib/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib/lib.sh"

# client PROGRAM... - what the whole file needs. Callers bring a user namespace of their own: other variants add nothing.
client() {
	local program

	if [ "$URUN_VARIANT" != full ]; then
		echo "1..0 # SKIP $URUN_VARIANT: tested in the variant full"
		exit 0
	fi
	for program; do
		command -v "$program" >/dev/null || stage_skip "needs $program"
	done
}

# call CMD... - a caller of the runtime, judged like the runtime: out, err and $status.
call() {
	status=0
	timeout --foreground -k 2 "$URUN_LIMIT" "$@" <"$input" >"$CLAIM/out" 2>"$CLAIM/err" || status=$?
	[ "$status" != 124 ] || fail "'$*' does not end"
}

# call_on_terminal ACTION... -- CMD... - the same in front of a terminal, see ../lib/terminal.py.
call_on_terminal() {
	needs_program /usr/bin/python3
	status=0
	/usr/bin/python3 "$TEST_LIB/terminal.py" "$@" >"$CLAIM/out.raw" 2>"$CLAIM/err" </dev/null || status=$?
	tr -d '\r' <"$CLAIM/out.raw" >"$CLAIM/out"
	[ "$status" != 99 ] || fail "not what was expected on the terminal: $(tail -c 600 "$CLAIM/out")"
}

# recorder - the program under test as $RECORDER, which writes its arguments to the file calls.
recorder() {
	RECORDER=$CLAIM/recorder
	printf '#!/bin/sh\necho "$*" >>"%s"\nexec "%s" "$@"\n' "$CLAIM/calls" "$URUN" >"$RECORDER"
	chmod 755 "$RECORDER"
}

#
# podman and buildah: a home with configuration, and the images of the file.
#

IMAGE=localhost/busybox

# home_at DIR - all that belongs to a user: configuration, images, containers, and what is gone after a reboot.
home_at() {
	export HOME=$1/home XDG_RUNTIME_DIR=$1/run TMPDIR=$1/home/tmp
	local conf=$HOME/.config/containers

	mkdir -p "$conf/containers.conf.d" "$TMPDIR"
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	cat >"$conf/containers.conf" <<-END
		[containers]
		log_driver = "k8s-file"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		lock_type = "file"
	END
	# The file that is installed, with the place of the program under test.
	sed "s|\"/usr/bin/urun\"|\"$URUN\"|" "$TEST_LIB/../../data/containers.conf.d/50-urun.conf" >"$conf/containers.conf.d/50-urun.conf"
	cat >"$conf/storage.conf" <<-END
		[storage]
		driver = "vfs"
		graphroot = "$HOME/storage"
		runroot = "$XDG_RUNTIME_DIR/containers"
		[storage.options]
		additionalimagestores = [$([ ! -e "$SCRATCH/images/home/storage" ] || echo "\"$SCRATCH/images/home/storage\"")]
	END
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$conf/policy.json"
	echo 'unqualified-search-registries = []' >"$conf/registries.conf"
}

# file_image CMD... - make an image for all claims of the file: CMD gets it as a tar file on stdin.
file_image() {
	(
		CLAIM=$SCRATCH/images
		mkdir "$CLAIM"
		home_at "$CLAIM"
		tar -C "$(rootfs_dir)/busybox" -c . | "$@" >"$CLAIM/log" 2>&1 || stage_bail "cannot make an image: $(tail -n 1 "$CLAIM/log")"
		end_pause
	) || exit
}

# podman leaves a process that holds its user namespace.
end_pause() {
	local file=$XDG_RUNTIME_DIR/libpod/tmp/pause.pid

	[ ! -e "$file" ] || kill "$(cat "$file")"
}

# home - for one claim. In the end home_clears, if the test has one, removes what is there. Then the runtime may know no container,
# and no bundle or socket may be left.
home() {
	home_at "$CLAIM"
	trap 'home_ends $?' EXIT
}

home_ends() {
	local verdict=$1 left

	! declare -F home_clears >/dev/null || home_clears
	end_pause
	left=$(known_containers; find "$TMPDIR" -mindepth 1 -maxdepth 1)
	[ -n "$left" ] || exit "$verdict"
	echo "is left: $left"
	exit 1
}

# known_containers - the names in the runtime's state.
known_containers() {
	find "$XDG_RUNTIME_DIR/$PROGRAM_NAME" -mindepth 1 -maxdepth 1 -type d ! -name '.*' ! -name seccomp -printf '%f\n' 2>/dev/null
	return 0
}
