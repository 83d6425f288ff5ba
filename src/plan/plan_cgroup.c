/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_cgroup.c - where the container is counted and limited, and who has to be asked for it: a ladder. */
#include "base/text.h"
#include "plan/limits.h"
#include "plan/parts.h"
#include <string.h>

static const struct host_cgroup *facts(const struct planner *b)
{
	return &b->host->cgroup;
}

/* ---- where we are ---- */

/* A login session or a unit that somebody has started from one. A service's processes belong to it, whoever's it is: leaving its
 * cgroup would be an escape from its limits and from its end. */
static bool is_session(const struct planner *b)
{
	const char *own = facts(b)->own;

	return own && strstr(own, "/user-") && text_ends_with(plan_unit_of(b->arena, own), ".scope") && !facts(b)->job;
}

/* All cgroups below a user's manager belong to the user, and it marks those that it leaves to others only since systemd 254; anywhere else
 * somebody has given a normal user what he may write. */
static bool is_delegated(const struct planner *b)
{
	return facts(b)->delegated || b->options->cgroups == CGROUPS_SPLIT || (!plan_is_real_root(b) && !strstr(facts(b)->own, "/user@"));
}

/* ---- rungs ---- */

struct ladder {
	const struct planner *planner;
	struct plan_cgroup *cgroup;
	const struct strv *grants; /* controllers that the first rung has; NULL: not known */
};

static void add_rung(struct ladder *l, struct cgroup_rung rung, const struct strv *grants)
{
	*arena_push(l->planner->arena, &l->cgroup->rungs) = rung;
	if (l->cgroup->rungs.n == 1)
		l->grants = grants;
}

static bool is_subset(const struct strv *l, const struct strv *of)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strv_has(of, l->v[i]))
			return false;
	return true;
}

/* Beside our own processes, in the cgroup that they are in. Those only have to go a level down if it has to make controllers
 * available, which a cgroup with processes cannot ("no internal processes", cgroups(7)); moving them costs milliseconds. */
static bool add_split(struct ladder *l, const char *word, const char *leaf)
{
	const struct host_cgroup *h = facts(l->planner);
	const bool ready = h->vacated || is_subset(&l->cgroup->controllers, &h->enabled);

	if (!h->own || !h->writable || !(h->vacated || h->alone || is_delegated(l->planner)))
		return false;
	add_rung(l,
		 (struct cgroup_rung){ .place = CGROUP_CHILD,
				       .word = word,
				       .base = arena_printf(l->planner->arena, CGROUP_MOUNT "%s", h->own),
				       .leaf = leaf,
				       .vacate = ready ? NULL : CGROUP_SUPERVISOR },
		 &h->controllers);
	return true;
}

/* Where others are in our cgroup too, one below it can still be paused, counted and killed, and limited by what it passes on. */
static bool add_child(struct ladder *l, const char *word, const char *leaf)
{
	const struct host_cgroup *h = facts(l->planner);

	if (!h->own || !h->writable)
		return false;
	add_rung(l,
		 (struct cgroup_rung){ .place = CGROUP_CHILD,
				       .word = word,
				       .base = arena_printf(l->planner->arena, CGROUP_MOUNT "%s", h->own),
				       .leaf = leaf },
		 &h->enabled);
	return true;
}

static bool add_own(struct ladder *l, const char *word, const char *leaf)
{
	return add_split(l, word ? word : "split", leaf) || add_child(l, word ? word : "child", leaf);
}

/* ---- the forms ---- */

static const char *usual_leaf(const struct planner *b)
{
	return arena_printf(b->arena, "urun-%s", b->plan->id);
}

/* A path is below the mount when it begins with '/', otherwise below the own cgroup. */
static bool add_path(struct ladder *l, const char *path)
{
	const struct host_cgroup *h = facts(l->planner);
	const char *tidy = path_tidy(l->planner->arena, path);

	if (path[0] != '/')
		return h->own && add_own(l, "path", tidy + 1);
	if (h->own && path_is_below(tidy, *h->own ? h->own : "/"))
		return add_own(l, "path", tidy + strlen(h->own) + 1);
	if (!h->root_writable || strcmp(tidy, "/") == 0)
		return false;
	add_rung(l, (struct cgroup_rung){ .place = CGROUP_CHILD, .word = "path", .base = CGROUP_MOUNT, .leaf = tidy + 1 }, NULL);
	return true;
}

/* What the person wants, or has to want. */
static int climb_for_user(struct ladder *l)
{
	const struct planner *b = l->planner;
	const enum cgroups_mode mode = b->options->cgroups;
	struct cgroup_rung scope;
	int r;

	if (mode == CGROUPS_PATH) {
		(void)add_path(l, b->options->cgroups_path);
		return 0;
	}
	if (mode != CGROUPS_SCOPE && add_split(l, "split", usual_leaf(b)) && mode == CGROUPS_SPLIT)
		return 0;
	if (mode == CGROUPS_SPLIT)
		return 0;
	if (facts(b)->manager && (mode == CGROUPS_SCOPE || (l->cgroup->rungs.n == 0 && is_session(b)))) {
		if ((r = plan_usual_scope(b, &scope)) < 0)
			return r;
		add_rung(l, scope, &facts(b)->manager_grants);
	}
	if (mode == CGROUPS_AUTO && (l->cgroup->rungs.n == 0 || l->cgroup->rungs.items[0].place == CGROUP_SCOPE))
		(void)add_child(l, "child", usual_leaf(b));
	return 0;
}

/* What runc's caller has asked for comes first; where that cannot be had, the own cgroup. */
static int climb_for_caller(struct ladder *l)
{
	const struct planner *b = l->planner;
	const char *path = b->spec->linux_->cgroups_path;
	const enum cgroup_manager manager = b->options->manager;
	struct cgroup_rung scope;
	int r;

	if (manager == CGROUP_MANAGER_SYSTEMD && facts(b)->manager) {
		if ((r = plan_named_scope(b, path, &scope)) < 0)
			return r;
		add_rung(l, scope, &facts(b)->manager_grants);
	}
	if (manager == CGROUP_MANAGER_CGROUPFS && path && *path && !strchr(path, ':'))
		(void)add_path(l, path);
	(void)add_own(l, NULL, usual_leaf(b));
	return 0;
}

static int climb(struct ladder *l)
{
	const struct planner *b = l->planner;
	const struct plan_options *o = b->options;

	if (facts(b)->version != CGROUP_V2 || o->cgroups == CGROUPS_NONE || o->manager == CGROUP_MANAGER_DISABLED)
		return 0;
	return o->form == FORM_RUNC && o->cgroups == CGROUPS_AUTO ? climb_for_caller(l) : climb_for_user(l);
}

static void need_controllers(const struct planner *b, struct plan_cgroup *c)
{
	for (size_t i = 0; i < c->limits.n; i++) {
		char *controller = (char *)(uintptr_t)limits_controller(b->arena, c->limits.items[i].file);

		if (!strv_has(&c->controllers, controller))
			strv_push(b->arena, &c->controllers, controller);
	}
}

/* For who asks later how much it uses; it costs nothing where no process has to move. */
static void want_statistics(const struct planner *b, struct plan_cgroup *c)
{
	static const char *const useful[] = { "cpu", "memory", "pids", "io" };
	const struct cgroup_rung *first = &c->rungs.items[0];

	if (first->place == CGROUP_CHILD && !first->vacate && !facts(b)->vacated)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(useful); i++)
		if (!strv_has(&c->controllers, useful[i]))
			strv_push(b->arena, &c->controllers, arena_strdup(b->arena, useful[i]));
}

static void tell_path(const struct planner *b, const struct plan_cgroup *c)
{
	const char *path = b->spec->linux_->cgroups_path, *word = c->rungs.items[0].word;

	if (!path || !*path || strcmp(word, "path") == 0 || (b->plan->form == FORM_RUNC && strcmp(word, "scope") == 0))
		return;
	note_adapted(b, "cgroup-path", "/linux/cgroupsPath left out: %s",
		     c->rungs.items[0].place == CGROUP_STAY ? "the container stays in the caller's cgroup"
							    : "the container gets a cgroup where this user may make one");
}

/* "/" of the container's cgroup namespace is writable inside, and so its root may make cgroups (config-linux.md, "Cgroup ownership"). */
static bool is_writable_inside(const struct planner *b)
{
	const struct spec_mounts *l = &b->spec->mounts;

	if (b->plan->ns[NS_CGROUP].action != NS_NEW)
		return false;
	for (size_t i = 0; i < l->n; i++) {
		const struct spec_mount *m = &l->items[i];

		if (m->type && (strcmp(m->type, "cgroup") == 0 || strcmp(m->type, "cgroup2") == 0))
			return !strv_has(&m->options, "ro");
	}
	return false;
}

/* Anything else would be an error then. */
static bool is_demanded(const struct planner *b)
{
	const enum cgroups_mode mode = b->options->cgroups;

	return mode == CGROUPS_SPLIT || mode == CGROUPS_SCOPE || mode == CGROUPS_PATH;
}

static const char *mode_word(const struct planner *b)
{
	return b->options->cgroups == CGROUPS_SPLIT ? "split" : b->options->cgroups == CGROUPS_SCOPE ? "scope" : b->options->cgroups_path;
}

int plan_cgroup(const struct planner *b)
{
	const struct spec_resources *r = b->spec->linux_->resources;
	struct plan_cgroup *c = &b->plan->cgroup;
	struct ladder l = { .planner = b, .cgroup = c };
	struct strv left = { 0 };
	int e;

	if (r && (e = limits_to_writes(b->arena, r, &b->options->asked, &c->limits, &left)) < 0)
		return e;
	if (r && r->devices.n > 0)
		note_adapted(b, "device-rules",
			     "/linux/resources/devices left out: a user namespace cannot use other devices than those bound into it");
	for (size_t i = 0; i < left.n; i++)
		note_adapted(b, "limit-v1", "%s left out: cgroup v2 has no such limit, or not beside the others", left.v[i]);
	need_controllers(b, c);
	if ((e = climb(&l)) < 0)
		return e;
	if ((e = plan_possible_limits(b, l.grants)) < 0)
		return e;
	if (c->rungs.n == 0 && is_demanded(b))
		return err_advise(err_set(EPERM, "no-cgroup", "--cgroups=%s: there is no such cgroup for this user", mode_word(b)),
				  &c->advice);
	c->delegate = is_writable_inside(b) && !b->plan->ids.setup_is_caller;
	if (!is_demanded(b))
		*arena_push(b->arena, &c->rungs) = (struct cgroup_rung){ .place = CGROUP_STAY, .word = "none" };
	if (c->rungs.items[0].place != CGROUP_STAY)
		want_statistics(b, c);
	tell_path(b, c);
	return 0;
}
