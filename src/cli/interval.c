/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/interval.h"
#include "base/err.h"
#include <string.h>

int interval_parse(const char *text, struct timespec *ret)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = { { "ns", 1 },	  { "us", 1000 },	{ "ms", 1000000 },     { "s", 1000000000 },
		      { "", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 } };
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(units) && *text >= '0' && *text <= '9' && n < 1000000; i++)
		if (strcmp(units[i].unit, end) == 0 && n > 0) {
			*ret = (struct timespec){ .tv_sec = (time_t)(n * units[i].ns / 1000000000),
						  .tv_nsec = (long)(n * units[i].ns % 1000000000) };
			return 0;
		}
	return err_set(EINVAL, "usage", "--interval=%s: must be a duration like 5s or 500ms", text);
}

struct timespec interval_end(const struct timespec *interval)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += interval->tv_sec;
	t.tv_nsec += interval->tv_nsec;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}
