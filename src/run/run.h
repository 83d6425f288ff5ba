/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* run.h - carry out a plan in the foreground, from the first process to nothing left. */
#include "plan/plan.h"

struct run_request {
	const struct plan *plan;
	const char *state_root; /* --root, or NULL */
	const char *pidfile;	/* written before the program starts, or NULL */
	bool replace;
	enum log_level log_level;
};

/* Returns the exit status of the container (128+n when signal n killed it), or -errno with a sentence. */
int run_container(struct arena *a, const struct run_request *q);

/* A command in the caller's full mapping and a mount namespace of its own, in the same pid namespace and directory. */
int run_unshared(struct arena *a, const struct plan_ids *ids, char *const argv[]);
