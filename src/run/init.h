/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* init.h - the first process of the container, until it becomes the program.
 *
 * It lives in all namespaces of the container from its first instruction. It should build the root, drop everything and
 * execute. It mustn't act on ids before it is told that it has them, keep a descriptor of the host past the pivot, or
 * print: what it has to say goes to the supervisor. */
#include "plan/plan.h"

struct init_args {
	struct arena *arena;
	const struct plan *plan;
	int sock; /* to the supervisor */
	enum log_level log_level;
	uint16_t rows, columns; /* of the caller's terminal */
	int reaper;		/* the program of process 1, or -1 */
	bool detached;		/* it lives on without the supervisor */
	int state_dir;		/* it waits there for its start (start.h); -1: it doesn't wait */
};

_Noreturn void init_main(const struct init_args *args);
