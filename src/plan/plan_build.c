/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"
#include "plan/parts.h"
#include "spec/spec_fields.h"
#include <string.h>

static void copy_hooks(struct arena *a, const char *point, const struct spec_hook_list *from, struct hook_list *to)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct spec_hook *h = &from->items[i];
		int64_t seconds = h->timeout.value < INT32_MAX / 1000 ? h->timeout.value : INT32_MAX / 1000;

		*arena_push(a, to) = (struct hook){
			.path = h->path,
			.args = h->args,
			.env = h->env,
			.timeout_ms = h->timeout.set ? (int)seconds * 1000 : -1,
			.origin = arena_printf(a, "/hooks/%s/%zu", point, i),
		};
	}
}

static const struct {
	const char *point;
	size_t from, to; /* in struct spec_hooks, in struct plan_hooks */
} hook_points[] = {
	{ "prestart", offsetof(struct spec_hooks, prestart), offsetof(struct plan_hooks, prestart) },
	{ "createRuntime", offsetof(struct spec_hooks, create_runtime), offsetof(struct plan_hooks, create_runtime) },
	{ "createContainer", offsetof(struct spec_hooks, create_container), offsetof(struct plan_hooks, create_container) },
	{ "startContainer", offsetof(struct spec_hooks, start_container), offsetof(struct plan_hooks, start_container) },
	{ "poststart", offsetof(struct spec_hooks, poststart), offsetof(struct plan_hooks, poststart) },
	{ "poststop", offsetof(struct spec_hooks, poststop), offsetof(struct plan_hooks, poststop) },
};

void plan_hooks(struct arena *a, const struct spec *s, struct plan_hooks *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(hook_points); i++)
		copy_hooks(a, hook_points[i].point, (const void *)((const char *)s->hooks + hook_points[i].from),
			   (void *)((char *)ret + hook_points[i].to));
}

static int plan_all_hooks(const struct planner *b)
{
	plan_hooks(b->arena, b->spec, &b->plan->hooks);
	return 0;
}

static const char *offset_line(struct arena *a, const char *clock, const struct spec_time_offset *o)
{
	return o ? arena_printf(a, "%s %lld %u\n", clock, (long long)o->secs, o->nanosecs) : "";
}

static int plan_names_and_times(const struct planner *b)
{
	const struct spec_time_offsets *t = b->spec->linux_->time_offsets;
	struct plan *p = b->plan;

	p->hostname = b->spec->hostname;
	p->domainname = b->spec->domainname;
	if (t)
		p->time_offsets = arena_printf(b->arena, "%s%s", offset_line(b->arena, "monotonic", t->monotonic),
					       offset_line(b->arena, "boottime", t->boottime));
	p->annotations = b->spec->annotations;
	return 0;
}

/* --fallback=error: what would be a warning is the end. */
static int apply_fallback(const struct planner *b)
{
	const struct notes *l = &b->plan->notes;

	if (b->options->fallback != FALLBACK_ERROR)
		return 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].kind == NOTE_WARNING)
			return err_advise(err_set(EPERM, l->items[i].code, "%s (--fallback=error)", l->items[i].text), &l->items[i].advice);
	return 0;
}

int plan_build(struct arena *a, const struct spec *s, const struct host *h, const struct plan_options *o, struct plan *ret)
{
	struct spec edited = *s;
	struct spec_process process = s->process ? *s->process : (struct spec_process){ 0 };
	const struct planner b = { .arena = a, .spec = &edited, .host = h, .options = o, .plan = ret };
	int (*const parts[])(const struct planner *) = {
		plan_namespaces, plan_id_maps, plan_network, plan_net_devices, plan_cgroup,	     plan_mounts,
		plan_sysctls,	 plan_process, plan_seccomp, plan_all_hooks,   plan_names_and_times, apply_fallback,
	};
	int r;

	if (s->process)
		edited.process = &process;
	*ret = (struct plan){
		.id = o->id,
		.bundle = h->bundle,
		.oci_version = s->oci_version,
		.form = o->form,
		.keyring = !o->no_new_keyring,
	};
	if ((r = plan_who(&b, &process.user)) < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if ((r = parts[i](&b)) < 0)
			return r;
	return 0;
}
