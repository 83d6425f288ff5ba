/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/supervise.h"
#include "base/file.h"
#include "base/log.h"
#include "linux/sys.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

int signals_catch(sigset_t *ret_before)
{
	sigset_t all;
	int fd;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, ret_before) < 0)
		return err_sys("cannot block signals");
	if ((fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_sys("cannot make a signal descriptor");
	return fd;
}

static bool has_bit(const char *status, const char *field, int sig)
{
	const char *line = strstr(status, field);

	return line && (strtoull(line + strlen(field), NULL, 16) & (UINT64_C(1) << (sig - 1)));
}

/* The kernel drops a signal for process 1 of a pid namespace that has the default action (pid_namespaces(7)). */
static bool would_be_dropped(pid_t pid, int sig)
{
	char path[64], status[8192];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (file_peek(AT_FDCWD, path, status, sizeof(status)) < 0)
		return false;
	return !has_bit(status, "\nSigCgt:", sig) && !has_bit(status, "\nSigBlk:", sig) && !has_bit(status, "\nSigIgn:", sig);
}

/* What a user does to make a program end. */
static bool asks_to_end(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

/* Returns the signal that the end is to be reported with, or 0. */
static int forward(const struct watched *w, int sig)
{
	if (w->is_pid_1 && asks_to_end(sig) && would_be_dropped(w->pid, sig)) {
		log_debug("process 1 does not handle signal %d: killing it", sig);
		(void)sys_pidfd_send_signal(w->pidfd, SIGKILL);
		return sig;
	}
	(void)sys_pidfd_send_signal(w->pidfd, sig);
	return 0;
}

static int take_signals(const struct watched *w)
{
	struct signalfd_siginfo s;
	int reported = 0;

	while (read(w->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		int sig = (int)s.ssi_signo, end;

		if (sig == SIGWINCH)
			tty_resize(w->tty);
		if (sig == SIGCHLD || sig == SIGWINCH || sig == SIGURG)
			continue;
		if ((end = forward(w, sig)))
			reported = end;
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

int supervise(struct watched *w)
{
	int reported = 0;

	for (;;) {
		struct pollfd fds[4] = {
			{ .fd = w->pidfd, .events = POLLIN },
			{ .fd = w->signals, .events = POLLIN },
		};

		tty_poll(w->tty, fds + 2);
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return err_sys("cannot wait for the container");
		if (fds[1].revents) {
			int sig = take_signals(w);

			reported = sig ? sig : reported;
		}
		tty_copy(w->tty, fds + 2);
		if (fds[0].revents)
			break;
	}
	tty_drain(w->tty);
	return exit_status(w, reported);
}
