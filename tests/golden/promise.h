/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* promise.h - what every plan promises to the layers below, whatever configuration and machine it was made from. */
#include "plan/plan.h"

/* NULL, or the sentence that is not true of this plan. */
const char *promise_broken(struct arena *a, const struct plan *p, const struct host *h);
