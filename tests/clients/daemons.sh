# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# daemons.sh - for tests of programs whose daemons belong to root. A test sources it before it says what prepare_as_root does.
#
# The daemons live in the mount namespace of the test. Each has a keeper, which is the parent of all that it leaves behind.

DAEMONS=()

# only_full - daemons bring a place of their own: other variants add nothing.
only_full() {
	[ "${URUN_VARIANT:-full}" != full ] || return 0
	echo "1..0 # SKIP $URUN_VARIANT: tested in the variant full"
	exit 0
}

# have PROGRAM... - all of them are installed.
have() {
	command -v "$@" >/dev/null && [ "$(command -v "$@" | wc -l)" = $# ]
}

# daemon NAME LOG CMD... - as root, until the claims are over. $SCRATCH/daemons/NAME is the pid of its keeper.
daemon() {
	local name=$1 log=$2
	shift 2

	mkdir -p "$SCRATCH/daemons"
	setpriv --pdeathsig TERM env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		"${daemon_environment[@]}" "$HELPERS/keeper" "$@" </dev/null >"$log" 2>&1 &
	DAEMONS+=("$!")
	echo "$!" >"$SCRATCH/daemons/$name"
	trap end_daemons EXIT
}

daemon_environment=()

# The last one first. Who does not end in time is killed. What else the test has changed is the business of after_daemons.
end_daemons() {
	local i try

	for ((i = ${#DAEMONS[@]} - 1; i >= 0; i--)); do
		kill "${DAEMONS[i]}" 2>/dev/null
		for ((try = 0; try < 250; try++)); do
			kill -0 "${DAEMONS[i]}" 2>/dev/null || continue 2
			sleep 0.02
		done
		end_by_force "${DAEMONS[i]}"
	done
	! declare -F after_daemons >/dev/null || after_daemons
}

# A keeper that its daemon keeps waiting: the tree below it, from the leaves on.
end_by_force() {
	local child

	for child in $(pgrep -P "$1"); do
		end_by_force "$child"
	done
	kill -KILL "$1" 2>/dev/null
}

# within SECONDS CMD... - CMD succeeds in that time.
within() {
	local limit=$((SECONDS + $1))
	shift

	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$limit" ] || return
		sleep 0.05
	done
}

# free_port - $PORT, on which nobody listens now, and another one each time: who asked before may not listen yet.
PORT=$((20000 + RANDOM % 10000))

free_port() {
	for ((PORT++; ; PORT++)); do
		(: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null || break
	done
}

# without_cgroups - as on many machines, unprivileged users have none. runc has no way to do without.
without_cgroups() {
	[ "${URUN##*/}" = runc ] || mount -t tmpfs -o ro,mode=755 none /sys/fs/cgroup
}

# private_run - an empty /run, with a runtime directory of the user where those look for it who have no XDG_RUNTIME_DIR.
private_run() {
	mount -t tmpfs -o mode=755 none /run && mkdir /run/user &&
		install -d -m 700 -o "$TEST_USER" -g "$(id -g "$TEST_USER")" "/run/user/$(id -u "$TEST_USER")"
}
