/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* limits_parts.h - what the files behind limits.h share. */
#include "plan/limits.h"

enum {
	CPU_PERIOD_MIN = 1000, /* microseconds; the kernel takes nothing outside of this */
	CPU_PERIOD_MAX = 1000000,
	CPU_PERIOD_DEFAULT = 100000,
	CPU_QUOTA_MIN = 1000,
	BLKIO_WEIGHT_MAX = 1000,
};

/* Digits at *p, which moves behind them; false where there are none, or too many for the type. */
bool number_scan(const char **p, uint64_t *ret);
/* What is wrong with the name of a file in "unified", or NULL. */
const char *unified_problem(const char *file);
