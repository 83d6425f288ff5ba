/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* supervise.h - stay with a running process: forward signals and the terminal, and learn how it ended. */
#include "run/tty.h"
#include <stdint.h>

struct watched {
	pid_t pid;
	int pidfd;
	int signals;	    /* signalfd */
	bool is_pid_1;	    /* of its own pid namespace: the kernel drops signals that it does not handle */
	bool has_children;  /* others may be left when it has ended: they are killed */
	int oom;	    /* cgroup_open_oom() of its cgroup, or -1; supervise() closes it */
	uint64_t oom_kills; /* returned: how many the kernel has killed */
	struct tty *tty;
};

/* Returns 0-255 as exited, 128+n as killed by n; or -errno. */
int supervise(struct watched *w);
