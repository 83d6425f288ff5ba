/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* background.h - a container that runs on without a caller, and still has a supervisor: it forwards what service managers
 * send, keeps the exit status, and belongs to no terminal. */
#include "run/run.h"

/* Returns 0 when the program runs, or -errno with a sentence. What it prints goes to output. */
int run_in_background(struct arena *a, const struct run_request *q, int output);
