/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/steps.h"
#include "base/clock.h"

int steps_run(const char *who, const struct step *steps, size_t n, void *ctx)
{
	bool timed = log_wants(LOG_LEVEL_DEBUG);

	for (size_t i = 0; i < n; i++) {
		int64_t begin = timed ? clock_us() : 0;
		int r = steps[i].run(ctx);

		if (r < 0)
			return r;
		if (timed) {
			int64_t end = clock_us();

			log_debug("%-10s %7lld us  at %lld.%06lld  %s", who, (long long)(end - begin), (long long)(end / 1000000),
				  (long long)(end % 1000000), steps[i].name);
		}
	}
	return 0;
}
