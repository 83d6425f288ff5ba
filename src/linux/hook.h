/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* hook.h - run the programs of /hooks, each with the container's state on standard input. */
#include "plan/vocabulary.h"

/* In order; the first failure ends it: -errno with a sentence. state is JSON. The hook is killed and the result is
 * -EINTR when a signal that asks to end arrives at the signalfd (-1: none is watched). */
int hooks_run(const struct hook_list *l, const char *state, int signal_fd);
/* All of them, whatever becomes of one: a failure is a warning (runtime.md, "Lifecycle", poststop). */
void hooks_run_all(const struct hook_list *l, const char *state);
