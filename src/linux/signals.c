/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/signals.h"
#include "base/err.h"
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

int signals_catch(void)
{
	sigset_t all;
	int fd;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return err_sys("cannot block signals");
	if ((fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_sys("cannot make a signal descriptor");
	return fd;
}

void signals_reset(void)
{
	static const unsigned long as_default[8]; /* struct sigaction of the kernel, all zero */
	sigset_t none;

	/* A shell that runs us in the background ignores INT and QUIT, and that would go through exec(2). Not by
	 * signal(3): glibc keeps two signals to itself. */
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		(void)syscall(SYS_rt_sigaction, sig, as_default, NULL, 8);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int signals_next(int signal_fd)
{
	struct signalfd_siginfo s;

	return read(signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s) ? (int)s.ssi_signo : 0;
}

bool signal_asks_to_end(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

int signals_ask_to_end(int signal_fd)
{
	int sig;

	while ((sig = signals_next(signal_fd)))
		if (signal_asks_to_end(sig))
			return err_status(EINTR, 128 + sig, "interrupted", "ended by signal %d before the container ran", sig);
	return 0;
}
