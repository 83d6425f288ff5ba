# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# stage.sh - bring a test from whoever started it to the user and the place where its claims are run. Tests with a PLACE go another
# way, see places.sh.
#
# The test executes itself again in each stage:
#
#	start    makes users, helpers, root file systems and a scratch directory; removes that in the end
#	private  (root only) in a mount namespace of its own, where prepare_as_root() of the test may change the machine
#	user     the unprivileged user, or root in a user namespace of that user; claims are run here

# A test is not allowed to hang. The slowest needs a minute where nothing else runs.
STAGE_LIMIT=1200
STAGE_PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin

stage_bail() {
	echo "Bail out! $1"
	exit 99
}

# A file that cannot be tested here at all.
stage_skip() {
	if [ "$URUN_MUST_WORK" = 1 ]; then
		printf '1..1\nnot ok 1 - can be tested # %s\n' "$1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

stage_find_program() {
	local dir

	if [ -z "${URUN-}" ]; then
		for dir in "${URUN_BUILD-}" "${top_builddir-}" "$TEST_LIB/../.." "$TEST_LIB/../../build"; do
			[ -n "$dir" ] && [ -x "$dir/urun" ] && URUN=$dir/urun && break
		done
	fi
	URUN=$(command -v "${URUN-urun}") || stage_bail "no program to test: set URUN or URUN_BUILD"
	URUN=$(realpath -s "$URUN")
}

# lib.sh's C programs, as static programs so that they run in every root file system. The name holds the hash of the source.
stage_build_helpers() {
	local src name hash

	HELPERS=$URUN_TEST_CACHE/helpers
	mkdir -p "$HELPERS"
	for src in "$TEST_LIB"/*.c; do
		name=${src##*/}
		name=${name%.c}
		hash=$(cksum <"$src")
		hash=${hash%% *}
		[ -x "$HELPERS/$name.$hash" ] && continue
		"${CC:-cc}" -O1 -static -o "$HELPERS/.$name.$$" "$src" || stage_bail "cannot compile $src"
		mv "$HELPERS/.$name.$$" "$HELPERS/$name.$hash"
		ln -sf "$name.$hash" "$HELPERS/$name"
	done
}

# As root, a user of our own; otherwise whoever started the test.
stage_choose_user() {
	if [ "$(id -u)" != 0 ]; then
		TEST_USER=$(id -un)
		return
	fi
	TEST_USER=urun-test
	[ "$URUN_VARIANT" = single ] && TEST_USER=urun-nosub
	if ! getent passwd "$TEST_USER" >/dev/null; then
		useradd --create-home --shell /bin/bash "$TEST_USER" || stage_bail "cannot make the user $TEST_USER"
	fi
	if [ "$TEST_USER" = urun-nosub ]; then
		# Some versions of useradd give subordinate ids to everybody.
		sed -i '/^urun-nosub:/d' /etc/subuid /etc/subgid
	elif ! grep -q '^urun-test:' /etc/subuid; then
		usermod --add-subuids 200000-265535 --add-subgids 200000-265535 urun-test ||
			stage_bail "cannot give subordinate ids to $TEST_USER"
	fi
}

# as_user CMD... - run CMD as the test's user, with nothing inherited but what is named here.
# $AS_USER_GROUPS names other groups than the user's own; prepare_as_root may set it.
AS_USER_THROUGH=()
AS_USER_GROUPS=

as_user() {
	local -a become=()

	if [ "$(id -u)" = 0 ]; then
		become=(setpriv --reuid "$TEST_USER" --regid "$TEST_USER" --inh-caps=-all)
		if [ -n "$AS_USER_GROUPS" ]; then
			become+=(--groups "$AS_USER_GROUPS")
		else
			become+=(--init-groups)
		fi
	fi
	"${AS_USER_THROUGH[@]}" "${become[@]}" env -i --default-signal -C "$SCRATCH" HOME="$SCRATCH/home" USER="$TEST_USER" LOGNAME="$TEST_USER" \
		XDG_RUNTIME_DIR="$SCRATCH/run" PATH="$STAGE_PATH" URUN_NETWORK="$TEST_NETWORK" LC_ALL=C.UTF-8 \
		TERM=xterm "$@"
}

# The network of a container is as its config.json has it, but for claims about networks (network.sh).
: "${TEST_NETWORK=config}"

# What the test itself hands on to its next stage. A file may name more variables of its own in $STAGE_KEEPS.
[ "${STAGE_KEEPS+set}" ] || STAGE_KEEPS=()

stage_environment() {
	local name

	for name in URUN URUN_VARIANT URUN_MUST_WORK URUN_TEST_CACHE URUN_TEST_ONLY URUN_TEST_EDIT URUN_OCI_SCHEMA \
		TEST_USER TEST_PLACE TEST_SLOWNESS SCRATCH HELPERS ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS "${STAGE_KEEPS[@]}"; do
		[ -n "${!name-}" ] && printf '%s\0' "$name=${!name}"
	done
	printf 'TEST_STAGE=%s\0' "$1"
}

# Where a test works, and where it keeps what others can use as well.
stage_make_scratch() {
	mkdir -p "$URUN_TEST_CACHE"
	[ -O "$URUN_TEST_CACHE" ] || stage_bail "$URUN_TEST_CACHE belongs to somebody else"
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/urun-test.XXXXXX")
	trap 'stage_remove_scratch' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$SCRATCH"
}

stage_fill_cache() {
	stage_build_helpers
	rootfs_prepare
	HELPERS=$URUN_TEST_CACHE/helpers
}

stage_start() {
	local -a environment place=()
	local status

	stage_find_program
	stage_choose_user
	stage_make_scratch
	mkdir -m 700 "$SCRATCH/home" "$SCRATCH/run"
	mkdir "$SCRATCH/work"
	# Until the test has a mount namespace of its own: what is mounted to build a tree would be copied into it, and vanish there.
	exec 9>"$URUN_TEST_CACHE/lock"
	flock 9
	stage_fill_cache
	if [ "$(id -u)" = 0 ]; then
		chown -R "$TEST_USER:" "$SCRATCH"
		stage_publish_program
		place=(unshare --mount --propagation private)
		"${place[@]}" true 2>/dev/null || place=()
	elif [ "$URUN_VARIANT" = single ]; then
		stage_skip "as an ordinary user, only root can make a user without subordinate ids"
	elif declare -F prepare_as_root >/dev/null; then
		stage_skip "needs root to prepare the machine"
	fi
	mapfile -d '' environment < <(stage_environment private)
	env "${environment[@]}" "${place[@]}" timeout -k 5 "$STAGE_LIMIT" "$BASH" "$TEST_FILE" </dev/null
	status=$?
	[ "$status" = 124 ] && echo "Bail out! no end after $STAGE_LIMIT s"
	exit "$status"
}

# A build tree may lie where the test's user cannot go; what it needs of it is copied, and belongs to root.
stage_publish_program() {
	as_user test -x "$URUN" || stage_copy_program
}

stage_copy_program() {
	mkdir "$SCRATCH/bin"
	cp "$URUN" "${URUN%/*}"/urun-* "$SCRATCH/bin/"
	URUN=$SCRATCH/bin/${URUN##*/}
}

stage_remove_scratch() {
	chmod -R u+rwX "$SCRATCH" 2>/dev/null
	rm -rf "$SCRATCH" 2>/dev/null
	[ ! -e "$SCRATCH" ] || unshare --map-root-user --map-auto rm -rf "$SCRATCH"
}

# Others on this machine may build a tree as well. What they have mounted in it was copied, too, and vanishes here with its directory.
stage_leave_trees() {
	local place type

	# Where no namespace can be made these are not copies.
	[ ! /proc/self/ns/mnt -ef /proc/1/ns/mnt ] || return 0
	while read -r place type; do
		case $place in
		/tmp/*/proc | /tmp/*/sys | /tmp/*/dev/* | /var/tmp/*/proc | /var/tmp/*/sys | /var/tmp/*/dev/*) ;;
		*) continue ;;
		esac
		case $type in
		proc | sysfs | devpts | tmpfs) umount --lazy "$place" 2>/dev/null ;;
		esac
	done < <(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - \([^ ]*\) .*/\1 \2/p' /proc/self/mountinfo | tac)
}

stage_private() {
	local -a environment inside=()

	flock --unlock 9
	exec 9>&-
	if [ "$(id -u)" = 0 ]; then
		stage_leave_trees
		# A peer group of our own: what a container lets slip out shows here, and not on the machine.
		mount --make-rshared / 2>/dev/null
		! declare -F prepare_as_root >/dev/null || prepare_as_root || stage_bail "prepare_as_root failed"
	fi
	case $URUN_VARIANT in
	full | single) ;;
	nested) inside=(unshare --map-root-user --map-auto) ;;
	noopenat2)
		# A user may install the filter only with no_new_privs, where newuidmap is of no use, or as root of a namespace.
		if [ "$(id -u)" = 0 ]; then
			AS_USER_THROUGH+=("$HELPERS/no-openat2")
		else
			inside=(unshare --map-root-user --map-auto "$HELPERS/no-openat2")
		fi
		;;
	*) stage_bail "no such variant: $URUN_VARIANT" ;;
	esac
	mapfile -d '' environment < <(stage_environment user)
	as_user "${environment[@]}" "${inside[@]}" "$HELPERS/keeper" "$BASH" "$TEST_FILE"
	exit
}

stage_user() {
	export -n URUN URUN_VARIANT URUN_MUST_WORK URUN_TEST_CACHE URUN_TEST_ONLY URUN_TEST_EDIT URUN_OCI_SCHEMA \
		TEST_USER TEST_PLACE TEST_SLOWNESS SCRATCH HELPERS TEST_STAGE
	unset TEST_STAGE
	KEEPER=$PPID
	umask 022
	[ ! "$TEST_PLACE" ] || mkdir -p "$SCRATCH/work"
}

stage_next() {
	case ${TEST_STAGE-start} in
	start)
		[ ! "$PLACE" ] || places_start
		stage_start
		;;
	private) stage_private ;;
	user) stage_user ;;
	esac
}
