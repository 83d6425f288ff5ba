/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* host_probe.h - answer the questions of a plan: the only place that looks at the machine before anything is done. */
#include "plan/host.h"

/* Facts that are simply missing are facts too; only what stops every plan is an error. */
int host_probe(struct arena *a, const struct host_query *q, struct host *ret);
