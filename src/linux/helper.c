/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/helper.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/signals.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Beside the program first: in a build tree an installed helper may be of another version. */
static char *path_beside(struct arena *a, const char *name)
{
	/* A sealed copy of the program has no directory; it was told where the file is (selfexe.h). */
	const char *exe = getenv("URUN_EXE"), *slash;
	char link[PATH_MAX];
	ssize_t n;

	if (!exe) {
		if ((n = readlink("/proc/self/exe", link, sizeof(link) - 1)) <= 0)
			return NULL;
		link[n] = '\0';
		exe = link;
	}
	slash = strrchr(exe, '/');
	return slash ? arena_printf(a, "%.*s/%s", (int)(slash - exe), exe, name) : NULL;
}

char *helper_path(struct arena *a, const char *name)
{
	char *path = path_beside(a, name);

	if (path && access(path, X_OK) == 0)
		return path;
	path = arena_printf(a, LIBEXECDIR "/%s", name);
	return access(path, X_OK) == 0 ? path : NULL;
}

/* ---- parts ---- */

/* execvp(3) needs room for a path, and for the arguments of a script without an interpreter. */
enum { STACK_SIZE = 32 * 1024 };

static void put(int fd, int target)
{
	if (fd >= 0)
		(void)dup2(fd, target);
}

/* Runs in our memory until it has executed: nothing but system calls. It never returns from there, so what AddressSanitizer
 * would note about this stack would stay, and the arena uses the memory again. */
__attribute__((no_sanitize("address"))) static int spawned_main(void *data)
{
	const struct helper_start *s = data;
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	put(s->in, STDIN_FILENO);
	put(s->out, STDOUT_FILENO);
	put(s->words, STDERR_FILENO);
	for (size_t i = 0; i < s->n_keep; i++)
		(void)fcntl(s->keep[i], F_SETFD, 0);
	if (s->apart)
		(void)setsid();
	(void)execvpe(s->argv[0], s->argv, s->env);
	return errno == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}

/* CLONE_VM without CLONE_VFORK: no copy of our page tables, and we go on at once. A search through $PATH is not
 * beside us, because each place where the program is not would set our errno. */
pid_t helper_spawn(struct arena *a, const struct helper_start *s)
{
	struct helper_start *copy = arena_alloc(a, sizeof(*copy));
	char *stack = arena_alloc(a, STACK_SIZE);
	int search = strchr(s->argv[0], '/') ? 0 : CLONE_VFORK, saved;
	sigset_t all, before;
	pid_t pid;

	*copy = *s;
	/* A handler that ran in the child would run in our memory. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = clone(spawned_main, stack + STACK_SIZE, CLONE_VM | search | SIGCHLD, copy);
	saved = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid < 0 ? err_sys("cannot start '%s'", s->argv[0]) : pid;
}

int helper_listen(struct arena *a, int fd, int signal_fd, size_t max, char **ret, size_t *ret_len)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = signal_fd, .events = POLLIN } };
	struct {
		char *items;
		size_t n, room;
	} text = { 0 };
	char part[4096];
	ssize_t n = -1;
	int r;

	while (n != 0) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0) {
			if (errno != EINTR)
				return err_sys("cannot wait for a helper");
			continue;
		}
		if (p[1].revents && (r = signals_ask_to_end(signal_fd)) < 0)
			return r;
		if (!p[0].revents)
			continue;
		if ((n = read(fd, part, sizeof(part))) < 0)
			return err_sys("cannot read what a helper says");
		if (text.n + (size_t)n >= max)
			return err_set(EIO, "helper", "a helper said too much");
		for (ssize_t i = 0; i < n; i++)
			*arena_push(a, &text) = part[i];
	}
	*ret_len = text.n;
	*arena_push(a, &text) = '\0';
	*ret = text.items;
	return 0;
}

int helper_reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for a helper");
	return status;
}

/* ---- a job ---- */

static int input_file(const void *input, size_t len)
{
	autoclose int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write_all(fd, input, len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys("cannot prepare the input of a helper");
	return take_fd(&fd);
}

int helper_begin(struct arena *a, char *const argv[], const void *input, size_t len, struct helper_job *ret)
{
	autoclose int in = input_file(input, len), words = memfd_create("words", MFD_CLOEXEC);
	int out[2];
	pid_t pid;

	if (in < 0 || words < 0)
		return in < 0 ? in : err_sys("cannot listen to a helper");
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys("cannot make a pipe");
	pid = helper_spawn(a, &(struct helper_start){ .argv = argv, .env = environ, .in = in, .out = out[1], .words = words });
	(void)close(out[1]);
	if (pid < 0) {
		(void)close(out[0]);
		return pid;
	}
	*ret = (struct helper_job){ .pid = pid, .out = out[0], .words = take_fd(&words) };
	return 0;
}

static const char *first_line(struct arena *a, int words)
{
	char text[1024];
	ssize_t n = pread(words, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return arena_strdup(a, text);
}

int helper_end(struct arena *a, struct helper_job *job, int signal_fd, size_t max, struct helper_answer *ret)
{
	struct helper_answer answer = { 0 };
	int r = helper_listen(a, job->out, signal_fd, max, &answer.text, &answer.len);

	if (r < 0) {
		helper_cancel(job);
		return r;
	}
	if ((answer.status = helper_reap(job->pid)) < 0)
		r = answer.status;
	answer.words = first_line(a, job->words);
	(void)close(job->out);
	(void)close(job->words);
	*job = (struct helper_job){ 0 };
	if (r == 0)
		*ret = answer;
	return r;
}

void helper_cancel(struct helper_job *job)
{
	if (job->pid <= 0)
		return;
	(void)kill(job->pid, SIGKILL);
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)close(job->out);
	(void)close(job->words);
	*job = (struct helper_job){ 0 };
}

/* ---- all at once ---- */

static int failed(const char *name, const struct helper_answer *answer)
{
	const char *words = answer->words;

	if (WIFEXITED(answer->status) && WEXITSTATUS(answer->status) == HELPER_NO_LIBRARY)
		return err_set(ELIBACC, "helper-library", "%s", words[0] ? words : name);
	return err_set(EIO, "helper", "%s: %s", name, words[0] ? words : "failed");
}

int helper_run(struct arena *a, char *const argv[], const void *input, size_t len, size_t max, char **ret, size_t *ret_len)
{
	struct helper_answer answer;
	struct helper_job job;
	int r;

	if ((r = helper_begin(a, argv, input, len, &job)) < 0 || (r = helper_end(a, &job, -1, max, &answer)) < 0)
		return r;
	if (answer.status != 0)
		return failed(argv[0], &answer);
	*ret = answer.text;
	*ret_len = answer.len;
	return 0;
}

int helper_become(char *const argv[])
{
	(void)execvp(argv[0], argv);
	return err_sys("cannot execute '%s'", argv[0]);
}
