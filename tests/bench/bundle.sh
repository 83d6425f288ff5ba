# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bench and its other parts
#
# bundle.sh - what everybody gets: the root file system and the bundles of the variants.

# variant: subordinate ids? seccomp? network namespace? limit of urun/crun, and what it is
describe() {
	case $1 in
	A) echo "yes no no 0.45 full id map" ;;
	B) echo "yes yes no 0.25 A + seccomp" ;;
	C) echo "yes no yes 0.45 A + own network" ;;
	D) echo "no no no 0.45 single id" ;;
	E) echo "yes yes yes 0.25 A + seccomp + own network" ;;
	*) die "there is no variant '$1'" ;;
	esac
}

prepare_rootfs() {
	local busybox name
	busybox=$(command -v busybox) || die "busybox is missing: install busybox-static"
	mkdir -p "$dir"/rootfs/{bin,dev,etc,proc,sys,tmp}
	cp "$busybox" "$dir/rootfs/bin/busybox"
	for name in sh true cat grep ls hostname sleep; do
		ln -s busybox "$dir/rootfs/bin/$name"
	done
	"$dir/rootfs/bin/true" || die "busybox does not run"
}

# The ids that the user may map: subuid, subgid and their count.
find_ids() {
	local gcount
	read -r subuid count < <(subordinate /etc/subuid) || subuid='' count=''
	read -r subgid gcount < <(subordinate /etc/subgid) || subgid='' gcount=''
	[ "${gcount:-0}" -ge "${count:-0}" ] || count=$gcount
	[ "${count:-0}" -le 65536 ] || count=65536
}

has_ids() { # VARIANT
	local ids
	read -r ids _ < <(describe "$1")
	[ "$ids" = no ] || [ -n "$count" ]
}

# What `runc spec --rootless` writes, with our ids and without the cgroup mount.
write_bundle() { # NAME VARIANT [PAYLOAD]
	local ids seccomp net
	read -r ids seccomp net _ < <(describe "$2")
	mkdir -p "$dir/$1"
	jq -n --argjson uid "$(id -u)" --argjson gid "$(id -g)" \
		--arg ids "$ids" --argjson subuid "${subuid:-0}" --argjson subgid "${subgid:-0}" \
		--argjson count "${count:-0}" --arg net "$net" --arg seccomp "$seccomp" \
		--arg rootfs "$dir/rootfs" --arg payload "${3:-}" --slurpfile profile "$here/seccomp.json" '
	def map(own; sub): [{ containerID: 0, hostID: own, size: 1 }] +
		if $ids == "yes" then [{ containerID: 1, hostID: sub, size: $count }] else [] end;
	def mount(at; type; source; options): { destination: at, type: type, source: source, options: options };
	["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as $caps |
	{
		ociVersion: "1.0.2",
		process: {
			terminal: false,
			user: { uid: 0, gid: 0 },
			args: (if $payload == "" then ["/bin/true"] else ["/bin/sh", "-c", $payload] end),
			env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
			cwd: "/",
			capabilities: { bounding: $caps, effective: $caps, permitted: $caps },
			rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
			noNewPrivileges: true
		},
		root: { path: $rootfs, readonly: true },
		hostname: "bench",
		mounts: [
			mount("/proc"; "proc"; "proc"; []),
			mount("/dev"; "tmpfs"; "tmpfs"; ["nosuid", "strictatime", "mode=755", "size=65536k"]),
			mount("/dev/pts"; "devpts"; "devpts"; ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
			mount("/dev/shm"; "tmpfs"; "shm"; ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
			mount("/dev/mqueue"; "mqueue"; "mqueue"; ["nosuid", "noexec", "nodev"]),
			if $net == "yes" then mount("/sys"; "sysfs"; "sysfs"; ["nosuid", "noexec", "nodev", "ro"])
			else mount("/sys"; "none"; "/sys"; ["rbind", "nosuid", "noexec", "nodev", "ro"]) end
		],
		linux: ({
			uidMappings: map($uid; $subuid),
			gidMappings: map($gid; $subgid),
			namespaces: (["pid", "ipc", "uts", "mount", "user"]
				+ if $net == "yes" then ["network"] else [] end | map({ type: . })),
			maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
				"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
			readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
		} + if $seccomp == "yes" then { seccomp: $profile[0] } else {} end)
	}' >"$dir/$1/config.json"
}
