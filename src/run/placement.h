/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* placement.h - the container's cgroup: from the ladder of the plan to nothing left.
 *
 * A cgroup is noted in the state directory before it is made, a unit as soon as it is known to be ours: as the target of a
 * symbolic link, which is there whole or not at all.
 *
 *	cgroup	"NUMBER:PATH", the number 0 as long as the cgroup may be somebody else's
 *	unit	"user:NAME" or "system:NAME" of systemd, in which the cgroup is */
#include "linux/manager.h"
#include "plan/plan.h"

struct placement {
	struct arena *arena;
	const struct plan_cgroup *plan;
	int state_dir;
	size_t rung; /* the one that is tried, or in use */
	int dir;     /* the container's cgroup, -1 while or where there is none */
	bool born;   /* it was there before process 1 */
	struct manager_job job;
};

/* Before there is a process: a cgroup that we can make is there then, with its limits, and p->dir is set; process 1 can be born in it. */
int placement_begin(struct arena *a, const struct plan_cgroup *plan, int state_dir, struct placement *ret);
/* It could not be born there (CLONE_INTO_CGROUP): the next rung. -errno when there is none. */
int placement_refused(struct placement *p, int num);
/* Ask a manager, if that is the way: returns while it works. With process 1 goes supervisor, unless it is 0. */
int placement_ask(struct placement *p, pid_t init, pid_t supervisor);
/* Process 1 is where it belongs, and limited. signals: as for idmap_end(). */
int placement_settle(struct placement *p, pid_t init, pid_t supervisor, int signals);
/* In that of a unit, which its manager removes with all below it when nobody is in it. */
bool placement_is_in_unit(const struct placement *p);
/* Nobody of ours is waited for any more. */
void placement_close(struct placement *p);

/* What a state directory says. */
struct placed {
	const char *path; /* NULL: no cgroup of its own */
	uint64_t number;
	const char *unit; /* NULL: of no unit that was made for it */
	bool system;
};
/* way: "", or "ID/" where dir is the state root. */
void placed_read(struct arena *a, int dir, const char *way, struct placed *ret);
/* The container's cgroup, if it is still that one; -1 otherwise. */
int placed_open(const struct placed *p);
/* Kill what is in it and remove it, also after a crash at any point. userns: as for cgroup_remove(). stop: the unit that was made for it,
 * too, which systemd removes by itself a moment after nobody is in it any more. */
void placed_remove(struct arena *a, int state_dir, int userns, bool stop);
