/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_exec.c - one more process in a container: what it is, and what it may. */
#include "plan/names.h"
#include "plan/parts.h"
#include <string.h>

static int bad_option(const char *option, const char *value, const char *why)
{
	return err_set(EINVAL, "usage", "%s '%s': %s", option, value, why);
}

/* runc and crun: the three sets that a program run by root uses. Never the inheritable one (CVE-2022-29162). */
static int add_caps(struct arena *a, struct spec_process *p, const struct strv *caps)
{
	struct spec_capabilities *c;

	if (caps->n == 0)
		return 0;
	c = arena_alloc(a, sizeof(*c));
	if (p->capabilities)
		*c = *p->capabilities;
	for (size_t i = 0; i < caps->n; i++) {
		struct strv *const sets[] = { &c->bounding, &c->effective, &c->permitted };

		if (cap_from_name(caps->v[i]) < 0)
			return bad_option("--cap", caps->v[i], "there is no such capability");
		for (size_t k = 0; k < ARRAY_SIZE(sets); k++) {
			struct strv wider = { 0 };

			for (size_t n = 0; n < sets[k]->n; n++)
				strv_push(a, &wider, sets[k]->v[n]);
			strv_push(a, &wider, caps->v[i]);
			*sets[k] = wider;
		}
	}
	p->capabilities = c;
	return 0;
}

static int add_groups(struct arena *a, struct spec_process *p, const struct strv *groups)
{
	struct u32_list *l = &p->user.additional_gids;
	uint32_t *items = arena_array(a, l->n + groups->n, sizeof(*items));

	if (l->n)
		memcpy(items, l->items, l->n * sizeof(*items));
	for (size_t i = 0; i < groups->n; i++) {
		char *end;
		unsigned long long gid;

		errno = 0;
		gid = strtoull(groups->v[i], &end, 10);
		if (groups->v[i][0] < '0' || groups->v[i][0] > '9' || *end || errno || gid >= UINT32_MAX)
			return bad_option("--additional-gids", groups->v[i], "must be the number of a group");
		items[l->n + i] = (uint32_t)gid;
	}
	*l = (struct u32_list){ .items = items, .n = l->n + groups->n };
	return 0;
}

static void add_env(struct arena *a, struct spec_process *p, const struct strv *env)
{
	struct strv all = { 0 };

	for (size_t i = 0; i < p->env.n; i++)
		strv_push(a, &all, p->env.v[i]);
	for (size_t i = 0; i < env->n; i++)
		strv_set_env(a, &all, env->v[i]);
	p->env = all;
}

void plan_complete_exec(const struct spec_process *own, struct spec_process *p)
{
	if (!p->capabilities)
		p->capabilities = own->capabilities;
	if (p->rlimits.n == 0)
		p->rlimits = own->rlimits;
	if (!p->apparmor_profile)
		p->apparmor_profile = own->apparmor_profile;
	if (!p->selinux_label)
		p->selinux_label = own->selinux_label;
	if (!p->oom_score_adj.set)
		p->oom_score_adj = own->oom_score_adj;
	if (!p->scheduler)
		p->scheduler = own->scheduler;
	if (!p->io_priority)
		p->io_priority = own->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = own->exec_cpu_affinity;
	if (!p->user.umask.set)
		p->user.umask = own->user.umask;
}

int plan_edit_exec(struct arena *a, const struct exec_edits *e, struct spec *s)
{
	struct spec_process *p = s->process;
	int r;

	p->args = e->args;
	p->terminal = e->terminal;
	p->no_new_privileges = p->no_new_privileges || e->no_new_privs;
	add_env(a, p, &e->env);
	if (e->cwd && e->cwd[0] != '/')
		return bad_option("--cwd", e->cwd, "must be an absolute path");
	if (e->cwd)
		p->cwd = arena_strdup(a, e->cwd);
	if (e->apparmor)
		p->apparmor_profile = arena_strdup(a, e->apparmor);
	if (e->selinux)
		p->selinux_label = arena_strdup(a, e->selinux);
	if ((r = add_groups(a, p, &e->groups)) < 0)
		return r;
	return add_caps(a, p, &e->caps);
}

void plan_query_exec(const struct spec *s, const struct plan_options *o, int64_t process, struct host_query *ret)
{
	const struct spec_process *p = s->process;

	*ret = (struct host_query){
		.process = process,
		.user = o->user,
		.lsm = p->apparmor_profile || p->selinux_label,
		.oom = p->oom_score_adj.set,
		.limits = p->rlimits.n > 0,
	};
}

int plan_exec(struct arena *a, const struct spec *s, const struct host *h, const struct plan_options *o, struct plan *ret)
{
	struct spec edited = *s;
	struct spec_process process = *s->process;
	const struct planner b = { .arena = a, .spec = &edited, .host = h, .options = o, .plan = ret };
	int r;

	edited.process = &process;
	*ret = (struct plan){ .id = o->id, .bundle = h->bundle, .oci_version = s->oci_version, .form = FORM_EXEC, .keyring = true };
	ret->ns[NS_USER].action = NS_JOIN;
	ret->annotations = s->annotations;
	if ((r = plan_who(&b, &process.user)) < 0)
		return r;
	if ((r = plan_joined_ids(&b, &process.user)) < 0)
		return r;
	if ((r = plan_process(&b)) < 0)
		return r;
	return plan_seccomp(&b);
}
