/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/steps.h"
#include <time.h>

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int steps_run(const char *who, const struct step *steps, size_t n, void *ctx)
{
	bool timed = log_wants(LOG_LEVEL_DEBUG);

	for (size_t i = 0; i < n; i++) {
		int64_t begin = timed ? now_us() : 0;
		int r = steps[i].run(ctx);

		if (r < 0)
			return r;
		if (timed) {
			int64_t end = now_us();

			log_debug("%-10s %7lld us  at %lld.%06lld  %s", who, (long long)(end - begin), (long long)(end / 1000000),
				  (long long)(end % 1000000), steps[i].name);
		}
	}
	return 0;
}
