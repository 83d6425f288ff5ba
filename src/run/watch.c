/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/watch.h"
#include "linux/oom.h"
#include <poll.h>

void watch_begin(const struct container *c, struct watch *ret)
{
	autoclose int cgroup = container_cgroup(c);

	*ret = (struct watch){ .process = process_open((pid_t)c->record.pid, c->record.pid_start),
			       .oom = cgroup < 0 ? -1 : oom_open(cgroup) };
	(void)oom_more(&ret->oom, &ret->oom_kills);
}

void watch_end(const struct watch *w)
{
	if (w->process >= 0)
		(void)close(w->process);
	if (w->oom >= 0)
		(void)close(w->oom);
}

static struct timespec time_left(const struct timespec *until)
{
	struct timespec now, left = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > until->tv_sec || (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec))
		return left;
	left.tv_sec = until->tv_sec - now.tv_sec;
	left.tv_nsec = until->tv_nsec - now.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left;
}

enum news watch_next(struct watch *w, const struct timespec *until)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = w->process, .events = POLLIN }, { .fd = w->oom, .events = POLLPRI } };
		struct timespec left = time_left(until);
		int n = w->process < 0 ? 0 : ppoll(fds, ARRAY_SIZE(fds), &left, NULL);

		if (oom_more(&w->oom, &w->oom_kills))
			return NEWS_OOM;
		if (w->process < 0 || fds[0].revents)
			return NEWS_ENDED;
		if (n == 0)
			return NEWS_NONE;
	}
}
