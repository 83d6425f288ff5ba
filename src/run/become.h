/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* become.h - the way from a process inside the container to its program: priorities, labels, descriptors, directory,
 * credentials, filter, execve. Process 1 and what `exec` adds go the same way. */
#include "linux/seccomp.h"
#include "plan/plan.h"

struct becoming {
	struct arena *arena;
	const struct plan *plan;
	int sock;		       /* to the supervisor */
	int proc;		       /* the host's procfs */
	int reaper;		       /* the program of process 1, or -1 */
	struct seccomp_program filter; /* n 0: none */
	bool detached;		       /* the supervisor goes away before the program ends */
	int start, result;	       /* the FIFOs of start.h; -1: nobody has to say start */

	bool in_directory; /* how far it is */
	char *program;
};

/* As long as we are not on our own: our end is the supervisor's. To be said again after a change of ids (prctl(2)). */
int die_with_supervisor(int sock);
/* Does not return: what goes wrong is told to whoever waits. */
_Noreturn void become_program(struct becoming *b);
