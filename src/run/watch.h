/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* watch.h - wait for what happens to a container. */
#include "run/container.h"

enum news {
	NEWS_NONE, /* the time is over */
	NEWS_OOM,  /* the kernel has killed a process of it because of its limit of memory */
	NEWS_ENDED,
};

struct watch {
	int process; /* a pidfd, -1 when it has ended already */
	int oom;     /* -1: no cgroup tells */
	uint64_t oom_kills;
};

#define autowatch __attribute__((cleanup(watch_end))) struct watch

/* What happened before does not count. */
void watch_begin(const struct container *c, struct watch *ret);
/* Until something happens, or the time (CLOCK_MONOTONIC) is there. What was killed is told before the end. */
enum news watch_next(struct watch *w, const struct timespec *until);
void watch_end(const struct watch *w);
