/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/hook.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "linux/signals.h"
#include "linux/sys.h"
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A file rather than a pipe: a hook that never reads cannot block us, whatever the size. */
static int open_state(const char *state)
{
	autoclose int fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0 || write_all(fd, state, strlen(state)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys("cannot prepare the state for a hook");
	return take_fd(&fd);
}

static pid_t start(const struct hook *h, int state)
{
	char *fallback[] = { (char *)(uintptr_t)h->path, NULL }, *empty[] = { NULL };
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? err_sys("cannot fork for hook '%s'", h->path) : pid;
	(void)umask(022);
	(void)setpgid(0, 0); /* a time-out ends the hook with everything it started */
	signals_reset();
	(void)dup2(state, STDIN_FILENO);
	(void)sys_close_range(3, ~0U, 0);
	(void)execve(h->path, h->args.n ? h->args.v : fallback, h->env.n ? h->env.v : empty);
	_exit(errno == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC);
}

/* 0: it ended by itself; -ETIMEDOUT; -EINTR: we are asked to end, with the sentence recorded. */
static int wait_for_end(int pidfd, int timeout_ms, int signal_fd)
{
	struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN }, { .fd = signal_fd, .events = POLLIN } };

	for (;;) {
		int n = poll(p, ARRAY_SIZE(p), timeout_ms), r;

		if (n == 0)
			return -ETIMEDOUT;
		if (n > 0 && p[0].revents)
			return 0;
		if (n > 0 && (r = signals_ask_to_end(signal_fd)) < 0)
			return r;
	}
}

static int judge(const struct hook *h, int status)
{
	if (WIFSIGNALED(status))
		return err_set(ECANCELED, "hook", "hook '%s' (%s) was killed by signal %d", h->path, h->origin, WTERMSIG(status));
	if (WEXITSTATUS(status) == EXIT_NOTFOUND)
		return err_set(ENOENT, "hook", "hook '%s' (%s) cannot be executed or ended with status 127", h->path, h->origin);
	if (WEXITSTATUS(status) != 0)
		return err_set(ECANCELED, "hook", "hook '%s' (%s) ended with status %d", h->path, h->origin, WEXITSTATUS(status));
	return 0;
}

static int run(const struct hook *h, const char *state, int signal_fd)
{
	autoclose int input = open_state(state), pidfd = -1;
	int status = 0, ended;
	pid_t pid;

	if (input < 0)
		return input;
	if ((pid = start(h, input)) < 0)
		return pid;
	(void)setpgid(pid, pid); /* whoever is first: the hook or we */
	pidfd = sys_pidfd_open(pid);
	ended = pidfd < 0 ? err_sys("cannot watch hook '%s' (%s)", h->path, h->origin) : wait_for_end(pidfd, h->timeout_ms, signal_fd);
	if (ended < 0)
		(void)kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for hook '%s'", h->path);
	if (ended < 0 && ended != -ETIMEDOUT)
		return ended;
	if (ended < 0)
		return err_set(ETIMEDOUT, "hook", "hook '%s' (%s) was killed after its timeout of %d s", h->path, h->origin,
			       h->timeout_ms / 1000);
	return judge(h, status);
}

int hooks_run(const struct hook_list *l, const char *state, int signal_fd)
{
	int r;

	for (size_t i = 0; i < l->n; i++)
		if ((r = run(&l->items[i], state, signal_fd)) < 0)
			return r;
	return 0;
}

void hooks_run_all(const struct hook_list *l, const char *state)
{
	for (size_t i = 0; i < l->n; i++)
		if (run(&l->items[i], state, -1) < 0)
			log_warn("hook", "%s", err_last()->text);
}
