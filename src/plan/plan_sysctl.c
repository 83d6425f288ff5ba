/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_sysctl.c - the kernel parameters that belong to a namespace. */
#include "base/json.h"
#include "plan/parts.h"
#include <stdio.h>
#include <string.h>

static const struct {
	const char *prefix; /* a whole path, or a directory that ends with '/' */
	enum ns_kind ns;
} namespaced[] = {
	{ "kernel/msgmax", NS_IPC }, { "kernel/msgmnb", NS_IPC }, { "kernel/msgmni", NS_IPC },	   { "kernel/sem", NS_IPC },
	{ "kernel/shmall", NS_IPC }, { "kernel/shmmax", NS_IPC }, { "kernel/shmmni", NS_IPC },	   { "kernel/shm_rmid_forced", NS_IPC },
	{ "fs/mqueue/", NS_IPC },    { "net/", NS_NETWORK },	  { "kernel/domainname", NS_UTS }, { "user/", NS_USER },
};

/* As sysctl(8): if the first separator is a slash the dots are literal, otherwise dots and slashes change places, so
 * that "net.ipv4.conf.eth0/1.forwarding" reaches an interface with a dot in its name. */
static char *sysctl_path(struct arena *a, const char *key)
{
	char *path = arena_strdup(a, key), first = key[strcspn(key, "./")];

	for (char *p = path; first == '.' && *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return path;
}

/* No empty component, none that is "." or "..". */
static bool is_plain(const char *path)
{
	for (size_t len; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 0 || (path[0] == '.' && (len == 1 || (len == 2 && path[1] == '.'))))
			return false;
	}
	return true;
}

static int find_namespace(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaced); i++) {
		const char *prefix = namespaced[i].prefix;
		size_t len = strlen(prefix);

		if (prefix[len - 1] == '/' ? strncmp(path, prefix, len) == 0 : strcmp(path, prefix) == 0)
			return (int)namespaced[i].ns;
	}
	return -1;
}

static uint32_t last_mapped(const struct id_map *m, unsigned long high)
{
	uint32_t last = 0;

	for (size_t i = 0; i < m->n; i++) {
		uint32_t end = m->items[i].inside + (m->items[i].count - 1);

		last = end <= high && end > last ? end : last;
	}
	return last;
}

/* Both ends must be mapped groups, or the kernel says EINVAL: take the part of the range that is. */
static const char *fit_ping_range(const struct planner *b, const char *value)
{
	const struct id_map *m = &b->plan->ids.gid;
	unsigned long low, high;
	uint32_t last;

	if (sscanf(value, "%lu %lu", &low, &high) != 2 || low > high || high > UINT32_MAX || m->n == 0)
		return value;
	if (id_is_mapped(m, (uint32_t)high) || !id_is_mapped(m, (uint32_t)low))
		return value;
	last = last_mapped(m, high);
	note_adapted(b, "sysctl-clamped", "net.ipv4.ping_group_range: up to %u, the last mapped group, instead of %lu", last, high);
	return arena_printf(b->arena, "%lu %u", low, last);
}

/* The key of one of the first n that means the same, as a JSON pointer says it; dots and slashes may be either way. */
static const char *find_setting(const struct planner *b, size_t n, const char *path)
{
	const struct key_values *l = &b->spec->linux_->sysctl;

	for (size_t i = 0; i < n; i++)
		if (strcmp(sysctl_path(b->arena, l->items[i].key), path) == 0)
			return json_pointer_key(b->arena, l->items[i].key);
	return NULL;
}

/* Everybody in a network of its own may ping(8) without CAP_NET_RAW (icmp(7)), as docker has it, where the kernel's settings may be
 * changed: in another container, or below ProtectKernelTunables= of systemd, they are read-only. */
static void allow_ping(const struct planner *b)
{
	const struct id_map *groups = &b->plan->ids.gid;

	if (b->plan->network.helper == NETWORK_NOBODY || find_setting(b, b->spec->linux_->sysctl.n, SYSCTL_PING_GROUPS) ||
	    !id_is_mapped(groups, 0))
		return;
	b->plan->network.ping_groups = arena_printf(b->arena, "0 %u", last_mapped(groups, INT32_MAX));
}

/* The bundle asks for a network of its own, and nobody can connect one. */
static bool shares_after_all(const struct planner *b)
{
	const struct spec_namespaces *l = &b->spec->linux_->namespaces;

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].type == SPEC_NS_NETWORK)
			return b->plan->ns[NS_NETWORK].action == NS_KEEP;
	return false;
}

int plan_sysctls(const struct planner *b)
{
	const struct key_values *l = &b->spec->linux_->sysctl;

	for (size_t i = 0; i < l->n; i++) {
		const char *key = l->items[i].key, *value = l->items[i].value;
		const char *pointer = arena_printf(b->arena, "/linux/sysctl/%s", json_pointer_key(b->arena, key));
		const char *path = sysctl_path(b->arena, key);
		int ns = find_namespace(path);
		const char *twice;

		if (strcmp(path, "kernel/hostname") == 0)
			return refuse(b, pointer, "use \"hostname\" instead");
		if (!is_plain(path))
			return refuse(b, pointer, "not the name of a kernel parameter");
		if ((twice = find_setting(b, i, path)))
			return refuse(b, pointer, "the same parameter stands at /linux/sysctl/%s", twice);
		if (ns < 0)
			return refuse(b, pointer, "it belongs to the whole host, not to a namespace: only root can set it");
		if (ns == NS_NETWORK && shares_after_all(b)) {
			note_adapted(b, "sysctl-dropped", "%s left out: the network is the host's", key);
			continue;
		}
		if (b->plan->ns[ns].action == NS_KEEP)
			return refuse(b, pointer, "it would change the caller's: it needs an own %s namespace", ns_name((enum ns_kind)ns));
		if (strcmp(path, SYSCTL_PING_GROUPS) == 0)
			value = fit_ping_range(b, value);
		*arena_push(b->arena, &b->plan->sysctls) = (struct key_value){ .key = path, .value = value };
	}
	allow_ping(b);
	return 0;
}
