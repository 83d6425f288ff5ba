# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# place.sh - what claims can do in a place, where they are in a login session of the user tester, with a user manager and its bus.
# In a guest a program costs 20 ms to start, and a unit 400: what can be read from a file is read.

# From a machine into its guest a tree takes seconds, and a file does not.
rootfs_busybox() {
	[ -d "$SCRATCH/busybox" ] || tar -C "$SCRATCH" -x -f "${URUN%/*}/busybox.tar"
	echo "$SCRATCH/busybox"
}

# only_in PLACE WHY
only_in() {
	[ "$TEST_PLACE" = "$1" ] || skip_for_good "$2"
}

# For `through`, and for the functions below: how a command gets into a unit.
USER_SCOPE=(systemd-run --user --scope --quiet --collect)
USER_UNIT=(systemd-run --user --wait --pipe --quiet --collect --same-dir)
SERVICE=(sudo -n systemd-run --wait --pipe --quiet --collect --same-dir -p User=tester)

# as_root CMD... - by sudo, in the cgroup of the caller.
as_root() {
	sudo -n "$@"
}

# in_user_scope [-p PROPERTY]... CMD... - a scope of the user's manager, in which the shell's child becomes CMD.
in_user_scope() {
	"${USER_SCOPE[@]}" "$@"
}

# in_user_unit [-p PROPERTY]... CMD... - a service of the user's manager: its child, not ours, with the manager's environment.
in_user_unit() {
	"${USER_UNIT[@]}" "$@"
}

# in_service [-p PROPERTY]... CMD... - a service of the system with User=tester: no session, no bus in the environment.
in_service() {
	"${SERVICE[@]}" "$@"
}

# in_login CMD... - a login session of its own, as by ssh, in our directory.
in_login() {
	sudo -n systemd-run --wait --pipe --quiet --collect env XDG_SESSION_TYPE=tty XDG_SESSION_CLASS=user \
		su - tester -c "cd ${PWD@Q} && PATH=${PATH@Q} exec ${*@Q}"
}

# own_cgroup [PID] - below /sys/fs/cgroup; of this shell if not said.
own_cgroup() {
	local line

	while read -r line; do
		[[ $line != 0::* ]] || echo "${line#0::}"
	done <"/proc/${1-self}/cgroup"
}

# cgroup_file FILE [PID] - what such a file of its cgroup says.
cgroup_file() {
	local cgroup
	cgroup=$(own_cgroup "${2-self}")

	echo "$(<"/sys/fs/cgroup$cgroup/$1")"
}

# unit_property UNIT PROPERTY / system_property UNIT PROPERTY
unit_property() {
	systemctl --user show --property "$2" --value "$1"
}

system_property() {
	systemctl show --property "$2" --value "$1"
}

# delegate [CONTROLLER...] - what the user's manager may use from now on: it starts again, and so does all that it has started.
# Nothing said: what a place begins with.
delegate() {
	local file=/run/systemd/system/user@.service.d/zz-test.conf

	if [ $# -gt 0 ]; then
		as_root bash -c "mkdir -p ${file%/*} && printf '[Service]\nDelegate=\nDelegate=%s\n' '$*' >$file"
	else
		as_root rm -f "$file"
	fi
	as_root bash -c 'systemctl daemon-reload && systemctl restart user@1000.service'
}

# units - a line for each unit of the user or the system that somebody has started, and for each cgroup. Slices stay when they are empty,
# and buses are started by whoever asks first.
units() {
	local path
	local -a paths=()

	shopt -s globstar nullglob
	paths=({/run,"$XDG_RUNTIME_DIR"}/systemd/transient/* /sys/fs/cgroup/**/)
	shopt -u globstar nullglob
	for path in "${paths[@]}"; do
		case $path in
		*.slice/ | */dbus.service/ | */system.slice/*/) ;;
		*) echo "$path" ;;
		esac
	done
}

# left_units - those that the claim did not find.
left_units() {
	local path
	local -A before=()

	while read -r path; do
		before["$path"]=1
	done <"$CLAIM/.units"
	while read -r path; do
		[ "${before["$path"]-}" ] || echo "$path"
	done < <(units)
}

# A manager needs a moment to notice that a unit is empty.
check_units() {
	local left path end=$((SECONDS + 3 * TEST_SLOWNESS))

	while left=$(left_units) && [ "$left" ]; do
		if [ $SECONDS -ge $end ]; then
			[ -e "$CLAIM/.may_leave_units" ] || echo "units or cgroups are left: ${left//$'\n'/, }"
			break
		fi
		sleep 0.05
	done
	for path in $left; do
		[ ! -d "$path" ] || as_root sh -c 'echo 1 >"$1/cgroup.kill"; rmdir "$1"' - "$path" 2>/dev/null
	done
}
