/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/signals.h"
#include "base/err.h"
#include <signal.h>
#include <string.h>
#include <strings.h>
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

/* "RTMIN", "RTMIN+n", "RTMAX-n" as the kernel counts them (signal(7)); glibc keeps the first two for itself. */
static int realtime(const char *name)
{
	enum { FIRST = 34, LAST = 64 };
	bool from_first = strncasecmp(name, "RTMIN", 5) == 0;
	char *end = (char *)(uintptr_t)name + 5;
	long n = 0;

	if (!from_first && strncasecmp(name, "RTMAX", 5) != 0)
		return 0;
	if (*end == (from_first ? '+' : '-') && end[1] >= '0' && end[1] <= '9')
		n = strtol(end + 1, &end, 10);
	if (*end || n < 0 || n > LAST - FIRST)
		return 0;
	return from_first ? FIRST + (int)n : LAST - (int)n;
}

int signal_from_name(const char *name)
{
	static const struct {
		const char *name;
		int sig;
	} synonyms[] = { { "CLD", SIGCHLD }, { "IOT", SIGABRT }, { "IO", SIGIO } };
	char *end;
	long n = strtol(name, &end, 10);

	if (*name >= '0' && *name <= '9')
		return *end || n > 64 ? 0 : (int)n;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int sig = 1; sig < NSIG; sig++) {
		const char *abbreviation = sigabbrev_np(sig);

		if (abbreviation && strcasecmp(abbreviation, name) == 0)
			return sig;
	}
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++)
		if (strcasecmp(synonyms[i].name, name) == 0)
			return synonyms[i].sig;
	return realtime(name);
}
