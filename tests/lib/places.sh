# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# places.sh - the stages of a test that says PLACE="session guest", or one of them: its claims are run in each of these places, which
# ../vm/enter describes, in a login session of the user tester.
#
#	start    on the machine: makes all that stage.sh makes, and enters the places one after the other
#	user     in a place: claims are run here
#
# A place that gave no result is entered again, because a guest hangs now and then. So claims are printed in the end, as one list.

PLACES_ENTER=$TEST_LIB/../vm/enter
# Seconds on the machine itself; a guest that hangs is found sooner.
PLACES_LIMIT=300
PLACES_ATTEMPTS=3

# places_slowness PLACE - how much longer than on the machine things may take.
places_slowness() {
	case $1 in
	guest) echo 5 ;;
	*) echo 1 ;;
	esac
}

places_start() {
	local place

	if [ "$URUN_VARIANT" != full ]; then
		echo "1..0 # SKIP $URUN_VARIANT: tested in the variant full"
		exit 0
	fi
	stage_find_program
	stage_make_scratch
	# A copy, so that it does not matter who may go where the program was built.
	stage_copy_program
	TEST_USER=tester
	TEST_OWNER=1000:1000
	# Who exists only in a place.
	as_user() {
		"$PLACES_ENTER" session --mount "$URUN_TEST_CACHE" --share "$(rootfs_dir)" -- env "$@"
	}
	exec {STDOUT}>&1
	# shellcheck disable=SC2153 # the test has said it
	for place in $PLACE; do
		places_test_in "$place" >"$SCRATCH/$place.tap"
	done
	places_print
	exit 0
}

# places_bail WHY - instead of the list.
places_bail() {
	[ ! -e "$SCRATCH/claims" ] || sed 's/^/# /' "$SCRATCH/claims" >&"$STDOUT"
	stage_bail "$1" >&"$STDOUT"
}

# places_test_in PLACE
places_test_in() {
	local status=0

	"$PLACES_ENTER" "$1" --build 2>"$SCRATCH/build.log" || status=$?
	case $status in
	0) ;;
	77)
		(stage_skip "$(tail -n 1 "$SCRATCH/build.log")")
		return
		;;
	*)
		cat "$SCRATCH/build.log" >&2
		places_bail "cannot make the place $1"
		;;
	esac
	exec 9>"$URUN_TEST_CACHE/lock"
	flock 9
	stage_fill_cache >&"$STDOUT"
	exec 9>&-
	[ -e "$SCRATCH/bin/busybox.tar" ] || tar -C "$(rootfs_dir)" --numeric-owner -c -f "$SCRATCH/bin/busybox.tar" busybox
	places_enter "$1"
}

# places_enter PLACE
places_enter() {
	local -x TEST_PLACE=$1 TEST_SLOWNESS
	local -a environment folders
	local attempt status limit

	TEST_SLOWNESS=$(places_slowness "$1")
	limit=$((PLACES_LIMIT * TEST_SLOWNESS))
	mapfile -d '' environment < <(SCRATCH=/tmp/urun-test && stage_environment user)
	folders=(--mount "$(realpath "$TEST_LIB/../..")" --mount "$SCRATCH/bin" --mount "$HELPERS" --mount "$(rootfs_dir)")
	for ((attempt = 1; attempt <= PLACES_ATTEMPTS; attempt++)); do
		status=0
		setpriv --pdeathsig TERM "$PLACES_ENTER" "$1" "${folders[@]}" --timeout $((limit + 60)) -- \
			env PATH="$STAGE_PATH" LC_ALL=C.UTF-8 TERM=xterm "${environment[@]}" \
			timeout -k 5 "$limit" "$HELPERS/keeper" "$BASH" "$TEST_FILE" >"$SCRATCH/claims" 2>"$SCRATCH/err" || status=$?
		[ "$status" = 125 ] || break
		sed "s/^/# attempt $attempt: /" "$SCRATCH/err"
	done
	cat "$SCRATCH/claims"
	cat "$SCRATCH/err" >&2
	case $status in
	124) places_bail "no end after $limit s in the place $1" ;;
	125) places_bail "the place $1 gave no result" ;;
	esac
}

# places_print - the claims of all places as one list. A claim's number is replaced by the place's name.
places_print() {
	local place

	for place in $PLACE; do
		sed -E -e "s/^1\.\.0( .*)/1..1\nok - $place: can be entered\1/" -e "s/^((not )?ok) [0-9]+ -/\1 - $place:/" \
			"$SCRATCH/$place.tap"
	done >"$SCRATCH/all.tap"
	awk '/^1\.\./ { sum += substr($0, 4) } END { print "1.." sum + 0 }' "$SCRATCH/all.tap"
	sed '/^1\.\./d' "$SCRATCH/all.tap"
}
