# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bench and its other parts
#
# life.sh - what follows `run`: create, start and delete; exec; state; list; many starts at once.

# urun/crun, but for QUIET_LIMIT
LIFE_LIMIT=0.45 EXEC_LIMIT=0.25 LIST_LIMIT=0.3 STARTS_LIMIT=2.5 RSS_LIMIT_CRUN=0.5
QUIET_LIMIT=10 # ms

# ---- containers that stay ----

containers=() # "PEER STATE-ROOT ID", to be deleted in the end

state_root() { # PEER WHAT
	echo "$dir/state/$1.$2"
}

# A peer that cannot is left out: then there is no such directory.
hold_container() { # PEER VARIANT
	local root
	root=$(state_root "$1" "$2")
	[ ! -d "$root" ] || return 0
	mkdir -p "$root"
	containers+=("$1 $root held")
	try_steps "${path_of[$1]}" --root "$root" run -d -b "$dir/$2.held" held || {
		leave_out "$1" "$2 run -d"
		rm -r "$root"
	}
}

hold_containers() { # VARIANT
	local peer
	write_bundle "$1.held" "$1" 'exec sleep 1000000'
	for peer in "${peers[@]}"; do
		[ "$peer" = floor ] || hold_container "$peer" "$1"
	done
}

end_containers() {
	local peer root id
	[ ${#containers[@]} -gt 0 ] || return 0
	while read -r peer root id; do
		"${path_of[$peer]}" --root "$root" delete -f "$id" >/dev/null 2>&1 || :
	done < <(printf '%s\n' "${containers[@]}")
	containers=()
}

# More containers with the same processes: what the peer has recorded of one, under other ids.
clone_state() { # FROM TO COUNT
	local file name ids id text
	mkdir -m 700 "$2"
	printf -v ids "$2/held-%04d " $(seq "$3")
	# shellcheck disable=SC2086 # a list
	mkdir -m 700 $ids
	for file in "$1"/held/*; do
		if [ -L "$file" ]; then
			for id in $ids; do
				ln -s "$(readlink "$file")" "$id/${file##*/}"
			done
		fi
		[ -f "$file" ] || continue
		name=${file##*/}
		text=$(<"$file")
		for id in $ids; do
			printf '%s\n' "${text//\"held\"/\"${id##*/}\"}" >"$id/$name"
		done
	done
}

# ---- comparisons ----

# With what is held.
measure_command() { # ROW TEXT WHAT COMMAND [ARG…]
	local row=$1 text=$2 what=$3 peer root
	shift 3
	begin_comparison
	for peer in "${peers[@]}"; do
		root=$(state_root "$peer" "$what")
		[ ! -d "$root" ] || add_peer "$peer" "$text" "${path_of[$peer]}" --root "$root" "$@"
	done
	compare "$row"
	print_row "$row" "" "$text" "${LIFE_COLUMNS[@]}"
}

measure_whole_life() { # VARIANT
	local peer call
	begin_comparison
	for peer in "${peers[@]}"; do
		[ "$peer" != floor ] || continue
		containers+=("$peer $(state_root "$peer" life) life")
		call=("${path_of[$peer]}" --root "$(state_root "$peer" life)")
		add_peer "$peer" "$1 create" "${call[@]}" create -b "$dir/$1" life ++ "${call[@]}" start life ++ "${call[@]}" delete -f life
	done
	compare "$1:life"
	print_row "$1:life" "" "$1 create, start, delete -f" "${LIFE_COLUMNS[@]}"
	print_row "$1:life" .1 "    create" "${LIFE_COLUMNS[@]}"
	print_row "$1:life" .2 "    start" "${LIFE_COLUMNS[@]}"
	print_row "$1:life" .3 "    delete -f" "${LIFE_COLUMNS[@]}"
}

measure_life() { # VARIANT
	measure_whole_life "$1"
	hold_containers "$1"
	measure_command "$1:exec" "$1 exec" "$1" exec held /bin/true
	measure_command "$1:state" "$1 state" "$1" state held
}

lists_all() { # PEER ROOT COUNT
	[ "$("${path_of[$1]}" --root "$2" list 2>"$dir/words" | grep -c " running ")" = "$3" ] &&
		[ "$("${path_of[$1]}" --root "$2" list -q 2>"$dir/words" | wc -l)" = "$3" ]
}

measure_list() { # VARIANT COUNT
	local peer from to rounds=$slow_rounds # for compare
	for peer in "${peers[@]}"; do
		from=$(state_root "$peer" "$1") to=$(state_root "$peer" "list-$2")
		[ -d "$from" ] || continue
		clone_state "$from" "$to" "$2"
		lists_all "$peer" "$to" "$2" || {
			leave_out "$peer" "list of $2"
			rm -r "$to"
		}
	done
	measure_command "list:$2" "list of $2" "list-$2" list
	measure_command "quiet:$2" "list -q of $2" "list-$2" list -q
}

measure_lists() { # VARIANT
	local n
	hold_containers "$1"
	for n in $list_sizes; do measure_list "$1" "$n"; done
}

measure_starts_at_once() { # VARIANT AT-ONCE
	local peer rounds=$slow_rounds warmup=1 # for compare
	begin_comparison
	for peer in "${peers[@]}"; do
		[ "$peer" = floor ] ||
			add_peer "$peer" "$1 run" "${path_of[$peer]}" --root "$(state_root "$peer" starts)" run -b "$dir/$1" start%
	done
	compare "$1:times:$2" -s "$starts" -j "$2"
	# Of times, we want the rates.
	awk -v row="$1:starts:$2" -v starts="$starts" '
		$1 == "median" { printf "%s rate %s %.1f\n", row, $2, starts * 1000 / $3 }
		$1 == "ratio" { printf "%s gain %s %.3f\n", row, $2, 1 / $3 }' "$dir/result" >>"$dir/results"
	print_row "$1:starts:$2" "" "$1 $2 at once" "${STARTS_COLUMNS[@]}"
}

measure_starts() { # VARIANT
	local n
	for n in $at_once; do measure_starts_at_once "$1" "$n"; done
}

# ---- targets ----

tell_rss() { # ROW WHAT
	tell_target "$1" rss urun/crun most $RSS_LIMIT_CRUN "" "$2: RSS of urun/crun"
}

print_life_targets() { # VARIANT…
	local v
	for v in "$@"; do
		tell_target "$v:life" ratio urun/crun most $LIFE_LIMIT "" "$v create, start, delete: urun/crun"
		tell_target "$v:exec" ratio urun/crun most $EXEC_LIMIT "" "$v exec: urun/crun"
		tell_target "$v:starts:8" gain urun/crun least $STARTS_LIMIT "" "$v starts, 8 at once: urun/crun"
		tell_rss "$v:life" "$v create, start, delete"
		tell_rss "$v:exec" "$v exec"
		tell_rss "$v:state" "$v state"
	done
	tell_target list:1000 ratio urun/crun most $LIST_LIMIT "" "list of 1000: urun/crun"
	tell_target quiet:1000 median urun most $QUIET_LIMIT " ms" "list -q of 1000"
	tell_rss list:1000 "list of 1000"
	tell_rss quiet:1000 "list -q of 1000"
}

# ---- where the time goes ----

show_life_steps() { # VARIANT
	export URUN_ROOT=$dir/state/urun.steps
	containers+=("urun $URUN_ROOT steps")
	write_bundle "$1.held" "$1" 'exec sleep 1000000'
	show_steps "$1" create -b "$dir/$1.held" steps
	"$urun" start steps
	show_steps "$1" exec steps /bin/true
	"$urun" delete -f steps
	unset URUN_ROOT
}
