/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* clock.h - time that only goes on (CLOCK_MONOTONIC): since some moment before, so differences alone mean something. */
#include <stdint.h>
#include <time.h>

static inline int64_t clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline int64_t clock_ms(void)
{
	return clock_us() / 1000;
}
