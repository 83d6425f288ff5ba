/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/placement.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "linux/cgroup.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 100 };

/* In a scope, beside "supervisor". */
static const char in_scope[] = "container";

/* ---- notes ---- */

static int note(int dir, const char *name, const char *text)
{
	char new[16];

	(void)snprintf(new, sizeof(new), ".%s", name);
	(void)unlinkat(dir, new, 0);
	if (symlinkat(text, dir, new) < 0 || renameat(dir, new, dir, name) < 0)
		return err_sys("cannot note the cgroup of the container");
	return 0;
}

static int note_cgroup(const struct placement *p, uint64_t number, const char *path)
{
	return note(p->state_dir, "cgroup", arena_printf(p->arena, "%llu:%s", (unsigned long long)number, path));
}

static const char *read_note(struct arena *a, int dir, const char *way, const char *name)
{
	char path[NAME_MAX + 32], text[PATH_MAX];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s%s", way, name);
	n = readlinkat(dir, path, text, sizeof(text));
	return n > 0 && n < (ssize_t)sizeof(text) ? arena_strndup(a, text, (size_t)n) : NULL;
}

void placed_read(struct arena *a, int dir, const char *way, struct placed *ret)
{
	const char *cgroup = read_note(a, dir, way, "cgroup"), *unit = read_note(a, dir, way, "unit");
	char *end;

	*ret = (struct placed){ 0 };
	if (cgroup) {
		ret->number = strtoull(cgroup, &end, 10);
		ret->path = *end == ':' && end[1] == '/' ? end + 1 : NULL;
	}
	if (unit && (unit = strchr(unit, ':'))) {
		ret->unit = unit + 1;
		ret->system = unit[-1] == 'm';
	}
}

int placed_open(const struct placed *p)
{
	autoclose int dir = p->path && p->number ? cgroup_open(p->path) : -1;

	return dir >= 0 && cgroup_number(dir) == p->number ? take_fd(&dir) : -1;
}

static void forget(int state_dir)
{
	(void)unlinkat(state_dir, "cgroup", 0);
	(void)unlinkat(state_dir, "unit", 0);
}

/* systemd may have tried in vain while one that it may not remove was in it. Only when the unit has stopped: systemd does not notice the
 * end of a cgroup that is removed at once. */
static void remove_unit_cgroup(struct arena *a, const char *path)
{
	const char *unit = arena_strndup(a, path, (size_t)(strrchr(path, '/') - path));

	(void)rmdir(arena_printf(a, "%s/" CGROUP_SUPERVISOR, unit));
	(void)rmdir(unit);
}

void placed_remove(struct arena *a, int state_dir, int userns, bool stop)
{
	autoclose int dir = -1;
	struct placed p;

	placed_read(a, state_dir, "", &p);
	if (!p.path && !p.unit)
		return;
	/* Mostly nobody is in it any more. One that has another number, or none yet, is somebody else's as soon as anybody is in it. */
	if (p.path && rmdir(p.path) < 0 && errno != ENOENT) {
		if ((dir = placed_open(&p)) >= 0)
			cgroup_kill(dir);
		if (cgroup_remove(p.path, userns) < 0)
			log_warn("cgroup-left", "%s", err_last()->text);
	}
	if (stop && p.unit && manager_stop(a, p.system, p.unit) < 0)
		log_debug("the unit is left to systemd: %s", err_last()->text);
	else if (stop && p.unit && p.path)
		remove_unit_cgroup(a, p.path);
	forget(state_dir);
}

/* ---- limits ---- */

/* What was asked for must be; what the bundle says is told if it cannot. */
static int set_limits(const struct placement *p)
{
	for (size_t i = 0; i < p->plan->limits.n; i++) {
		const struct cgroup_write *w = &p->plan->limits.items[i];
		int r = cgroup_limit(p->dir, w);

		if (r < 0 && w->asked)
			return r;
		if (r < 0)
			log_warn("limit-refused", "%s", err_last()->text);
	}
	return 0;
}

/* ---- rungs ---- */

/* The kernel's own answer to who has a name is mkdir(2). */
static int make_leaf(struct placement *p, int base, const char *base_path, const char *leaf, const struct strv *controllers)
{
	const char *path = arena_printf(p->arena, "%s/%s", base_path, leaf);
	int e;

	if ((e = note_cgroup(p, 0, path)) < 0)
		return e;
	if ((e = cgroup_make(base, leaf, controllers, true, &p->dir)) < 0)
		return e;
	return note_cgroup(p, cgroup_number(p->dir), path);
}

static int open_base(const char *path)
{
	int fd = cgroup_open(path);

	errno = -fd;
	return fd < 0 ? err_sys("cannot open the cgroup '%s'", path) : fd;
}

static int make_child(struct placement *p, const struct cgroup_rung *r)
{
	autoclose int base = open_base(r->base);
	int e;

	if (base < 0)
		return base;
	if (r->vacate && (e = cgroup_vacate(base, r->vacate)) < 0)
		return e;
	e = make_leaf(p, base, r->base, r->leaf, &p->plan->controllers);
	for (int n = 2; e == -EEXIST && n < NAMES_MAX; n++)
		e = make_leaf(p, base, r->base, arena_printf(p->arena, "%s-%d", r->leaf, n), &p->plan->controllers);
	if (e == -EEXIST) {
		forget(p->state_dir); /* the last one, too, is somebody else's */
		return err_set(EEXIST, "cgroup", "the cgroup '%s/%s' is there already", r->base, r->leaf);
	}
	return e < 0 ? e : set_limits(p);
}

static void undo_rung(struct placement *p)
{
	if (p->dir >= 0)
		(void)close(take_fd(&p->dir));
	placed_remove(p->arena, p->state_dir, -1, true);
}

/* Nothing but the caller's cgroup is left. */
static int stay(const struct placement *p, const struct err *why)
{
	const struct cgroup_writes *l = &p->plan->limits;

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].asked)
			return err_advise(err_set(EPERM, "no-cgroup", "%s: cannot be set: %s", l->items[i].origin, why->text),
					  &why->advice);
	if (l->n > 0)
		log_warn("limits-ignored", "the resource limits are not applied: %s", why->text);
	return 0;
}

/* The one that was tried has failed with the recorded sentence. Returns 0 when there is another one that needs no more than this. */
static int next_rung(struct placement *p)
{
	const struct err *why = err_keep(p->arena);

	undo_rung(p);
	while (++p->rung < p->plan->rungs.n) {
		const struct cgroup_rung *r = &p->plan->rungs.items[p->rung];

		log_debug("no cgroup by '%s': %s", p->plan->rungs.items[p->rung - 1].word, why->text);
		if (r->place == CGROUP_STAY)
			return stay(p, why);
		if (r->place == CGROUP_SCOPE || make_child(p, r) == 0)
			return 0;
		undo_rung(p);
	}
	return err_restore(why);
}

int placement_begin(struct arena *a, const struct plan_cgroup *plan, int state_dir, struct placement *ret)
{
	const struct cgroup_rung *first = &plan->rungs.items[0];
	int e;

	*ret = (struct placement){ .arena = a, .plan = plan, .state_dir = state_dir, .dir = -1 };
	if (first->place == CGROUP_CHILD && make_child(ret, first) < 0 && (e = next_rung(ret)) < 0)
		return e;
	ret->born = ret->dir >= 0;
	return 0;
}

int placement_refused(struct placement *p, int num)
{
	errno = num;
	(void)err_sys("cannot start a process in the cgroup");
	p->born = false;
	return next_rung(p);
}

/* ---- the scope ---- */

/* Only when it is ours: under the name that was asked for somebody else's may be there. Until then process 1 dies with us, and an
 * empty scope goes by itself. */
static int note_unit(struct placement *p, bool system, const char *unit)
{
	return note(p->state_dir, "unit", arena_printf(p->arena, "%s:%s", system ? "system" : "user", unit));
}

int placement_ask(struct placement *p, pid_t init, pid_t supervisor)
{
	const struct cgroup_rung *r = &p->plan->rungs.items[p->rung];
	const pid_t pids[] = { init, supervisor };
	int e;

	if (r->place != CGROUP_SCOPE)
		return 0;
	e = manager_begin_scope(
		p->arena,
		&(struct scope_request){
			.unit = r->unit, .system = r->system, .properties = &r->properties, .pids = pids, .n_pids = supervisor ? 2 : 1 },
		&p->job);
	return e < 0 ? next_rung(p) : 0;
}

/* The unit's own cgroup is systemd's; below it is ours. It can make controllers available only when nobody is in it any more: with
 * somebody in it, those that know threads (cpu, pids) would make it the root of threads, below which no process may be. */
static int settle_in_scope(struct placement *p, const char *unit, pid_t init, pid_t supervisor)
{
	const struct cgroup_rung *r = &p->plan->rungs.items[p->rung];
	const char *cgroup = cgroup_of(p->arena, init);
	autoclose int base = -1, room = -1;
	int e;

	if ((e = note_unit(p, r->system, unit)) < 0)
		return e;
	if (!cgroup || !text_ends_with(cgroup, arena_printf(p->arena, "/%s", unit)))
		return err_set(ENOENT, "cgroup", "systemd has made '%s', and the container is not in it", unit);
	cgroup = arena_printf(p->arena, CGROUP_MOUNT "%s", cgroup);
	if ((base = open_base(cgroup)) < 0)
		return base;
	if (supervisor && ((e = cgroup_make(base, CGROUP_SUPERVISOR, NULL, false, &room)) < 0 || (e = cgroup_add(room, supervisor)) < 0))
		return e;
	if ((e = make_leaf(p, base, cgroup, in_scope, NULL)) < 0 || (e = cgroup_add(p->dir, init)) < 0)
		return e;
	cgroup_enable(base, &p->plan->controllers);
	return set_limits(p);
}

int placement_settle(struct placement *p, pid_t init, pid_t supervisor, int signals)
{
	const char *unit;
	int e;

	if (p->plan->rungs.items[p->rung].place == CGROUP_SCOPE) {
		if ((e = manager_end_scope(p->arena, &p->job, signals, &unit)) == 0)
			return settle_in_scope(p, unit, init, supervisor);
		if (e == -EINTR || (e = next_rung(p)) < 0)
			return e;
	}
	return p->dir >= 0 && !p->born ? cgroup_add(p->dir, init) : 0;
}

bool placement_is_in_unit(const struct placement *p)
{
	return p->plan->rungs.items[p->rung].place == CGROUP_SCOPE;
}

void placement_close(struct placement *p)
{
	manager_cancel(&p->job);
	if (p->dir >= 0)
		(void)close(take_fd(&p->dir));
}
