/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* hook.h - run the programs of /hooks, each with the container's state on standard input. */
#include "plan/vocabulary.h"
#include <signal.h>

/* In order; the first failure ends it: -errno with a sentence. state is JSON. signals: the mask the hook gets. */
int hooks_run(const struct hook_list *l, const char *state, const sigset_t *signals);
