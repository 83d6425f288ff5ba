/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/idmap.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/helper.h"
#include "linux/sys.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void push_number(struct arena *a, struct strv *argv, uint32_t n)
{
	strv_push(a, argv, arena_printf(a, "%u", n));
}

static pid_t start(struct arena *a, pid_t pid, const char *path, const struct id_map *m, int words)
{
	static char *const no_env[] = { NULL };
	struct strv argv = { 0 };

	strv_push(a, &argv, arena_strdup(a, path));
	push_number(a, &argv, (uint32_t)pid);
	for (size_t i = 0; i < m->n; i++) {
		push_number(a, &argv, m->items[i].inside);
		push_number(a, &argv, m->items[i].outside);
		push_number(a, &argv, m->items[i].count);
	}
	return helper_spawn(a, &(struct helper_start){ .argv = argv.v, .env = no_env, .in = -1, .out = -1, .words = words });
}

int idmap_begin(struct arena *a, pid_t pid, const char *newuidmap, const char *newgidmap, const struct id_map *uid,
		const struct id_map *gid, struct idmap_job *ret)
{
	int words[2];

	*ret = (struct idmap_job){ .arena = a, .words = -1 };
	if (pipe2(words, O_CLOEXEC) < 0)
		return err_sys("cannot make a pipe");
	ret->words = words[0];
	ret->helpers[0] = start(a, pid, newuidmap, uid, words[1]);
	ret->helpers[1] = start(a, pid, newgidmap, gid, words[1]);
	(void)close(words[1]);
	for (int i = 0; i < 2; i++)
		if (ret->helpers[i] < 0)
			return ret->helpers[i];
	return 0;
}

static int helper_failed(int i, int status, char *words)
{
	const char *name = i == 0 ? "newuidmap" : "newgidmap";

	words[strcspn(words, "\n")] = '\0';
	if (WIFSIGNALED(status))
		return err_set(EPERM, "idmap-helper", "cannot map user IDs: %s was killed by signal %d", name, WTERMSIG(status));
	return err_advise(err_set(EPERM, "idmap-helper", "cannot map user IDs: %s", words[0] ? words : name),
			  &(struct advice){ .now = "urun run --userns=single …" });
}

int idmap_end(struct idmap_job *job, int signal_fd)
{
	autoclose int fd = job->words;
	char *words = NULL;
	size_t len;
	/* The pipe ends when both have ended; they may wait for a directory service for long. */
	int r = fd < 0 ? 0 : helper_listen(job->arena, fd, signal_fd, HELPER_OUTPUT_MAX, &words, &len);

	for (int i = 0; i < 2; i++) {
		int status;

		if (job->helpers[i] <= 0)
			continue;
		if (r < 0)
			(void)kill(job->helpers[i], SIGKILL);
		status = helper_reap(job->helpers[i]);
		if (status != 0 && r == 0)
			r = status < 0 ? status : helper_failed(i, status, words);
	}
	return r;
}

static int write_map(struct arena *a, pid_t pid, const char *file, const struct id_map *m)
{
	const char *path = arena_printf(a, "/proc/%d/%s", pid, file), *text = "";
	int r;

	for (size_t i = 0; i < m->n; i++)
		text = arena_printf(a, "%s%u %u %u\n", text, m->items[i].inside, m->items[i].outside, m->items[i].count);
	if ((r = file_poke(AT_FDCWD, path, text, strlen(text))) < 0) {
		errno = -r;
		return err_sys("cannot write '%s'", path);
	}
	return 0;
}

int idmap_write(struct arena *a, pid_t pid, const struct id_map *uid, const struct id_map *gid, bool deny_setgroups)
{
	const char *path = arena_printf(a, "/proc/%d/setgroups", pid);
	int r;

	if (deny_setgroups && (r = file_poke(AT_FDCWD, path, "deny", 4)) < 0) {
		errno = -r;
		return err_sys("cannot write '%s'", path);
	}
	if ((r = write_map(a, pid, "uid_map", uid)) < 0)
		return r;
	return write_map(a, pid, "gid_map", gid);
}

static int open_userns(pid_t pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys("cannot open the user namespace for the mount") : fd;
}

/* /proc may show another pid namespace than ours, so the process says how it is called there. */
static _Noreturn void wait_to_be_mapped(int out)
{
	char text[16] = "";
	pid_t pid;

	(void)!readlink("/proc/self", text, sizeof(text) - 1);
	pid = (pid_t)strtol(text, NULL, 10);
	(void)!write(out, &pid, sizeof(pid));
	for (;;)
		(void)pause(); /* only its namespace is wanted */
}

int idmap_userns(const struct id_map *uid, const struct id_map *gid)
{
	const struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	autoarena a = { 0 };
	int pair[2], r;
	pid_t pid, known;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys("cannot make a pipe");
	if ((pid = sys_clone3(&args)) < 0)
		return err_sys("cannot make a user namespace for the mount");
	if (pid == 0)
		wait_to_be_mapped(pair[1]);
	(void)close(pair[1]);
	known = read(pair[0], &known, sizeof(known)) == sizeof(known) ? known : -1;
	(void)close(pair[0]);
	if ((r = idmap_write(&a, known, uid, gid, false)) == 0)
		r = open_userns(known);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return r;
}
