/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_limits.c - which limits can be set in the first cgroup of the ladder, and what is said of those that cannot. */
#include "base/text.h"
#include "plan/limits.h"
#include "plan/parts.h"
#include <string.h>

/* The innermost unit of systemd that a cgroup path belongs to, without what is below it; "" when there is none. */
const char *plan_unit_of(struct arena *a, const char *own)
{
	const char *unit = "";

	for (const char *p = own; *p;) {
		size_t len;
		const char *name;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		name = arena_strndup(a, p, len);
		if (text_ends_with(name, ".scope") || (text_ends_with(name, ".service") && strncmp(name, "user@", 5) != 0))
			unit = name;
		p += len;
	}
	return unit;
}

#define UNIFIED_FIX                                                                                                                        \
	"sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&systemd.unified_cgroup_hierarchy=1 /' /etc/default/grub && sudo update-grub && sudo "      \
	"reboot"

static void explain_obstacle(const struct planner *b, struct plan_cgroup *c)
{
	const struct host_cgroup *h = &b->host->cgroup;
	const char *unit = h->own ? plan_unit_of(b->arena, h->own) : "";

	if (b->options->cgroups == CGROUPS_NONE || b->options->manager == CGROUP_MANAGER_DISABLED)
		c->advice =
			(struct advice){ .cause = b->options->cgroups == CGROUPS_NONE ? "--cgroups=none" : "--cgroup-manager=disabled" };
	else if (h->version == CGROUP_V1 || h->version == CGROUP_HYBRID)
		c->advice = (struct advice){ .cause = "the controllers are mounted as cgroup v1, where a normal user may limit nothing",
					     .fix = UNIFIED_FIX };
	else if (h->version == CGROUP_NOT_MOUNTED || !h->own)
		c->advice = (struct advice){
			.cause = "the caller's cgroup cannot be seen in " CGROUP_MOUNT,
			.fix = "mount -t cgroup2 cgroup2 " CGROUP_MOUNT
			       "   (outer container: podman run --cgroupns=private -v /sys/fs/cgroup:/sys/fs/cgroup:rw …)"
		};
	else if (h->job)
		c->advice = (struct advice){ .cause = arena_printf(b->arena, "this is a batch job (%s), whose cgroup is not left", h->job),
					     .now = "ask the batch system for these limits" };
	else if (text_ends_with(unit, ".service"))
		c->advice = (struct advice){ .cause = arena_printf(b->arena,
								   "the caller belongs to '%s', which does not delegate its cgroup", unit),
					     .fix = arena_printf(b->arena, "set Delegate=yes in the section [Service] of '%s'", unit),
					     .now = h->manager ? "systemd-run --user --scope urun run …" : NULL };
	else if (!h->manager)
		c->advice = (struct advice){ .cause = "the caller's cgroup belongs to root, and no systemd user manager answers",
					     .fix = arena_printf(
						     b->arena, "sudo apt-get install dbus-user-session && sudo loginctl enable-linger %s",
						     b->host->user ? b->host->user : arena_printf(b->arena, "%u", b->host->uid)),
					     .now = "log in as this user (ssh, or machinectl shell), not through su or sudo" };
	else
		c->advice = (struct advice){ .cause = arena_printf(b->arena, "the caller's cgroup '%s' belongs to somebody else", h->own),
					     .now = b->plan->form == FORM_RUNC ? "use --systemd-cgroup" : "urun run --cgroups=scope …" };
}

/* ---- limits ---- */

#define DELEGATE_FIX                                                                                                                       \
	"sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | "               \
	"sudo tee /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl daemon-reload   # then log in again"

static const struct {
	const char *controller, *what, *now;
} limited[] = {
	{ "memory", "memory", "drop the limit, or: ulimit -v" },
	{ "cpu", "CPU", "drop the limit, or: nice urun run …" },
	{ "cpuset", "CPU", "drop the limit, or: taskset -c 0 urun run …" },
	{ "pids", "processes", "drop the limit, or: ulimit -u" },
	{ "io", "I/O", "drop the limit, or: ionice -c 3 urun run …" },
	{ "hugetlb", "huge pages", "drop the limit" },
	{ "rdma", "RDMA", "drop the limit" },
	{ "misc", "miscellaneous resources", "drop the limit" },
};

struct limited_thing {
	const char *what, *now;
};

static struct limited_thing thing_of(const char *controller)
{
	for (size_t i = 0; i < ARRAY_SIZE(limited); i++)
		if (strcmp(limited[i].controller, controller) == 0)
			return (struct limited_thing){ limited[i].what, limited[i].now };
	return (struct limited_thing){ controller, "drop the limit" };
}

/* Who could have given it: the unit that we are in, or the user's manager that makes one. */
static const struct advice *missing_advice(const struct planner *b, const char *now)
{
	const struct plan_cgroup *c = &b->plan->cgroup;
	struct advice *a = arena_alloc(b->arena, sizeof(*a));

	if (c->rungs.items[0].place == CGROUP_SCOPE)
		*a = (struct advice){ .fix = DELEGATE_FIX, .now = now };
	else
		*a = c->advice;
	return a;
}

/* A controller that the cgroup will not have: an error for what was asked for, a warning for what the bundle says. */
static int tell_missing(const struct planner *b, const struct strv *grants, const struct cgroup_write *w)
{
	const char *controller = limits_controller(b->arena, w->file);
	const struct limited_thing t = thing_of(controller);
	const char *text = arena_printf(b->arena, "cannot limit %s: controller '%s' is not delegated to you (you have: %s)", t.what,
					controller, grants->n > 0 ? strv_join(b->arena, grants, " ") : "none");

	if (w->asked)
		return err_advise(err_set(EPERM, "controller-missing", "%s", text), missing_advice(b, t.now));
	note_warning(b, "controller-missing", missing_advice(b, t.now), "%s: %s left out", text, w->origin);
	return 0;
}

static int keep_possible(const struct planner *b, const struct strv *grants, struct cgroup_writes *all)
{
	struct cgroup_writes kept = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct cgroup_write *w = &all->items[i];
		int r;

		if (!grants || strv_has(grants, limits_controller(b->arena, w->file)))
			*arena_push(b->arena, &kept) = *w;
		else if ((r = tell_missing(b, grants, w)) < 0)
			return r;
	}
	*all = kept;
	return 0;
}

static const char no_cgroup[] = "there is no cgroup that this user may limit";

/* No cgroup at all. */
static int tell_none(const struct planner *b, const struct plan_cgroup *c)
{
	for (size_t i = 0; i < c->limits.n; i++)
		if (c->limits.items[i].asked && b->options->cgroups != CGROUPS_NONE)
			return err_advise(err_set(EPERM, "no-cgroup", "cannot limit %s: %s",
						  thing_of(limits_controller(b->arena, c->limits.items[i].file)).what, no_cgroup),
					  &c->advice);
	if (c->limits.n > 0)
		note_warning(b, "limits-ignored", &c->advice, "the resource limits are not applied: %s", no_cgroup);
	return 0;
}

int plan_possible_limits(const struct planner *b, const struct strv *grants)
{
	struct plan_cgroup *c = &b->plan->cgroup;

	explain_obstacle(b, c);
	return c->rungs.n == 0 ? tell_none(b, c) : keep_possible(b, grants, &c->limits);
}
