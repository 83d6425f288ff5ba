# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# claims.sh - run the functions it_* of a test, in the order of the file, and print TAP.
#
# After each one, whatever it claimed, nothing may be left: no state, no process, no mount, no change of a bundle or
# of a watched tree, and in a place no unit and no cgroup.

# skip WHY - this machine lacks something that the claim needs.
skip() {
	echo "$1" >"$CLAIM/.skip"
	exit 77
}

# skip_for_good WHY - the claim makes no sense here, and never will.
skip_for_good() {
	echo "$1" >"$CLAIM/.skip"
	exit 78
}

# not_in VARIANT... [-- WHY]
not_in() {
	local why="makes no sense in this variant" variant
	local -a variants=()

	while [ $# -gt 0 ]; do
		[ "$1" = -- ] && why=$2 && break
		variants+=("$1")
		shift
	done
	for variant in "${variants[@]}"; do
		[ "$variant" != "$URUN_VARIANT" ] || skip_for_good "$variant: $why"
	done
}

needs_program() {
	local program

	for program; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
}

# may_leave state|processes - what the claim is about makes this unavoidable.
may_leave() {
	touch "$CLAIM/.may_leave_$1"
}

# Processes that lost their parent end up with the keeper. Some need a moment to die.
orphans() {
	local pid comm

	for pid in $(children_of "$KEEPER"); do
		[ "$pid" != $$ ] || continue
		{ read -r comm <"/proc/$pid/comm"; } 2>/dev/null && echo "$pid ($comm)"
	done
	return 0
}

check_processes() {
	local try left='' end=$((SECONDS + 10 * TEST_SLOWNESS))

	# On a slow machine a try takes long, and the end of a process does so, too.
	for ((try = 0; try < 100 || SECONDS < end; try++)); do
		left=$(orphans)
		[ -n "$left" ] || return 0
		[ ! -e "$CLAIM/.may_leave_processes" ] || break
		sleep 0.02
	done
	while [ -n "$(orphans)" ]; do
		orphans | while read -r pid _; do
			kill -KILL "$pid" 2>/dev/null
		done
		sleep 0.02
	done
	[ -e "$CLAIM/.may_leave_processes" ] || echo "processes are left: ${left//$'\n'/, }"
}

check_state() {
	local left
	local -a roots=("$XDG_RUNTIME_DIR")

	# In a place it is the directory of the whole session.
	[ ! "$TEST_PLACE" ] || roots=("$XDG_RUNTIME_DIR"/{crun,runc,urun,urun-*})
	# What runtimes keep there for all containers is no state of one.
	left=$(find "${roots[@]}" "$CLAIM"/state* -mindepth 1 -maxdepth 2 -type d ! -name '.*' ! -name urun ! -name 'urun-*' ! -name crun \
		! -name runc ! -path '*/urun*/seccomp' 2>/dev/null)
	[ -n "$left" ] || return 0
	[ -e "$CLAIM/.may_leave_state" ] || echo "state is left: ${left//$'\n'/, }"
	find "${roots[@]}" -mindepth 1 -delete 2>/dev/null
}

check_mounts() {
	local difference

	difference=$(diff "$CLAIM/.mounts" /proc/self/mountinfo) && return
	echo "mounts of the host have changed:"
	echo "$difference" | head -n 5
}

check_trees() {
	local dir name difference
	local -A watched=()

	[ -e "$CLAIM/.watched" ] || return 0
	while IFS= read -r -d '' dir && IFS= read -r -d '' name; do
		watched["$dir"]=$name
	done <"$CLAIM/.watched"
	for dir in "${!watched[@]}"; do
		if [ -e "$CLAIM/.may_change" ] && grep -qzxF -e "$dir" "$CLAIM/.may_change"; then
			continue
		fi
		difference=$(tree_listing "$dir" | diff "$CLAIM/${watched["$dir"]}" -) && continue
		echo "has changed: $dir"
		echo "$difference" | head -n 6
	done
}

claim_body() {
	cd "$CLAIM" || exit
	set -eE
	trap 'echo "line $LINENO: $BASH_COMMAND: status $?" >&2' ERR
	"$1"
}

# run_claim NUMBER FUNCTION
run_claim() {
	local text=${2#it_} verdict status left
	text=${text//_/ }

	CLAIM=$SCRATCH/work/$1
	mkdir "$CLAIM"
	cat /proc/self/mountinfo >"$CLAIM/.mounts"
	[ ! "$TEST_PLACE" ] || units >"$CLAIM/.units"
	(claim_body "$2") >"$CLAIM/.log" 2>&1
	status=$?
	left=$(check_processes; check_state; check_mounts; check_trees; [ ! "$TEST_PLACE" ] || check_units)
	[ -z "$left" ] || echo "$left" >>"$CLAIM/.log"

	verdict="ok $1 - $text"
	case $status in
	0) ;;
	77)
		verdict+=" # SKIP $(cat "$CLAIM/.skip")"
		[ "$URUN_MUST_WORK" != 1 ] || verdict="not ok $1 - $text: skipped: $(cat "$CLAIM/.skip")"
		;;
	78) verdict+=" # SKIP $(cat "$CLAIM/.skip")" ;;
	*) verdict="not $verdict" ;;
	esac
	[ -z "$left" ] || verdict="not ok $1 - $text"
	echo "$verdict"
	case $verdict in
	not*) sed 's/^/# /' "$CLAIM/.log" ;;
	esac
	remove_claim
}

# What a container wrote may belong to subordinate ids.
remove_claim() {
	cd "$SCRATCH" || exit
	rm -rf "$CLAIM" 2>/dev/null && return
	chmod -R u+rwX "$CLAIM" 2>/dev/null
	rm -rf "$CLAIM" 2>/dev/null || unshare --map-root-user --map-auto rm -rf "$CLAIM"
}

# claims - all of the file, or those that $URUN_TEST_ONLY matches.
claims() {
	local -a list
	local name number=0

	shopt -s extdebug
	mapfile -t list < <(
		while read -r _ _ name; do
			read -r name line file < <(declare -F "$name")
			[ "$file" -ef "$TEST_FILE" ] && [[ $name == it_* ]] && [[ $name == *${URUN_TEST_ONLY-}* ]] && echo "$line $name"
		done < <(declare -F) | sort -n | cut -d ' ' -f 2
	)
	shopt -u extdebug
	echo "1..${#list[@]}"
	for name in "${list[@]}"; do
		run_claim $((++number)) "$name"
	done
}
