/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_text.c - the plan for people: stable text, one decision a line. */
#include "base/text.h"
#include "plan/mount_options.h"
#include "plan/names.h"
#include "plan/parts.h"
#include "plan/ports.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

struct text {
	struct arena *arena;
	struct strv lines;
};

static void line(struct text *t, const char *label, const char *fmt, ...) printf_like(3, 4);

static void line(struct text *t, const char *label, const char *fmt, ...)
{
	va_list ap;
	const char *what;

	va_start(ap, fmt);
	what = arena_vprintf(t->arena, fmt, ap);
	va_end(ap);
	strv_push(t->arena, &t->lines, arena_printf(t->arena, "%-14s%s\n", label, text_escape(t->arena, what)));
}

/* Inside single quotes only the quote itself has to be said in another way. */
static const char *shell_text(struct arena *a, const char *s)
{
	char *text = arena_alloc(a, strlen(s) * 4 + 1), *p = text;

	for (; *s; s++) {
		if (*s == '\'')
			p = stpcpy(p, "'\\'");
		*p++ = *s;
	}
	return text;
}

/* Words of a command as a shell would need them. */
static const char *quoted(struct arena *a, const struct strv *l)
{
	const char *all = "";

	for (size_t i = 0; i < l->n; i++) {
		bool plain = l->v[i][0] &&
			     strspn(l->v[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:,@%") == strlen(l->v[i]);

		all = arena_printf(a, plain ? "%s%s%s" : "%s%s'%s'", all, i ? " " : "", plain ? l->v[i] : shell_text(a, l->v[i]));
	}
	return all;
}

static const char *span(struct arena *a, uint32_t first, uint32_t count)
{
	return count == 1 ? arena_printf(a, "%u", first) : arena_printf(a, "%u-%u", first, first + (count - 1));
}

static void map_lines(struct text *t, const char *label, const struct id_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		line(t, i == 0 ? label : "", "%s is %s on the host", span(t->arena, m->items[i].inside, m->items[i].count),
		     span(t->arena, m->items[i].outside, m->items[i].count));
}

static void id_lines(struct text *t, const struct plan *p)
{
	static const char *const methods[] = {
		[IDS_SINGLE] = "directly, with setgroups denied",
		[IDS_DIRECT] = "directly",
		[IDS_JOINED] = "by the joined namespace",
		[IDS_KEPT] = "as the caller has them",
	};
	const struct plan_ids *ids = &p->ids;

	if (ids->method != IDS_JOINED && ids->method != IDS_KEPT) {
		map_lines(t, "user ids", &ids->uid);
		map_lines(t, "group ids", &ids->gid);
	}
	if (ids->method == IDS_HELPERS)
		line(t, "ids written", "by %s and %s", ids->newuidmap, ids->newgidmap);
	else
		line(t, "ids written", "%s", methods[ids->method]);
	if (ids->setup_uid != 0 || ids->setup_gid != 0)
		line(t, "set up as", "%u:%u, because 0 has no id", ids->setup_uid, ids->setup_gid);
}

static void namespace_lines(struct text *t, const struct plan *p)
{
	for (int kind = 0; kind < NS_COUNT; kind++) {
		const struct plan_ns *ns = &p->ns[kind];
		const char *how = ns->action == NS_NEW ? "new" : ns->action == NS_KEEP ? "the caller's" : ns->path;

		line(t, kind == 0 ? "namespaces" : "", "%-8s %s", ns_name((enum ns_kind)kind), how);
	}
}

static const char *mount_what(struct arena *a, const struct mount_op *m)
{
	switch (m->kind) {
	case MOUNT_FS:
		return arena_printf(a, "%s on %s", m->fstype, m->target);
	case MOUNT_BIND:
		return arena_printf(a, "bind %s on %s%s", m->source, m->target, m->recursive ? " with all below" : "");
	case MOUNT_REMOUNT:
		return arena_printf(a, "change %s", m->target);
	case MOUNT_CGROUP:
		return arena_printf(a, "cgroup2 on %s", m->target);
	case MOUNT_DEVICE:
		return arena_printf(a, "device %s (%c %u:%u)%s%s", m->target, m->dev_type, m->dev_major, m->dev_minor,
				    strcmp(m->source, m->target) ? " from " : "", strcmp(m->source, m->target) ? m->source : "");
	case MOUNT_FIFO:
		return arena_printf(a, "fifo %s (mode %o)", m->target, m->mode);
	case MOUNT_FILE:
		return arena_printf(a, "file %s%s", m->target, m->optional ? ", where there is one" : "");
	case MOUNT_LINK:
		return arena_printf(a, "link %s to %s", m->target, m->source);
	case MOUNT_MASK:
		return arena_printf(a, "mask %s", m->target);
	case MOUNT_READONLY:
		return arena_printf(a, "read-only %s", m->target);
	}
	return "?";
}

static const char *mount_line(struct arena *a, const struct mount_op *m)
{
	const char *flags = mount_flags_text(a, &m->flags), *data = strv_join(a, &m->data, ",");

	return arena_printf(a, "%s%s%s%s%s%s%s%s", mount_what(a, m), *flags ? ", " : "", flags, *data ? ", " : "", data,
			    m->copy_up ? ", copy up" : "", m->strict ? ", no symbolic links" : "", m->idmap_uid ? ", idmapped" : "");
}

/* Below the mount, where the names of the others begin. */
static void file_lines(struct text *t, const char *text)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		line(t, "", "     %.*s", (int)len, text);
	}
}

static void mount_lines(struct text *t, const struct plan *p)
{
	line(t, "root", "%s%s%s%s%s", p->root.path, p->root.readonly ? ", read-only" : "", p->root.overlay ? ", overlay" : "",
	     p->root.propagation ? ", " : "", p->root.propagation ? propagation_name(p->root.propagation) : "");
	for (size_t i = 0; i < p->mounts.n; i++) {
		line(t, i == 0 ? "mounts" : "", "%2zu %s", i + 1, mount_line(t->arena, &p->mounts.items[i]));
		if (p->mounts.items[i].kind == MOUNT_FILE)
			file_lines(t, p->mounts.items[i].text);
	}
}

static const char *port_text(struct arena *a, const struct port_forward *p)
{
	const char *host = p->host_port ? text_host_port(a, p->host_addr, p->host_port) : arena_printf(a, "%s, any", p->host_addr);

	return arena_printf(a, "%u/%s -> %s", p->container_port, port_protocol_name(p->protocol), host);
}

static void device_lines(struct text *t, const struct net_moves *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct net_move *m = &l->items[i];

		line(t, i == 0 ? "net devices" : "", "%s as %s%s%s", m->from, m->name, m->addresses.n ? " with " : "",
		     strv_join(t->arena, &m->addresses, " "));
	}
}

static void network_lines(struct text *t, const struct plan_network *n)
{
	if (n->helper == NETWORK_NOBODY)
		return;
	line(t, "network", "%s %s", n->program, strv_join(t->arena, &n->args, " "));
	if (n->ping_groups)
		line(t, "", SYSCTL_PING_GROUPS " = %s, if permitted", n->ping_groups);
	for (size_t i = 0; i < n->ports.n; i++)
		line(t, i == 0 ? "ports" : "", "%s", port_text(t->arena, &n->ports.items[i]));
}

static const char *cap_list(struct arena *a, uint64_t mask)
{
	const char *all = "";

	for (int cap = 0; cap_name(cap); cap++)
		if (mask & (UINT64_C(1) << cap))
			all = arena_printf(a, "%s%s%s", all, *all ? " " : "", cap_name(cap));
	return *all ? all : "none";
}

static void cap_lines(struct text *t, const struct cap_sets *c)
{
	line(t, "capabilities", "bounding    %s", cap_list(t->arena, c->bounding));
	line(t, "", "effective   %s", cap_list(t->arena, c->effective));
	line(t, "", "permitted   %s", cap_list(t->arena, c->permitted));
	line(t, "", "inheritable %s", cap_list(t->arena, c->inheritable));
	line(t, "", "ambient     %s", cap_list(t->arena, c->ambient));
}

static const char *limit_text(struct arena *a, uint64_t v)
{
	return v == (uint64_t)RLIM_INFINITY ? "unlimited" : arena_printf(a, "%llu", (unsigned long long)v);
}

static const char *group_text(struct arena *a, const struct plan_process *p)
{
	const char *all = "";

	for (size_t i = 0; i < p->groups.n; i++)
		all = arena_printf(a, "%s,%u", all, p->groups.items[i]);
	return all;
}

static void priority_lines(struct text *t, const struct plan_process *p)
{
	if (p->set_oom)
		line(t, "oom score", "%d", p->oom_score_adj);
	if (p->sched)
		line(t, "scheduler", "policy %u nice %d priority %u flags 0x%llx", p->sched->policy, p->sched->nice, p->sched->priority,
		     (unsigned long long)p->sched->flags);
	if (p->io_priority >= 0)
		line(t, "io priority", "class %d level %d", p->io_priority >> 13, p->io_priority & 0x1fff);
	if (p->mempolicy)
		line(t, "memory policy", "0x%x", (unsigned)p->mempolicy->mode);
	if (p->personality >= 0)
		line(t, "personality", "%ld", p->personality);
}

static void seccomp_line(struct text *t, const struct seccomp_profile *s)
{
	if (!s)
		line(t, "seccomp", "none");
	else
		line(t, "seccomp", "%zu rules, otherwise 0x%08x%s%s%s", s->rules.n, s->default_ret,
		     s->newer_is_enosys ? ", newer system calls ENOSYS" : "", s->listener_path ? ", listener " : "",
		     s->listener_path ? s->listener_path : "");
}

static void process_lines(struct text *t, const struct plan *p)
{
	const struct plan_process *c = &p->process;

	line(t, "command", "%s", quoted(t->arena, &c->args));
	line(t, "directory", "%s", c->cwd);
	line(t, "user", "%u:%u%s umask %04o", c->uid, c->gid, group_text(t->arena, c), c->umask);
	line(t, "terminal", "%s", c->terminal ? "yes" : "no");
	line(t, "init", "%s", c->init ? c->init : "none");
	for (size_t i = 0; i < c->env.n; i++)
		line(t, i == 0 ? "environment" : "", "%s", c->env.v[i]);
	cap_lines(t, &c->caps);
	line(t, "no_new_privs", "%s", c->no_new_privs ? "yes" : "no");
	for (size_t i = 0; i < c->rlimits.n; i++)
		line(t, i == 0 ? "limits" : "", "%s %s %s", rlimit_name(c->rlimits.items[i].resource),
		     limit_text(t->arena, c->rlimits.items[i].soft), limit_text(t->arena, c->rlimits.items[i].hard));
	priority_lines(t, c);
	if (c->apparmor)
		line(t, "apparmor", "%s", c->apparmor);
	if (c->selinux)
		line(t, "selinux", "%s", c->selinux);
	seccomp_line(t, c->seccomp);
}

static void hook_lines(struct text *t, const struct hook_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		line(t, "hook", "%s %s%s%s", l->items[i].origin, l->items[i].path, l->items[i].args.n > 1 ? " with " : "",
		     l->items[i].args.n > 1 ? quoted(t->arena, &(struct strv){ l->items[i].args.v + 1, l->items[i].args.n - 1 }) : "");
}

static void note_lines(struct text *t, const struct notes *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct note *n = &l->items[i];

		line(t, n->kind == NOTE_WARNING ? "warning" : "adapted", "%s [%s]", n->text, n->code);
		if (n->advice.cause)
			line(t, "", "  cause: %s", n->advice.cause);
		if (n->advice.fix)
			line(t, "", "  fix:   %s", n->advice.fix);
		if (n->advice.now)
			line(t, "", "  now:   %s", n->advice.now);
	}
}

static void setting_lines(struct text *t, const char *label, const struct key_values *l)
{
	for (size_t i = 0; i < l->n; i++)
		line(t, i == 0 ? label : "", "%s = %s", l->items[i].key, l->items[i].value);
}

static void clock_lines(struct text *t, const char *offsets)
{
	for (size_t len; offsets && *offsets; offsets += len + 1) {
		len = strcspn(offsets, "\n");
		line(t, "clock", "%.*s", (int)len, offsets);
	}
}

static const char *rung_text(struct arena *a, const struct cgroup_rung *r)
{
	switch (r->place) {
	case CGROUP_CHILD:
		return arena_printf(a, "%s/%s%s%s", r->base, r->leaf, r->vacate ? ", other processes of the first to " : "",
				    r->vacate ? r->vacate : "");
	case CGROUP_SCOPE:
		return arena_printf(a, "%s of the %s manager", r->unit, r->system ? "system" : "user");
	case CGROUP_STAY:
		return "the caller's";
	}
	return "?";
}

static void limit_lines(struct text *t, const struct plan_cgroup *c)
{
	const char *fate = c->rungs.items[0].place == CGROUP_STAY ? ", not applied" : "";

	for (size_t i = 0; i < c->limits.n; i++)
		line(t, i == 0 ? "resources" : "", "%s = %s%s", c->limits.items[i].file, c->limits.items[i].value, fate);
}

static void cgroup_lines(struct text *t, const struct plan_cgroup *c)
{
	if (c->rungs.items[0].place == CGROUP_STAY)
		return;
	for (size_t i = 0; i < c->rungs.n; i++)
		line(t, i == 0 ? "cgroup" : "", "%s%s: %s", i == 0 ? "" : "otherwise ", c->rungs.items[i].word,
		     rung_text(t->arena, &c->rungs.items[i]));
	for (size_t i = 0; i < c->rungs.items[0].properties.n; i++) {
		const struct unit_property *p = &c->rungs.items[0].properties.items[i];

		line(t, i == 0 ? "unit" : "", "%s = %s %s", p->name, p->type, p->value);
	}
	if (c->controllers.n > 0)
		line(t, "controllers", "%s", strv_join(t->arena, &c->controllers, " "));
	if (c->delegate)
		line(t, "delegated", "to root of the container");
}

const char *plan_text(struct arena *a, const struct plan *p)
{
	struct text t = { .arena = a };

	line(&t, "container", "%s", p->id);
	line(&t, "bundle", "%s", p->bundle);
	id_lines(&t, p);
	namespace_lines(&t, p);
	if (p->hostname)
		line(&t, "hostname", "%s", p->hostname);
	if (p->domainname)
		line(&t, "domainname", "%s", p->domainname);
	clock_lines(&t, p->time_offsets);
	mount_lines(&t, p);
	network_lines(&t, &p->network);
	device_lines(&t, &p->net_devices);
	setting_lines(&t, "sysctl", &p->sysctls);
	process_lines(&t, p);
	setting_lines(&t, "annotations", &p->annotations);
	cgroup_lines(&t, &p->cgroup);
	limit_lines(&t, &p->cgroup);
	hook_lines(&t, &p->hooks.prestart);
	hook_lines(&t, &p->hooks.create_runtime);
	hook_lines(&t, &p->hooks.create_container);
	hook_lines(&t, &p->hooks.start_container);
	hook_lines(&t, &p->hooks.poststart);
	hook_lines(&t, &p->hooks.poststop);
	note_lines(&t, &p->notes);
	return strv_join(a, &t.lines, "");
}
