/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_json.c - the plan for programs. Keys are only added, never renamed. */
#include "base/json.h"
#include "plan/mount_options.h"
#include "plan/names.h"
#include "plan/parts.h"
#include "plan/ports.h"

static void member_strings(struct json_writer *w, const char *key, const struct strv *l)
{
	json_key(w, key);
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_string(w, l->v[i]);
	json_close_array(w);
}

static void member_settings(struct json_writer *w, const char *key, const struct key_values *l)
{
	json_key(w, key);
	json_open_object(w);
	for (size_t i = 0; i < l->n; i++)
		json_member(w, l->items[i].key, l->items[i].value);
	json_close_object(w);
}

static void member_map(struct json_writer *w, const char *key, const struct id_map *m)
{
	json_key(w, key);
	json_open_array(w);
	for (size_t i = 0; i < m->n; i++) {
		json_open_object(w);
		json_member_int(w, "containerID", m->items[i].inside);
		json_member_int(w, "hostID", m->items[i].outside);
		json_member_int(w, "size", m->items[i].count);
		json_close_object(w);
	}
	json_close_array(w);
}

static void write_ids(struct json_writer *w, const struct plan_ids *ids)
{
	static const char *const methods[] = {
		[IDS_HELPERS] = "helpers", [IDS_SINGLE] = "single", [IDS_DIRECT] = "direct", [IDS_JOINED] = "joined", [IDS_KEPT] = "kept",
	};

	json_key(w, "ids");
	json_open_object(w);
	json_member(w, "method", methods[ids->method]);
	json_member(w, "newuidmap", ids->newuidmap);
	json_member(w, "newgidmap", ids->newgidmap);
	if (ids->method != IDS_JOINED && ids->method != IDS_KEPT) {
		member_map(w, "uidMappings", &ids->uid);
		member_map(w, "gidMappings", &ids->gid);
	}
	json_member_int(w, "setupUid", ids->setup_uid);
	json_member_int(w, "setupGid", ids->setup_gid);
	json_close_object(w);
}

static void write_namespaces(struct json_writer *w, const struct plan_ns *ns)
{
	static const char *const actions[] = { [NS_KEEP] = "keep", [NS_NEW] = "new", [NS_JOIN] = "join" };

	json_key(w, "namespaces");
	json_open_array(w);
	for (int kind = 0; kind < NS_COUNT; kind++) {
		json_open_object(w);
		json_member(w, "type", ns_name((enum ns_kind)kind));
		json_member(w, "action", actions[ns[kind].action]);
		json_member(w, "path", ns[kind].path);
		json_close_object(w);
	}
	json_close_array(w);
}

static void write_mount(struct arena *a, struct json_writer *w, const struct mount_op *m)
{
	static const char *const kinds[] = {
		[MOUNT_FS] = "fs",	   [MOUNT_BIND] = "bind",     [MOUNT_REMOUNT] = "remount",
		[MOUNT_CGROUP] = "cgroup", [MOUNT_DEVICE] = "device", [MOUNT_FIFO] = "fifo",
		[MOUNT_LINK] = "link",	   [MOUNT_MASK] = "mask",     [MOUNT_READONLY] = "readonly",
		[MOUNT_FILE] = "file",
	};

	json_open_object(w);
	json_member(w, "kind", kinds[m->kind]);
	json_member(w, "target", m->target);
	json_member(w, "source", m->source);
	json_member(w, "type", m->fstype);
	json_member(w, "flags", mount_flags_text(a, &m->flags));
	member_strings(w, "data", &m->data);
	if (m->kind == MOUNT_BIND)
		json_member_bool(w, "recursive", m->recursive);
	if (m->kind == MOUNT_FILE)
		json_member(w, "text", m->text);
	json_member(w, "origin", m->origin);
	json_close_object(w);
}

static void write_mounts(struct arena *a, struct json_writer *w, const struct plan *p)
{
	json_key(w, "root");
	json_open_object(w);
	json_member(w, "path", p->root.path);
	json_member_bool(w, "readonly", p->root.readonly);
	json_member_bool(w, "overlay", p->root.overlay);
	json_member(w, "propagation", propagation_name(p->root.propagation));
	json_close_object(w);
	json_key(w, "mounts");
	json_open_array(w);
	for (size_t i = 0; i < p->mounts.n; i++)
		write_mount(a, w, &p->mounts.items[i]);
	json_close_array(w);
}

static void member_caps(struct json_writer *w, const char *key, uint64_t mask)
{
	json_key(w, key);
	json_open_array(w);
	for (int cap = 0; cap_name(cap); cap++)
		if (mask & (UINT64_C(1) << cap))
			json_string(w, cap_name(cap));
	json_close_array(w);
}

static void write_caps(struct json_writer *w, const struct cap_sets *c)
{
	json_key(w, "capabilities");
	json_open_object(w);
	member_caps(w, "bounding", c->bounding);
	member_caps(w, "effective", c->effective);
	member_caps(w, "permitted", c->permitted);
	member_caps(w, "inheritable", c->inheritable);
	member_caps(w, "ambient", c->ambient);
	json_close_object(w);
}

static void write_limits(struct json_writer *w, const struct plan_process *p)
{
	json_key(w, "rlimits");
	json_open_array(w);
	for (size_t i = 0; i < p->rlimits.n; i++) {
		json_open_object(w);
		json_member(w, "type", rlimit_name(p->rlimits.items[i].resource));
		json_key(w, "soft");
		json_uint(w, p->rlimits.items[i].soft);
		json_key(w, "hard");
		json_uint(w, p->rlimits.items[i].hard);
		json_close_object(w);
	}
	json_close_array(w);
}

static void write_seccomp(struct json_writer *w, const struct seccomp_profile *s)
{
	if (!s)
		return;
	json_key(w, "seccomp");
	json_open_object(w);
	json_member_int(w, "defaultReturn", s->default_ret);
	json_member_int(w, "rules", (int64_t)s->rules.n);
	json_member_bool(w, "newerIsEnosys", s->newer_is_enosys);
	member_strings(w, "architectures", &s->archs);
	json_member(w, "listenerPath", s->listener_path);
	json_close_object(w);
}

static void write_groups(struct json_writer *w, const struct id_list *l)
{
	json_key(w, "additionalGids");
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_uint(w, l->items[i]);
	json_close_array(w);
}

static void write_process(struct json_writer *w, const struct plan_process *p)
{
	json_key(w, "process");
	json_open_object(w);
	member_strings(w, "args", &p->args);
	member_strings(w, "env", &p->env);
	json_member(w, "cwd", p->cwd);
	json_member_int(w, "uid", p->uid);
	json_member_int(w, "gid", p->gid);
	write_groups(w, &p->groups);
	json_member_int(w, "umask", p->umask);
	json_member_bool(w, "terminal", p->terminal);
	json_member_bool(w, "noNewPrivileges", p->no_new_privs);
	json_member(w, "init", p->init);
	json_member(w, "apparmorProfile", p->apparmor);
	json_member(w, "selinuxLabel", p->selinux);
	if (p->set_oom)
		json_member_int(w, "oomScoreAdj", p->oom_score_adj);
	write_caps(w, &p->caps);
	write_limits(w, p);
	write_seccomp(w, p->seccomp);
	json_close_object(w);
}

static void write_hooks(struct json_writer *w, const char *kind, const struct hook_list *l)
{
	if (l->n == 0)
		return;
	json_key(w, kind);
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_string(w, l->items[i].path);
	json_close_array(w);
}

static void write_all_hooks(struct json_writer *w, const struct plan *p)
{
	json_key(w, "hooks");
	json_open_object(w);
	write_hooks(w, "prestart", &p->hooks.prestart);
	write_hooks(w, "createRuntime", &p->hooks.create_runtime);
	write_hooks(w, "createContainer", &p->hooks.create_container);
	write_hooks(w, "startContainer", &p->hooks.start_container);
	write_hooks(w, "poststart", &p->hooks.poststart);
	write_hooks(w, "poststop", &p->hooks.poststop);
	json_close_object(w);
}

static void write_notes(struct json_writer *w, const struct notes *l)
{
	json_key(w, "notes");
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++) {
		const struct note *n = &l->items[i];

		json_open_object(w);
		json_member(w, "kind", n->kind == NOTE_WARNING ? "warning" : "adapted");
		json_member(w, "code", n->code);
		json_member(w, "text", n->text);
		json_member(w, "cause", n->advice.cause);
		json_member(w, "fix", n->advice.fix);
		json_member(w, "now", n->advice.now);
		json_close_object(w);
	}
	json_close_array(w);
}

static void write_rung(struct json_writer *w, const struct cgroup_rung *r)
{
	json_open_object(w);
	json_member(w, "kind", r->word);
	json_member(w, "base", r->base);
	json_member(w, "path", r->leaf);
	json_member(w, "vacate", r->vacate);
	json_member(w, "unit", r->unit);
	if (r->properties.n > 0) {
		json_key(w, "properties");
		json_open_object(w);
		for (size_t i = 0; i < r->properties.n; i++)
			json_member(w, r->properties.items[i].name, r->properties.items[i].value);
		json_close_object(w);
	}
	json_close_object(w);
}

static void write_port(struct json_writer *w, const struct port_forward *p)
{
	json_open_object(w);
	json_member(w, "protocol", port_protocol_name(p->protocol));
	json_member(w, "hostAddress", p->host_addr);
	json_member_int(w, "hostPort", p->host_port);
	json_member_int(w, "containerPort", p->container_port);
	json_close_object(w);
}

void plan_write_ports(struct json_writer *w, const struct port_forwards *l)
{
	json_key(w, "ports");
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		write_port(w, &l->items[i]);
	json_close_array(w);
}

static void write_net_devices(struct json_writer *w, const struct net_moves *l)
{
	if (l->n == 0)
		return;
	json_key(w, "netDevices");
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++) {
		json_open_object(w);
		json_member(w, "from", l->items[i].from);
		json_member(w, "name", l->items[i].name);
		member_strings(w, "addresses", &l->items[i].addresses);
		json_close_object(w);
	}
	json_close_array(w);
}

static void write_network(struct json_writer *w, const struct plan_network *n)
{
	if (n->helper == NETWORK_NOBODY)
		return;
	json_key(w, "network");
	json_open_object(w);
	json_member(w, "by", network_helper_name(n->helper));
	json_member(w, "program", n->program);
	member_strings(w, "args", &n->args);
	json_member(w, "address", n->address);
	json_member(w, "nameserver", n->nameserver);
	json_member(w, "pingGroups", n->ping_groups);
	plan_write_ports(w, &n->ports);
	json_close_object(w);
}

static void write_cgroup(struct json_writer *w, const struct plan_cgroup *c)
{
	json_key(w, "cgroup");
	json_open_object(w);
	json_key(w, "ladder");
	json_open_array(w);
	for (size_t i = 0; i < c->rungs.n; i++)
		write_rung(w, &c->rungs.items[i]);
	json_close_array(w);
	json_key(w, "limits");
	json_open_array(w);
	for (size_t i = 0; i < c->limits.n; i++) {
		json_open_object(w);
		json_member(w, "file", c->limits.items[i].file);
		json_member(w, "value", c->limits.items[i].value);
		json_member(w, "origin", c->limits.items[i].origin);
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
}

void plan_json(struct json_writer *w, const struct plan *p)
{
	autoarena a = { 0 };

	json_open_object(w);
	json_member(w, "id", p->id);
	json_member(w, "bundle", p->bundle);
	write_ids(w, &p->ids);
	write_namespaces(w, p->ns);
	json_member(w, "hostname", p->hostname);
	json_member(w, "domainname", p->domainname);
	json_member(w, "timeOffsets", p->time_offsets);
	write_mounts(&a, w, p);
	member_settings(w, "sysctl", &p->sysctls);
	write_process(w, &p->process);
	write_all_hooks(w, p);
	member_settings(w, "annotations", &p->annotations);
	write_network(w, &p->network);
	write_net_devices(w, &p->net_devices);
	write_cgroup(w, &p->cgroup);
	write_notes(w, &p->notes);
	json_close_object(w);
}
