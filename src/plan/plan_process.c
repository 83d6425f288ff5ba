/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_process.c - what the command runs with: user, capabilities, limits, priorities. */
#include "plan/names.h"
#include "plan/parts.h"
#include <linux/ioprio.h>
#include <stdio.h>
#include <string.h>

/* ---- user ---- */

/* crun's annotation, which podman sets for --group-add keep-groups: files of the caller's groups stay in reach. */
static bool keeps_groups(const struct planner *b)
{
	const struct key_values *l = &b->spec->annotations;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].key, "run.oci.keep_original_groups") == 0)
			return strcmp(l->items[i].value, "1") == 0 || strcmp(l->items[i].value, "true") == 0;
	return false;
}

static void plan_user(const struct planner *b, struct plan_process *p)
{
	const struct spec_user *u = &b->spec->process->user;
	const struct plan_ids *ids = &b->plan->ids;

	p->uid = u->uid;
	p->gid = u->gid;
	p->umask = u->umask.set ? u->umask.value : 0022; /* as crun and runc */
	/* With one id of our own the kernel wants setgroups(2) denied for good (user_namespaces(7)). */
	/* newgidmap denies it as well where it maps no group but the caller's. */
	p->set_groups = ids->method != IDS_SINGLE && !b->host->setgroups_denied &&
			!(ids->method == IDS_HELPERS && ids->gid.n == 1 && ids->gid.items[0].count == 1 &&
			  ids->gid.items[0].outside == b->host->gid);
	if (keeps_groups(b)) {
		p->set_groups = false;
		note_adapted(b, "groups-kept",
			     "additional groups left out: the annotation run.oci.keep_original_groups keeps the caller's");
		return;
	}
	for (size_t i = 0; i < u->additional_gids.n; i++) {
		uint32_t gid = u->additional_gids.items[i];

		if (p->set_groups && (ids->gid.n == 0 || id_is_mapped(&ids->gid, gid)))
			*arena_push(b->arena, &p->groups) = gid;
		else
			note_adapted(b, "group-dropped", "additional group %u left out: %s", gid,
				     p->set_groups ? "this id is not mapped" : "setgroups is denied in this user namespace");
	}
}

/* ---- capabilities ---- */

static uint64_t cap_mask(const struct planner *b, const char *set, const struct strv *names)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < names->n; i++) {
		int cap = cap_from_name(names->v[i]);

		if (cap >= 0)
			mask |= UINT64_C(1) << cap;
		else
			note_warning(b, "capability-unknown", NULL,
				     "config.json: /process/capabilities/%s/%zu: unknown capability '%s' left out", set, i, names->v[i]);
	}
	return mask;
}

static void limit_caps(const struct planner *b, const char *set, uint64_t *mask, const char *by, uint64_t limit)
{
	for (int cap = 0; cap_name(cap); cap++)
		if (*mask & ~limit & (UINT64_C(1) << cap))
			note_adapted(b, "capability-dropped", "%s is %s but not %s: left out", cap_name(cap), set, by);
	*mask &= limit;
}

static void plan_caps(const struct planner *b, struct plan_process *p)
{
	const struct spec_capabilities *c = b->spec->process->capabilities;

	/* Without the object nothing is granted: the same as five empty sets. */
	if (!c)
		return;
	p->caps = (struct cap_sets){
		.bounding = cap_mask(b, "bounding", &c->bounding),
		.effective = cap_mask(b, "effective", &c->effective),
		.permitted = cap_mask(b, "permitted", &c->permitted),
		.inheritable = cap_mask(b, "inheritable", &c->inheritable),
		.ambient = cap_mask(b, "ambient", &c->ambient),
	};
	/* capset(2) and PR_CAP_AMBIENT refuse the whole set for one capability too many. */
	limit_caps(b, "effective", &p->caps.effective, "permitted", p->caps.permitted);
	limit_caps(b, "inheritable", &p->caps.inheritable, "bounding", p->caps.bounding);
	limit_caps(b, "ambient", &p->caps.ambient, "permitted and inheritable", p->caps.permitted & p->caps.inheritable);
}

/* ---- limits ---- */

static int plan_rlimits(const struct planner *b, struct plan_process *p)
{
	const struct spec_rlimits *l = &b->spec->process->rlimits;

	for (size_t i = 0; i < l->n; i++) {
		int resource = rlimit_from_name(l->items[i].type);
		uint64_t soft = l->items[i].soft, hard = l->items[i].hard, most;

		if (resource < 0)
			return refuse(b, arena_printf(b->arena, "/process/rlimits/%zu/type", i), "unknown limit '%s'", l->items[i].type);
		most = b->host->rlimit_hard[resource];
		if (hard > most) {
			note_adapted(b, "rlimit-clamped", "%s: hard limit %llu lowered to %llu: a normal user cannot raise it",
				     l->items[i].type, (unsigned long long)hard, (unsigned long long)most);
			hard = most;
		}
		*arena_push(b->arena, &p->rlimits) = (struct rlimit_op){
			.resource = resource,
			.soft = soft < hard ? soft : hard,
			.hard = hard,
		};
	}
	return 0;
}

static void plan_oom(const struct planner *b, struct plan_process *p)
{
	int64_t wanted = b->spec->process->oom_score_adj.value, least = b->host->oom_score_adj;

	if (!b->spec->process->oom_score_adj.set)
		return;
	if (wanted < least)
		note_adapted(b, "oom-clamped", "oomScoreAdj %lld raised to %lld: a normal user cannot go below the inherited value",
			     (long long)wanted, (long long)least);
	p->set_oom = true;
	p->oom_score_adj = (int)(wanted < least ? least : wanted);
}

/* ---- priorities ---- */

static void plan_scheduler(const struct planner *b, struct plan_process *p)
{
	/* sched.h: SCHED_* of sched(7) */
	static const uint32_t policies[] = {
		[SPEC_SCHED_OTHER] = 0, [SPEC_SCHED_FIFO] = 1, [SPEC_SCHED_RR] = 2,
		[SPEC_SCHED_BATCH] = 3, [SPEC_SCHED_IDLE] = 5, [SPEC_SCHED_DEADLINE] = 6,
	};
	const struct spec_scheduler *s = b->spec->process->scheduler;
	struct sched_op *op;

	if (!s)
		return;
	op = arena_alloc(b->arena, sizeof(*op));
	*op = (struct sched_op){
		.policy = policies[s->policy],
		.nice = (int32_t)s->nice.value,
		.priority = (uint32_t)s->priority.value,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	for (size_t i = 0; i < s->flags.n; i++)
		op->flags |= sched_flag(s->flags.v[i]);
	p->sched = op;
}

static void plan_io_priority(const struct planner *b, struct plan_process *p)
{
	static const int classes[] = {
		[SPEC_IO_RT] = IOPRIO_CLASS_RT,
		[SPEC_IO_BE] = IOPRIO_CLASS_BE,
		[SPEC_IO_IDLE] = IOPRIO_CLASS_IDLE,
	};
	const struct spec_io_priority *io = b->spec->process->io_priority;

	p->io_priority = io ? (int)IOPRIO_PRIO_VALUE(classes[io->class], (int)io->priority) : -1;
}

/* "0-3,8" → bits; false for anything else or a node above max. */
static bool parse_list(const char *s, unsigned long *bits, unsigned long max)
{
	const unsigned long width = sizeof(*bits) * 8;

	while (*s) {
		char *end;
		unsigned long first = strtoul(s, &end, 10), last = first;

		if (end == s)
			return false;
		if (*end == '-') {
			s = end + 1;
			last = strtoul(s, &end, 10);
			if (end == s)
				return false;
		}
		if (last < first || last >= max || (*end && *end != ','))
			return false;
		for (; first <= last; first++)
			bits[first / width] |= 1UL << (first % width);
		s = *end ? end + 1 : end;
	}
	return true;
}

enum { CPUS_MAX = 8192 }; /* CONFIG_NR_CPUS of every architecture is at most that */

static int plan_cpus(const struct planner *b, const char *member, const char *list, const struct cpu_set_op **ret)
{
	struct cpu_set_op *op;

	if (!list || !list[0])
		return 0;
	op = arena_alloc(b->arena, sizeof(*op));
	*op = (struct cpu_set_op){ .bits = arena_alloc(b->arena, CPUS_MAX / 8), .size = CPUS_MAX / 8 };
	if (!parse_list(list, op->bits, CPUS_MAX))
		return refuse(b, arena_printf(b->arena, "/process/execCPUAffinity/%s", member), "'%s' is not a list of CPUs like 0-3,7",
			      list);
	*ret = op;
	return 0;
}

/* Process 1 keeps the CPUs of the caller (config.md, "execCPUAffinity"). */
static int plan_affinity(const struct planner *b, struct plan_process *p)
{
	const struct spec_cpu_affinity *c = b->spec->process->exec_cpu_affinity;
	const struct cpu_set_op *unused = NULL;
	int r;

	if (!c)
		return 0;
	if ((r = plan_cpus(b, "initial", c->initial, b->options->form == FORM_EXEC ? &p->first_cpus : &unused)) < 0)
		return r;
	if ((r = plan_cpus(b, "final", c->final, b->options->form == FORM_EXEC ? &p->cpus : &unused)) < 0)
		return r;
	if (b->options->form != FORM_EXEC)
		note_adapted(b, "exec-only", "/process/execCPUAffinity is for exec; process 1 keeps the CPUs of the caller");
	return 0;
}

static int plan_mempolicy(const struct planner *b, struct plan_process *p)
{
	enum { NODES_MAX = 1024 }; /* MAX_NUMNODES of every architecture is at most that */
	const struct spec_memory_policy *m = b->spec->linux_->memory_policy;
	struct mempolicy_op *op;

	if (!m)
		return 0;
	op = arena_alloc(b->arena, sizeof(*op));
	op->mode = mempolicy_mode(m->mode);
	for (size_t i = 0; i < m->flags.n; i++)
		op->mode |= mempolicy_flag(m->flags.v[i]);
	if (m->nodes && m->nodes[0]) {
		op->nodes = arena_alloc(b->arena, NODES_MAX / 8);
		op->max_node = NODES_MAX;
		if (!parse_list(m->nodes, op->nodes, NODES_MAX))
			return refuse(b, "/linux/memoryPolicy/nodes", "'%s' is not a list of nodes like 0-1,3", m->nodes);
	}
	p->mempolicy = op;
	return 0;
}

static void plan_personality(const struct planner *b, struct plan_process *p)
{
	enum { PER_LINUX_ = 0, PER_LINUX32_ = 8 }; /* personality(2) */
	const struct spec_personality *s = b->spec->linux_->personality;

	p->personality = s ? (strcmp(s->domain, "LINUX32") == 0 ? PER_LINUX32_ : PER_LINUX_) : -1;
}

static void plan_labels(const struct planner *b, struct plan_process *p)
{
	const struct spec_process *s = b->spec->process;

	if (s->apparmor_profile && s->apparmor_profile[0]) {
		if (b->host->apparmor)
			p->apparmor = s->apparmor_profile;
		else
			note_warning(b, "apparmor-off", NULL, "AppArmor profile '%s' not applied: this host has no AppArmor",
				     s->apparmor_profile);
	}
	if (s->selinux_label && s->selinux_label[0]) {
		if (b->host->selinux)
			p->selinux = s->selinux_label;
		else
			note_warning(b, "selinux-off", NULL, "SELinux label '%s' not applied: this host has no SELinux", s->selinux_label);
	}
}

/* ---- command ---- */

/* Programs that are an init themselves: process 1 is theirs. */
static bool is_init(const char *command)
{
	static const char *const inits[] = { "systemd", "init", "tini", "catatonit", "dumb-init", "s6-svscan", "runit", "runsvdir" };
	const char *slash = strrchr(command, '/'), *name = slash ? slash + 1 : command;

	for (size_t i = 0; i < ARRAY_SIZE(inits); i++)
		if (strcmp(inits[i], name) == 0)
			return true;
	return false;
}

static void tell_mount_label(const struct planner *b)
{
	const char *label = b->spec->linux_->mount_label;

	if (label && label[0] && !b->host->selinux)
		note_warning(b, "selinux-off", NULL, "mount label '%s' not applied: this host has no SELinux", label);
}

static int plan_init(const struct planner *b, struct plan_process *p)
{
	enum init_mode mode = b->options->init;
	bool wanted = mode == INIT_YES || (mode == INIT_AUTO && b->options->form == FORM_USER && b->plan->ns[NS_PID].action == NS_NEW &&
					   !is_init(p->args.v[0]));

	if (wanted && b->host->init_helper)
		p->init = b->host->init_helper;
	else if (mode == INIT_YES)
		return err_set(ENOENT, "init-helper", "--init: the helper urun-init is not installed");
	return 0;
}

/* sd_listen_fds(3): the sockets come first. Process 1 learns its own number by itself. */
static void plan_descriptors(const struct planner *b, struct plan_process *p)
{
	const struct plan_options *o = b->options;

	p->preserved_fds = o->listen_fds + o->preserve_fds;
	p->listen_fds = o->listen_fds > 0;
	if (!p->listen_fds)
		return;
	strv_set_env(b->arena, &p->env, arena_printf(b->arena, "LISTEN_FDS=%u", o->listen_fds));
	if (o->listen_names)
		strv_set_env(b->arena, &p->env, arena_printf(b->arena, "LISTEN_FDNAMES=%s", o->listen_names));
}

static void plan_command(const struct planner *b, struct plan_process *p)
{
	const struct spec_process *s = b->spec->process;

	p->args = s->args;
	/* Programs find the first of two, and who put one behind wanted that one (Slurm, go's os/exec). */
	for (size_t i = 0; i < s->env.n; i++)
		strv_set_env(b->arena, &p->env, s->env.v[i]);
	if (s->terminal && !strv_get_env(&p->env, "TERM"))
		strv_push(b->arena, &p->env, arena_strdup(b->arena, "TERM=xterm"));
	plan_descriptors(b, p);
	p->cwd = s->cwd;
	/* runc and crun make the directory; a bundle of the user form is never written. */
	p->create_cwd = b->options->form == FORM_RUNC;
	p->terminal = s->terminal;
	p->no_new_privs = s->no_new_privileges;
	if (s->console_size) {
		p->rows = (uint16_t)s->console_size->height;
		p->columns = (uint16_t)s->console_size->width;
	}
	if (s->command_line)
		note_adapted(b, "field-other-platform", "/process/commandLine left out: it is for Windows");
}

int plan_process(const struct planner *b)
{
	struct plan_process *p = &b->plan->process;
	int r;

	if (!b->spec->process)
		return err_set(EINVAL, "config-invalid", "config.json: /process is missing: there is nothing to run");
	plan_command(b, p);
	plan_user(b, p);
	plan_caps(b, p);
	plan_oom(b, p);
	plan_scheduler(b, p);
	plan_io_priority(b, p);
	plan_personality(b, p);
	plan_labels(b, p);
	tell_mount_label(b);
	if ((r = plan_rlimits(b, p)) < 0)
		return r;
	if ((r = plan_mempolicy(b, p)) < 0)
		return r;
	if ((r = plan_affinity(b, p)) < 0)
		return r;
	return plan_init(b, p);
}
