/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* manager.h - ask a systemd manager for a cgroup: the manager of the user, or of the system.
 *
 * The helper urun-systemd does the talking. Errors: -ENOTCONN (code "no-manager") when there is no manager that answers,
 * -ENOENT when there is no helper; all others have a sentence of the manager or of the helper (code "manager"). What a manager
 * is too old to know is left out, and told as debug output. */
#include "linux/helper.h"
#include "plan/vocabulary.h"

/* How the helper ends when it fails. */
enum manager_status { MANAGER_FAILED = 1, MANAGER_MALFORMED = 2, MANAGER_NOT_REACHED = 4 };

struct scope_request {
	const char *unit; /* "urun-ID.scope" */
	bool system;
	const struct unit_properties *properties; /* NULL: none */
	const pid_t *pids;			  /* as the manager numbers them: of its pid namespace */
	size_t n_pids;
};

struct manager_job {
	struct helper_job helper;
};

/* Make a transient scope with these processes in it. manager_begin_scope() returns while the helper runs; the arena belongs to it until
 * manager_end_scope() or manager_cancel(), one of which has to follow. */
int manager_begin_scope(struct arena *a, const struct scope_request *q, struct manager_job *ret);
/* *ret_unit: the name that it got, which is another one if that was taken. A signal that asks to end (signals.h; -1: none is watched)
 * ends the helper; then, after manager_cancel(), and when the manager was too slow, the scope may be there or not. */
int manager_end_scope(struct arena *a, struct manager_job *job, int signal_fd, const char **ret_unit);
/* Kill the helper, if there is one. */
void manager_cancel(struct manager_job *job);

/* Until the unit ends. */
int manager_set(struct arena *a, bool system, const char *unit, const struct unit_properties *p);
/* Move a process into a cgroup of the unit, which has to be delegated: subgroup is a path below its own that is there
 * ("/container"), or "". */
int manager_attach(struct arena *a, bool system, const char *unit, const char *subgroup, pid_t pid);
/* Returns when it has stopped. One that is not there has. */
int manager_stop(struct arena *a, bool system, const char *unit);
