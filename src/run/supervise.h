/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* supervise.h - stay with a running process: forward signals and the terminal, and learn how it ended. */
#include "linux/oom.h"
#include "run/network.h"
#include "run/tty.h"

struct watched {
	pid_t pid;
	int pidfd;
	int signals;	       /* signalfd */
	bool is_pid_1;	       /* of its own pid namespace: the kernel drops signals that it does not handle */
	bool has_children;     /* others may be left when it has ended: they are killed */
	struct oom_watch *oom; /* of its cgroup, or NULL */
	struct tty *tty;
	struct network *network; /* or NULL */
	const char *id;
};

/* Returns 0-255 as exited, 128+n as killed by n; or -errno. */
int supervise(struct watched *w);
