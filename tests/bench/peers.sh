# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bench and its other parts
#
# peers.sh - the programs that are compared, how they are called, and one comparison of them.

# How our own programs are compiled (into the temporary directory, unless given by BENCH_FLOOR, BENCH_ABRUN, BENCH_FILTER):
compile_libc() { # abrun, filter: static, so that little is resident when they fork
	"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -static -o "$2" "$1"
}
compile_bare() { # floor: no libc at all
	"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -static -nostdlib -ffreestanding \
		-fno-stack-protector -fno-pie -Wl,--build-id=none -o "$2" "$1"
}

prepare_programs() {
	floor=${BENCH_FLOOR:-$dir/floor} abrun=${BENCH_ABRUN:-$dir/abrun} filter=${BENCH_FILTER:-$dir/filter}
	[ -n "${BENCH_ABRUN:-}" ] || compile_libc "$here/abrun.c" "$abrun"
	if [ -z "${BENCH_FLOOR:-}" ]; then
		[ "$(uname -m)" = x86_64 ] || return 0
		compile_bare "$here/floor.c" "$floor"
	fi
	[ -n "${BENCH_FILTER:-}" ] || compile_libc "$here/filter.c" "$filter"
}

# The lines "ARCH NUMBER RESULT [INDEX OP VALUE VALUE2]" that filter.c wants, from the names of the profile.
list_rules() {
	jq -r '.defaultErrnoRet as $default | .syscalls[] | . as $rule | .names[] |
		[., if $rule.action == "SCMP_ACT_ALLOW" then 2147418112 else 327680 + ($rule.errnoRet // $default) end]
		+ [($rule.args // [])[] | .index, (.op | ltrimstr("SCMP_CMP_")), .value, (.valueTwo // 0)] |
		map(tostring) | join(" ")' "$here/seccomp.json" >"$dir/rules"
	for arch in 64 x32 32; do
		"${CC:-cc}" -E -dM -include "asm/unistd_$arch.h" - </dev/null |
			sed -En "s/^#define __NR_(\w+) \(?(__X32_SYSCALL_BIT \+ )?([0-9]+)\)?$/$arch \1 \3/p"
	done | awk '
		$1 == "x32" { $1 = 64; $3 += 1073741824 }
		{ print }' |
		awk 'NR == FNR { name = $1; sub(/^[^ ]+ /, ""); rules[name] = rules[name] $0 "\n"; next }
		$2 in rules {
			n = split(rules[$2], lines, "\n")
			for (i = 1; i < n; i++) print $1, $3, lines[i]
		}' "$dir/rules" - | sort -s -k1,1nr -k2,2n
}

# The names in "peers", their programs in "path_of".
find_peers() {
	local name
	declare -gA path_of=()
	peers=()
	for name in floor urun crun runc; do
		case $name in
		floor) path_of[$name]=$floor ;;
		urun) path_of[$name]=$urun ;;
		*) path_of[$name]=$(PATH=$PATH:/usr/sbin command -v $name) || path_of[$name]=/nowhere ;;
		esac
		if [ -x "${path_of[$name]}" ]; then
			peers+=("$name")
		else
			echo "$name is left out: there is no program '${path_of[$name]}'"
		fi
	done
	[ "${peers[0]}" != floor ] || {
		list_rules >"$dir/numbers"
		"$filter" <"$dir/numbers" >"$dir/program"
	}
}

# Leaves the command line in the array "command".
build_run() { # PEER VARIANT [PAYLOAD]
	local ids seccomp net
	if [ "$1" != floor ]; then
		command=("${path_of[$1]}" run -b "$dir/$2" "bench-$1")
		return
	fi
	read -r ids seccomp net _ < <(describe "$2")
	command=("$floor" -h bench)
	[ "$ids" = no ] || command+=(-m "$subuid:$subgid:$count")
	[ "$net" = no ] || command+=(-n)
	[ "$seccomp" = no ] || command+=(-f "$dir/program")
	command+=("$dir/rootfs")
	if [ -n "${3:-}" ]; then
		command+=(/bin/sh -c "$3")
	else
		command+=(/bin/true)
	fi
}

# ---- one comparison: begin_comparison, add_peer for each, compare ----

begin_comparison() {
	compared=() arguments=()
}

try_steps() { # CMD… [++ CMD…]…
	local step=() word
	for word in "$@" ++; do
		if [ "$word" != ++ ]; then
			step+=("$word")
			continue
		fi
		"${step[@]//%/0}" </dev/null >/dev/null 2>"$dir/words" || return
		step=()
	done
}

# A peer that cannot do it is left out, with its own words; urun and the floor must.
leave_out() { # PEER WHAT
	case $1 in
	floor | urun) die "$2: $1 failed: $(tail -n 1 "$dir/words")" ;;
	*) echo "$2: $1 is left out: $(tail -n 1 "$dir/words")" ;;
	esac
}

add_peer() { # PEER WHAT CMD… [++ CMD…]…
	local peer=$1 what=$2
	shift 2
	if try_steps "$@"; then
		compared+=("$peer")
		arguments+=(-- "$peer" "$@")
	else
		leave_out "$peer" "$what"
	fi
}

# Results, with ROW in front, go to $dir/results.
compare() { # ROW [ABRUN-OPTION…]
	local row=$1 pairs=() pair
	shift
	for pair in urun/crun urun/floor urun/runc crun/floor; do
		[[ " ${compared[*]} " = *" ${pair%/*} "* && " ${compared[*]} " = *" ${pair#*/} "* ]] && pairs+=(-p "$pair")
	done
	"$abrun" -r "$rounds" -w "$warmup" "$@" "${pairs[@]}" "${arguments[@]}" >"$dir/result"
	awk -v row="$row" '{ print row, $0 }' "$dir/result" >>"$dir/results"
}
