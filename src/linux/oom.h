/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* oom.h - how many processes of a cgroup the kernel has killed because of a limit of memory: "oom_kill" of memory.events. */
#include "base/base.h"

/* A descriptor that poll(2) tells of as POLLPRI when more has happened than was read from it; -1 where there is no such file. */
int oom_open(int cgroup);
/* Whether it is more than *kills by now, which is the new number then. When there is nothing to read any more, *fd is closed and -1: the
 * file of a cgroup that is gone would wake poll(2) for ever. */
bool oom_more(int *fd, uint64_t *kills);

/* For a cgroup that can be gone before anybody has looked, because who manages the unit that it is in removes it when nobody is in it.
 * What happens in a cgroup is counted in all above it, too, and the one that the unit is in stays. It counts for others as well: what it
 * has more when ours is gone, and had not yet when ours was there, is ours. */
struct oom_watch {
	int own, above;
	uint64_t kills; /* of ours */
	uint64_t kills_above;
};

#define OOM_UNWATCHED                                                                                                                      \
	{                                                                                                                                  \
		.own = -1, .above = -1                                                                                                     \
	}

/* in_unit: it is made directly in the cgroup of a unit. */
void oom_begin(struct oom_watch *w, int cgroup, bool in_unit);
/* When poll(2) tells of one of the two, and in the end. */
void oom_look(struct oom_watch *w);
void oom_end(struct oom_watch *w);
