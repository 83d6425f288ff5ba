/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* supervise.h - stay with a running process: forward signals and the terminal, and learn how it ended. */
#include "run/tty.h"
#include <signal.h>

struct watched {
	pid_t pid;
	int pidfd;
	int signals;        /* signalfd */
	bool is_pid_1;      /* of its own pid namespace: the kernel drops signals that it does not handle */
	struct tty *tty;
};

/* Block all signals; *ret_before is the mask to give to programs, the result a signalfd. */
int signals_catch(sigset_t *ret_before);
/* Returns 0-255 as exited, 128+n as killed by n; or -errno. */
int supervise(struct watched *w);
