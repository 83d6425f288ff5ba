/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* run.h - carry out a plan: from the first process to nothing left, or to a container that lives on by itself. */
#include "plan/plan.h"
#include "run/state.h"

enum run_mode {
	RUN_FOREGROUND, /* stay with it until it ends, and take everything away */
	RUN_DETACHED,	/* return when its program runs */
	RUN_CREATE,	/* return when it only waits for its start (container_start()) */
};

struct run_request {
	const struct plan *plan;
	struct kept_config config; /* with all options applied */
	enum run_mode mode;
	const char *state_root;	    /* --root, or NULL */
	const char *pidfile;	    /* written before the program starts, or NULL */
	const char *console_socket; /* who listens there gets the terminal, or NULL */
	const char *pidfd_socket;   /* who listens there gets a pidfd of process 1, or NULL */
	bool keep;		    /* leave the state in the foreground too; poststop hooks are run by delete */
	bool no_subreaper;
	int *running; /* a socket that is told CREATED and closed when the program runs, or NULL */
	enum log_level log_level;
};

/* Returns the exit status of the container (128+n when signal n killed it; 0 when it is detached), or -errno with a
 * sentence. */
int run_container(struct arena *a, const struct run_request *q);

/* One more process in a running container. */
struct exec_request {
	const struct plan *plan; /* plan_exec() */
	pid_t init;		 /* process 1, whose namespaces it enters */
	uint64_t init_start;	 /* processes.h */
	int new_ns;		 /* CLONE_NEW* of its namespaces that cannot be ours */
	int state_root, state_dir;
	const char *cgroup; /* a path below the container's cgroup, or NULL for that of process 1 */
	bool detached;
	const char *pidfile, *console_socket, *pidfd_socket;
	enum log_level log_level;
};

/* Returns the exit status of the process (0 when it is detached), or -errno with a sentence. */
int run_exec(struct arena *a, const struct exec_request *q);

/* A command in the caller's full mapping and a mount namespace of its own, in the same pid namespace and directory. */
int run_unshared(struct arena *a, const struct plan_ids *ids, char *const argv[]);
