# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# oci.sh - the operations of the OCI runtime specification, as every runtime's command line knows them: create, start,
# state, kill, delete. For tests of conformance, after lib.sh. Nothing here knows which runtime it is.
#
# What the container of this claim's bundle writes is in the files box.out and box.err, whichever operation runs.

# create_box [OPTION...] - this claim's bundle as the container $ID.
create_box() {
	watch_bundles
	status=0
	program create --bundle "$BUNDLE" "$@" "$ID" <"$input" >"$CLAIM/box.out" 2>"$CLAIM/box.err" || status=$?
	cp "$CLAIM/box.err" "$CLAIM/err"
	: >"$CLAIM/out"
	[ "$status" != 124 ] || fail "'create' does not end"
}

# created SCRIPT [JQ...] - a container of a new bundle is created; its program would be a shell script.
created() {
	local script=$1
	shift

	bundle "$@"
	shell_script "$script"
	create_box
	succeeds
}

# started SCRIPT [JQ...] - and started.
started() {
	created "$@"
	urun start "$ID"
	succeeds
}

# running SCRIPT [JQ...] - and its program has printed the line "ready".
running() {
	started "$@"
	eventually box_prints_line ready
}

# stopped SCRIPT [JQ...] - and its program has ended.
stopped() {
	started "$@"
	eventually is_status stopped
}

# gone - away with it, whatever it does.
gone() {
	urun delete --force "$ID"
	succeeds
}

# hooked KIND SCRIPT - a jq expression that adds a hook: a shell script with the kind as $1, and as $2 the directory log of
# the claim, which containers know as /mnt.
hooked() {
	local where='$here + "/log"'

	[ "$1" != startContainer ] || where='"/mnt"'
	mkdir -p "$CLAIM/log"
	echo ".hooks.$1 += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", $(jq -n --arg script "$2" '$script'), \"hook\", \"$1\", $where],
		env: [\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"]}]"
}

# with_log - a jq expression: the directory log is /mnt in the container.
with_log() {
	mkdir -p "$CLAIM/log"
	echo '.mounts += [{destination: "/mnt", type: "none", source: ($here + "/log"), options: ["bind", "rw"]}]'
}

#
# Judgements.
#

succeeds() {
	[ "$status" = 0 ] || fail "expected success, got status $status"
}

# refused - the operation is an error of the runtime, which says why; no crash and no time-out.
refused() {
	[ "$status" != 0 ] || fail "expected an error"
	[ "$status" -lt 128 ] && [ "$status" != 124 ] || [ "$status" = 255 ] || fail "expected an error, got status $status"
	[ -s "$CLAIM/err" ] || fail "an error without a word"
}

# state_says JQ - what the state of $ID says, on stdout. Without any effect on the files out and err.
state_says() {
	program state "$ID" 2>/dev/null </dev/null | jq -r "$1"
}

is_status() {
	[ "$(state_says .status)" = "$1" ]
}

# has_status STATUS - now.
has_status() {
	equal "$1" "$(state_says .status)" status
}

# is_unknown - there is no container $ID.
is_unknown() {
	urun state "$ID"
	refused
}

box_prints_line() {
	grep -qxF -e "$1" "$CLAIM/box.out"
}

# box_prints TEXT - in the end, all that the container wrote.
box_prints() {
	[ "$(cat -v "$CLAIM/box.out")" = "$1" ] || fail "expected the output '$1', got '$(head -c 600 "$CLAIM/box.out" | cat -v)'"
}

# is_gone PID - it has ended.
is_gone() {
	local stat

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ ${stat##*) } == [ZX]* ]]
}

# needs_schema - for a claim about nothing else.
needs_schema() {
	[ -n "$URUN_OCI_SCHEMA" ] || skip_for_good "URUN_OCI_SCHEMA names no schema"
	has_jsonschema || skip "needs python3-jsonschema"
}

has_jsonschema() {
	/usr/bin/python3 -W ignore -c 'import jsonschema' 2>/dev/null
}

# is_valid SCHEMA FILE - by a JSON schema of the specification, where that is at hand.
is_valid() {
	[ -n "$URUN_OCI_SCHEMA" ] && has_jsonschema || return 0
	/usr/bin/python3 -W ignore - "$URUN_OCI_SCHEMA" "$1" "$2" <<-'END' || fail "not valid by $1: $(head -c 600 "$2")"
		import json, os, sys, jsonschema
		base = "file://" + os.path.abspath(sys.argv[1]) + "/" + sys.argv[2]
		schema = json.load(open(base[7:]))
		jsonschema.Draft4Validator(schema, resolver=jsonschema.RefResolver(base, schema)).validate(json.load(open(sys.argv[3])))
	END
}
