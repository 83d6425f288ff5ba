/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* interval.h - the time between two rounds of what a command prints again and again. */
#include "base/base.h"
#include <time.h>

/* As Go writes durations: one number and one unit; a number alone is seconds. -errno with a sentence that names --interval. */
int interval_parse(const char *text, struct timespec *ret);
/* The time (CLOCK_MONOTONIC) when the round that begins now is over. */
struct timespec interval_end(const struct timespec *interval);
