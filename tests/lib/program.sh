# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# program.sh - run the program under test and judge its answers. What it printed is in the files out and err of the
# claim's directory, its status in $status.

PROGRAM_NAME=${URUN##*/}
ID=box
status=

is_urun() {
	[ "$PROGRAM_NAME" = urun ]
}

# only_urun - for claims that other runtimes do not make.
only_urun() {
	is_urun || skip_for_good "no other runtime promises this"
}

# not_for NAME WHY - one other runtime does not promise it.
not_for() {
	[ "$PROGRAM_NAME" != "$1" ] || skip_for_good "$2"
}

# program ARG... - the program under test, for pipelines; started through the command $through, if there is one, and ended
# by force after $URUN_LIMIT seconds: it hangs, however slow the machine may be.
URUN_LIMIT=120
through=()

program() {
	timeout --foreground -k 2 $((URUN_LIMIT * TEST_SLOWNESS)) "${through[@]}" "$URUN" "$@"
}

# urun ARG... - in the foreground, with stdin from $input.
input=/dev/null

urun() {
	watch_bundles
	status=0
	program "$@" <"$input" >"$CLAIM/out" 2>"$CLAIM/err" || status=$?
	[ "$status" != 124 ] || fail "'urun $*' does not end"
}

# run_bundle [OPTION...] - this claim's bundle in the form that all runtimes know.
run_bundle() {
	urun run "$@" --bundle "$BUNDLE" "$ID"
}

# container SCRIPT [JQ...] - a shell script as the container of a new bundle.
container() {
	local script=$1
	shift

	bundle "$@"
	shell_script "$script"
	run_bundle
}

# start ARG... - in the background, as $PROGRAM, which the command $through has to become; `ends` waits for it.
start() {
	watch_bundles
	# A shell lets its background jobs ignore INT and QUIT.
	env --default-signal=INT,QUIT "${through[@]}" "$URUN" "$@" <"$input" >"$CLAIM/out" 2>"$CLAIM/err" &
	PROGRAM=$!
}

start_bundle() {
	start run "$@" --bundle "$BUNDLE" "$ID"
}

# start_container SCRIPT [JQ...] - like `container`; returns when the script has printed the line "ready".
start_container() {
	local script=$1
	shift

	bundle "$@"
	shell_script "$script"
	start_bundle
	is_ready
}

is_ready() {
	eventually grep -qx ready "$CLAIM/out"
}

# ends - wait for what was started.
ends() {
	local try

	for ((try = 0; try < 1000 * TEST_SLOWNESS; try++)); do
		if ! kill -0 "$PROGRAM" 2>/dev/null; then
			status=0
			wait "$PROGRAM" || status=$?
			return 0
		fi
		sleep 0.01
	done
	fail "the program does not end"
}

# eventually CMD... - CMD succeeds within ten seconds.
eventually() {
	local end=$((SECONDS + 10 * TEST_SLOWNESS))

	while [ $SECONDS -le $end ]; do
		"$@" 2>/dev/null && return
		sleep 0.02
	done
	fail "never happened: $*"
}

# init_pid - the host's number of the container's first process: the child of the program we started.
init_pid() {
	children_of "$PROGRAM" | head -n 1
}

# children_of PID
children_of() {
	local stat line

	for stat in /proc/[0-9]*/stat; do
		{ read -r line <"$stat"; } 2>/dev/null || continue
		line=${line##*) }
		line=${line#* }
		[ "${line%% *}" != "$1" ] || basename "${stat%/stat}"
	done
}

# parent_of PID
parent_of() {
	local line

	read -r line <"/proc/$1/stat" || return
	line=${line##*) }
	line=${line#* }
	echo "${line%% *}"
}

is_gone() {
	[ ! -e "/proc/$1" ]
}

# is_dead PID - gone, or it only waits for its parent to take notice, or the parent is about to.
is_dead() {
	! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null
}

#
# Containers that live on without us. What one prints is in the file $ID.out; a claim ends with `deleted`.
#

# create [OPTION...] - this claim's bundle, up to its start.
create() {
	live_on create "$@"
}

# detach [OPTION...] - this claim's bundle, running.
detach() {
	live_on run --detach "$@"
}

live_on() {
	watch_bundles
	: >"$CLAIM/out"
	: >"$CLAIM/err"
	status=0
	program "$@" --bundle "$BUNDLE" "$ID" <"$input" >>"$CLAIM/${ID::99}.out" 2>>"$CLAIM/err" || status=$?
	[ "$status" != 124 ] || fail "'$* $ID' does not end"
}

# created SCRIPT [JQ...] - a shell script as the container of a new bundle, up to its start.
created() {
	local script=$1
	shift

	bundle "$@"
	shell_script "$script"
	create
	exits 0
}

# running SCRIPT [JQ...] - the same, running; returns when the script has printed the line "ready".
running() {
	local script=$1
	shift

	bundle "$@"
	shell_script "$script"
	detach
	exits 0
	it_said ready
}

# sleeper [JQ...] - a container that only sleeps, as a program that handles no signal.
sleeper() {
	bundle '.process.args = ["sleep", "1000"]' "$@"
	detach
	exits 0
	eventually is_named sleep "$(host_pid)"
}

# it_said LINE - what a container that lives on has printed, sooner or later.
it_said() {
	eventually grep -qxF -e "$1" "$CLAIM/$ID.out"
}

# is_named NAME PID
is_named() {
	grep -qx "$1" "/proc/$2/comm"
}

# state JQ - of what `state` prints.
state() {
	program state "$ID" | jq -r "$1"
}

# host_pid - of process 1, as the host counts it.
host_pid() {
	state .pid
}

has_status() {
	[ "$(state .status)" = "$1" ]
}

# is_now STATUS / soon STATUS - as `state` tells it.
is_now() {
	equal "$1" "$(state .status)" "status"
}

soon() {
	eventually has_status "$1"
}

# deleted [ID...] - remove them, whatever they do.
deleted() {
	local id

	for id in "${@:-$ID}"; do
		urun delete --force "$id"
		exits 0
	done
}

# listener SOCKET [ACTION...] - be who waits for a terminal or a pidfd there; see recvfd.py. What it got is in received, what
# the terminal said in said.
listener() {
	local socket=$1

	needs_program /usr/bin/python3
	rm -f "$CLAIM/received" "$CLAIM/said"
	/usr/bin/python3 "$TEST_LIB/recvfd.py" "$socket" "$CLAIM/received" "${@:2}" >"$CLAIM/said" 2>"$CLAIM/listener.err" &
	LISTENER=$!
	eventually test -S "$socket"
}

# received LINE - a line about what the listener got.
received() {
	eventually test -e "$CLAIM/received"
	grep -qxE -e "$1" "$CLAIM/received" || fail "no line '$1' in what came through the socket: '$(cat "$CLAIM/received")'"
}

# listened - the listener has seen all that it waited for.
listened() {
	wait "$LISTENER" || fail "the listener: $(cat "$CLAIM/listener.err"); the terminal said: $(tail -c 400 "$CLAIM/said")"
}

#
# Judgements. Each one ends the claim when it does not hold.
#

fail() {
	echo "$1"
	if [ -s "$CLAIM/err" ]; then
		echo "stderr:"
		head -c 1500 "$CLAIM/err" | head -n 12 | cat -v
	fi
	exit 1
}

exits() {
	[ "$status" = "$1" ] || fail "expected status $1, got '$status'; stdout: $(head -c 300 "$CLAIM/out")"
}

# prints TEXT - all of stdout.
prints() {
	[ "$(cat -v "$CLAIM/out")" = "$1" ] || fail "expected the output '$1', got '$(head -c 600 "$CLAIM/out" | cat -v)'"
}

prints_line() {
	grep -qxF -e "$1" "$CLAIM/out" || fail "no line '$1' in the output '$(head -c 600 "$CLAIM/out" | cat -v)'"
}

prints_match() {
	grep -qE -e "$1" "$CLAIM/out" || fail "no match for '$1' in the output '$(head -c 600 "$CLAIM/out" | cat -v)'"
}

never_prints() {
	! grep -qE -e "$1" "$CLAIM/out" || fail "'$1' is in the output '$(head -c 600 "$CLAIM/out" | cat -v)'"
}

# says REGEX - on stderr.
says() {
	is_urun || return 0
	grep -qE -e "$1" "$CLAIM/err" || fail "stderr does not say '$1'"
}

never_says() {
	! grep -qE -e "$1" "$CLAIM/err" || fail "stderr says '$1'"
}

stays_silent() {
	[ ! -s "$CLAIM/err" ] || fail "stderr is not empty"
}

# fails STATUS REGEX... - with one error of the program's own, in which each expression is found.
MISSING='(No such file or directory|does not exist)'

fails() {
	local expected=$1 regex
	shift

	if ! is_urun; then
		[ "$status" != 0 ] || fail "expected a failure"
		return 0
	fi
	[ "$status" = "$expected" ] || fail "expected status $expected, got '$status'"
	grep -q '^urun: error: ' "$CLAIM/err" || fail "no line 'urun: error: …'"
	[ "$(grep -c '^urun: error: ' "$CLAIM/err")" = 1 ] || fail "more than one error"
	for regex; do
		says "$regex"
	done
}

# equal EXPECTED ACTUAL [WHAT]
equal() {
	[ "$1" = "$2" ] || fail "${3-value}: expected '$1', got '$2'"
}

# holds CMD... / never CMD...
holds() {
	"$@" || fail "does not hold: $*"
}

never() {
	! "$@" || fail "should not hold: $*"
}
