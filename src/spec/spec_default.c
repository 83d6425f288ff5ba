/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spec_default.c - the configuration that `urun spec` writes. */
#include "spec/spec.h"
#include <string.h>

static char *word(const char *s)
{
	return (char *)(uintptr_t)s; /* literals: nobody writes to a spec's strings */
}

static struct strv words(struct arena *a, const char *const *list)
{
	struct strv l = { 0 };

	for (; *list; list++)
		strv_push(a, &l, word(*list));
	return l;
}

#define WORDS(a, ...) words((a), (const char *const[]){ __VA_ARGS__, NULL })

static void *copy(struct arena *a, const void *from, size_t size)
{
	return memcpy(arena_alloc(a, size), from, size);
}

static struct spec_mount mount_of(struct arena *a, const char *destination, const char *type, const char *source,
				  const char *const *options)
{
	return (struct spec_mount){
		.destination = word(destination),
		.type = word(type),
		.source = word(source),
		.options = words(a, options),
	};
}

#define OPTIONS(...)                                                                                                                       \
	(const char *const[])                                                                                                              \
	{                                                                                                                                  \
		__VA_ARGS__, NULL                                                                                                          \
	}

/* No gid=5 for devpts: group tty may be outside the map of a user without subordinate ids. */
static struct spec_mounts default_mounts(struct arena *a, bool own_network)
{
	const struct spec_mount mounts[] = {
		mount_of(a, "/proc", "proc", "proc", OPTIONS("nosuid", "noexec", "nodev")),
		mount_of(a, "/dev", "tmpfs", "tmpfs", OPTIONS("nosuid", "strictatime", "mode=755", "size=65536k")),
		mount_of(a, "/dev/pts", "devpts", "devpts", OPTIONS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")),
		mount_of(a, "/dev/shm", "tmpfs", "shm", OPTIONS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")),
		mount_of(a, "/dev/mqueue", "mqueue", "mqueue", OPTIONS("nosuid", "noexec", "nodev")),
		own_network ? mount_of(a, "/sys", "sysfs", "sysfs", OPTIONS("nosuid", "noexec", "nodev", "ro"))
			    : mount_of(a, "/sys", "none", "/sys", OPTIONS("rbind", "nosuid", "noexec", "nodev", "ro")),
	};

	return (struct spec_mounts){ .items = copy(a, mounts, sizeof(mounts)), .n = ARRAY_SIZE(mounts) };
}

static struct spec_namespaces default_namespaces(struct arena *a, const int *types, size_t n)
{
	struct spec_namespaces l = { .items = arena_array(a, n, sizeof(*l.items)), .n = n };

	for (size_t i = 0; i < n; i++)
		l.items[i].type = types[i];
	return l;
}

static struct spec_process *default_process(struct arena *a)
{
	const struct spec_capabilities caps = {
		.bounding = WORDS(a, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
		.effective = WORDS(a, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
		.permitted = WORDS(a, "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
	};
	const struct spec_rlimit limits[] = { { .type = word("RLIMIT_NOFILE"), .soft = 1024, .hard = 1024 } };
	const struct spec_process p = {
		.terminal = true,
		.args = WORDS(a, "sh"),
		.env = WORDS(a, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"),
		.cwd = word("/"),
		.capabilities = copy(a, &caps, sizeof(caps)),
		.rlimits = { .items = copy(a, limits, sizeof(limits)), .n = ARRAY_SIZE(limits) },
		.no_new_privileges = true,
	};

	return copy(a, &p, sizeof(p));
}

static void fill(struct arena *a, struct spec *ret)
{
	const struct spec_root root = { .path = word("rootfs"), .readonly = true };
	const struct spec_linux l = {
		.masked_paths = WORDS(a, "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
				      "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
				      "/sys/devices/virtual/powercap", "/sys/firmware"),
		.readonly_paths = WORDS(a, "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
	};

	*ret = (struct spec){
		/* 1.0.2 is the oldest version with all that stands here, so every runtime in use takes it. */
		.oci_version = word("1.0.2"), .process = default_process(a),	.root = copy(a, &root, sizeof(root)),
		.hostname = word("urun"),     .linux_ = copy(a, &l, sizeof(l)), .hooks = arena_alloc(a, sizeof(*ret->hooks)),
	};
}

void spec_default(struct arena *a, struct spec *ret)
{
	static const int types[] = { SPEC_NS_PID, SPEC_NS_NETWORK, SPEC_NS_IPC, SPEC_NS_UTS, SPEC_NS_MOUNT, SPEC_NS_CGROUP };

	/* No user namespace: urun and crun add one for a normal user, and runc run by root needs none. */
	fill(a, ret);
	ret->mounts = default_mounts(a, true);
	ret->linux_->namespaces = default_namespaces(a, types, ARRAY_SIZE(types));
}

void spec_default_rootless(struct arena *a, uint32_t uid, uint32_t gid, struct spec *ret)
{
	static const int types[] = { SPEC_NS_PID, SPEC_NS_IPC, SPEC_NS_UTS, SPEC_NS_MOUNT, SPEC_NS_CGROUP, SPEC_NS_USER };
	const struct id_mapping user = { .host_id = uid, .size = 1 }, group = { .host_id = gid, .size = 1 };

	fill(a, ret);
	ret->mounts = default_mounts(a, false);
	ret->linux_->namespaces = default_namespaces(a, types, ARRAY_SIZE(types));
	ret->linux_->uid_mappings = (struct id_mappings){ .items = copy(a, &user, sizeof(user)), .n = 1 };
	ret->linux_->gid_mappings = (struct id_mappings){ .items = copy(a, &group, sizeof(group)), .n = 1 };
}
