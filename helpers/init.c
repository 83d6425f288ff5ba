/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* urun-init SOCKET PROGRAM ARG0 [ARG…] - process 1 of a container whose program is not an init.
 *
 * It starts PROGRAM, hands every signal on to it, reaps what is orphaned, and ends as PROGRAM ends: with its status, or
 * killed by the signal that killed it as 128+n. It is linked statically, because no library of the host is in reach.
 * SOCKET is where the supervisor waits: it closes when PROGRAM is executed, or says why it is not (linux/sync.h). */
#include "linux/program.h"
#include "linux/signals.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

static _Noreturn void become_program(int sock, char *argv[])
{
	const char *listener = getenv("LISTEN_PID");
	char self[16];

	/* Sockets that were meant for us are meant for the program (sd_listen_fds(3)). */
	if (listener && atoi(listener) == getppid()) {
		(void)snprintf(self, sizeof(self), "%d", getpid());
		(void)setenv("LISTEN_PID", self, 1);
	}
	/* A session of its own, with the terminal: nobody in it could continue what Ctrl-Z stops, so the kernel does not stop
	 * it (setpgid(2), orphaned process groups). */
	(void)setsid();
	(void)ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	signals_reset();
	(void)execv(argv[0], argv + 1);
	(void)program_exec_failed(argv[1]);
	sync_write_error(sock);
	_exit(EXIT_URUN);
}

/* Wait for everything that has ended; true when the program is among it. */
static bool reap(pid_t program, int *ret_status)
{
	bool ended = false;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == program) {
			*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			ended = true;
		}
	return ended;
}

/* It is for the program. Who gives it up is told so by two signals that are not meant for anybody else. */
static void leave_terminal(void)
{
	const struct timespec now = { 0 };
	sigset_t told;

	if (ioctl(STDIN_FILENO, TIOCNOTTY) < 0)
		return;
	(void)sigemptyset(&told);
	(void)sigaddset(&told, SIGHUP);
	(void)sigaddset(&told, SIGCONT);
	while (sigtimedwait(&told, NULL, &now) > 0)
		;
}

int main(int argc, char *argv[])
{
	sigset_t all;
	int sock, status = 0;
	pid_t program;

	if (argc < 4)
		return EXIT_URUN;
	sock = atoi(argv[1]);
	(void)fcntl(sock, F_SETFD, FD_CLOEXEC);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	/* Where we are not process 1 orphans come to us all the same. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	leave_terminal();
	if ((program = fork()) < 0) {
		(void)err_sys("cannot start the command");
		sync_write_error(sock);
		return EXIT_URUN;
	}
	if (program == 0)
		become_program(sock, argv + 2);
	/* Descriptors that the caller passed on: while we have them nobody sees that the program has closed its own. */
	(void)sys_close_range(3, ~0U, 0);
	for (;;) {
		int sig = sigwaitinfo(&all, NULL);

		if (sig == SIGCHLD && reap(program, &status))
			return status;
		if (sig > 0 && sig != SIGCHLD)
			(void)kill(program, sig);
	}
}
