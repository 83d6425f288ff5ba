# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bench and its other parts
#
# table.sh - print results: lines "ROW KIND NAME VALUE" in $dir/results.

# A column is "KIND NAME WIDTH FORMAT"; its head is the name, and RSS where it is one.
RUN_COLUMNS=(
	"median floor 8 %.2f" "median urun 8 %.2f" "median crun 8 %.2f" "median runc 8 %.2f"
	"ratio urun/crun 11 %.2f" "ratio urun/floor 11 %.2f" "ratio urun/runc 11 %.2f" "ratio crun/floor 11 %.2f"
	"rss urun 11 %d KB"
)
LIFE_COLUMNS=(
	"median urun 8 %.2f" "median crun 8 %.2f" "median runc 8 %.2f" "ratio urun/crun 11 %.2f" "ratio urun/runc 11 %.2f"
	"rss urun 11 %d KB" "rss crun 11 %d KB" "rss urun/crun 15 %.2f"
)
STARTS_COLUMNS=(
	"rate urun 8 %.0f" "rate crun 8 %.0f" "rate runc 8 %.0f" "gain urun/crun 11 %.2f" "gain urun/runc 11 %.2f"
)
FIRST_WIDTH=30

print_head() { # TEXT COLUMN…
	local kind name width head
	printf "%-${FIRST_WIDTH}s" "$1"
	for head in "${@:2}"; do
		read -r kind name width _ <<<"$head"
		[ "$kind" != rss ] || name+=' RSS'
		printf "%${width}s" "$name"
	done
	echo
}

# STEP is "" or, for one step of several, ".1", ".2", ….
print_row() { # ROW STEP TEXT COLUMN…
	local row=$1 step=$2 text=$3
	shift 3
	printf '%s\n' "$@" | awk -v row="$row" -v step="$step" -v text="$text" -v width="$FIRST_WIDTH" '
		NR == FNR { if ($1 == row) value[$2, $3] = $4; next }
		FNR == 1 { printf "%-" width "s", text }
		{
			format = $4 (NF > 4 ? " " $5 : "")
			gsub(/[a-z]+/, "&" step, $2)
			printf "%" $3 "s", ($1, $2) in value ? sprintf(format, value[$1, $2]) : "-"
		}
		END { print "" }' "$dir/results" -
}

# A miss is told, never punished: the machine may be slow or busy.
tell_target() { # ROW KIND NAME most|least LIMIT UNIT WHAT
	awk -v row="$1" -v kind="$2" -v name="$3" -v order="$4" -v limit="$5" -v unit="$6" -v what="$7" '
		$1 == row && $2 == kind && $3 == name {
			met = order == "most" ? $4 <= limit : $4 >= limit
			printf "%s: %s%s, target at %s %s%s: %s\n", what, $4, unit, order, limit, unit, met ? "met" : "missed"
		}' "$dir/results"
}
