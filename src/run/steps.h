/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* steps.h - things that happen in order, visible at a glance; the loop names the step that failed and times each. */
#include "base/log.h"

struct step {
	const char *name; /* what it does, for the sentence of an error and the timeline of --debug */
	int (*run)(void *ctx);
};

int steps_run(const char *who, const struct step *steps, size_t n, void *ctx);
