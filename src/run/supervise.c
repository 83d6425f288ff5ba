/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/supervise.h"
#include "base/file.h"
#include "base/log.h"
#include "linux/processes.h"
#include "linux/signals.h"
#include "linux/sys.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Returns the signal that the end is to be reported with, or 0. */
static int forward(const struct watched *w, int sig)
{
	const bool unheard = w->is_pid_1 && signal_asks_to_end(sig) && process_drops_signal(w->pid, sig);

	(void)sys_pidfd_send_signal(w->pidfd, sig);
	if (!unheard || !process_drops_signal(w->pid, sig))
		return 0;
	log_debug("process 1 does not handle signal %d: killing it", sig);
	(void)sys_pidfd_send_signal(w->pidfd, SIGKILL);
	return sig;
}

static int take_signals(const struct watched *w)
{
	int sig, reported = 0;

	while ((sig = signals_next(w->signals))) {
		int end;

		if (sig == SIGWINCH)
			tty_resize(w->tty);
		if (sig == SIGCHLD || sig == SIGWINCH || sig == SIGURG)
			continue;
		if (sig == SIGPIPE && w->tty->master >= 0)
			continue; /* ours: nobody reads what the terminal says */
		if ((end = forward(w, sig)))
			reported = end;
		if (sig == SIGCONT)
			tty_resume(w->tty);
		/* The shell that stops us wants to know that we have stopped, and a stopped program cannot end. */
		if (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)
			(void)kill(getpid(), SIGSTOP);
		else if (signal_asks_to_end(sig))
			(void)sys_pidfd_send_signal(w->pidfd, SIGCONT);
	}
	return reported;
}

static int exit_status(const struct watched *w, int reported)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)w->pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_sys("cannot learn how the container ended");
	if (info.si_code == CLD_EXITED)
		return info.si_status;
	return 128 + (reported && info.si_status == SIGKILL ? reported : info.si_status);
}

/* Without a pid namespace what the program leaves behind becomes our child (PR_SET_CHILD_SUBREAPER), and what it leaves
 * in turn does so too: kill until there is nothing. */
static void kill_children(void)
{
	char path[64], list[4096];

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	do {
		char *p = list, *end;
		pid_t pid;

		if (file_peek(AT_FDCWD, path, list, sizeof(list)) < 0)
			return;
		/* A number that the end of the buffer cuts is another process. */
		for (; (pid = (pid_t)strtol(p, &end, 10)) > 0 && *end == ' '; p = end)
			(void)kill(pid, SIGKILL);
	} while (waitpid(-1, NULL, 0) > 0);
}

int supervise(struct watched *w)
{
	int reported = 0;

	for (;;) {
		struct pollfd fds[5 + TTY_POLLS] = {
			{ .fd = w->pidfd, .events = POLLIN },
			{ .fd = w->signals, .events = POLLIN },
			{ .fd = w->oom ? w->oom->own : -1, .events = POLLPRI },
			{ .fd = w->oom ? w->oom->above : -1, .events = POLLPRI },
			{ .fd = w->network ? network_fd(w->network) : -1, .events = POLLIN },
		};

		tty_poll(w->tty, fds + 5);
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return err_sys("cannot wait for the container");
		if (w->oom && (fds[0].revents || fds[2].revents || fds[3].revents))
			oom_look(w->oom);
		if (fds[1].revents) {
			int sig = take_signals(w);

			reported = sig ? sig : reported;
		}
		tty_copy(w->tty, fds + 5);
		if (fds[0].revents)
			break;
		if (fds[4].revents)
			network_tell_end(w->network, w->id);
	}
	tty_drain(w->tty, w->signals);
	reported = exit_status(w, reported);
	if (w->has_children)
		kill_children();
	return reported;
}
