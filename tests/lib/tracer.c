/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tracer PROGRAM - be a container that attacks whoever comes into its pid namespace, until killed.
 *
 * Newcomers are fair game once they execute PROGRAM. Before that they are a runtime on its way in, whose memory, descriptors and
 * executable are the host's: every one that can be looked into or traced is a line "got …". The line "refused N" says that a
 * runtime has been met N times and that nothing was to be had.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENOUGH = 10 };

static struct stat program;

static bool look(int pid, const char *name, struct stat *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return stat(path, ret) == 0;
}

static bool is_program(const struct stat *exe)
{
	return exe->st_dev == program.st_dev && exe->st_ino == program.st_ino;
}

static void list_descriptors(int pid)
{
	char path[96], target[4096];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		if (n > 0)
			printf("got descriptor %s: %.*s\n", e->d_name, (int)n, target);
	}
	if (dir)
		closedir(dir);
}

/* Which program has been seized is certain only when it stands still: meanwhile it may have executed ours, or ended. */
static void judge_seized(int pid)
{
	struct stat exe;
	int status;

	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return;
	if (!look(pid, "exe", &exe) || !is_program(&exe)) {
		printf("got control of %d\n", pid);
		list_descriptors(pid);
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* True when it is somebody who refuses. */
static bool attack(int pid)
{
	struct stat exe;

	if (look(pid, "exe", &exe)) {
		if (is_program(&exe))
			return false;
		printf("got executable of %d\n", pid);
		list_descriptors(pid);
		return false;
	}
	if (errno != EACCES && errno != EPERM)
		return false; /* it is gone, or a zombie */
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return errno == EPERM || errno == EACCES;
	judge_seized(pid);
	return false;
}

int main(int argc, char **argv)
{
	unsigned refused = 0;

	if (argc != 2 || stat(argv[1], &program) < 0)
		return 125;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		DIR *proc = opendir("/proc");
		struct dirent *e;

		while (proc && (e = readdir(proc)))
			if (isdigit((unsigned char)e->d_name[0]) && atoi(e->d_name) != getpid() && attack(atoi(e->d_name)) &&
			    ++refused % ENOUGH == 0)
				printf("refused %u\n", refused);
		if (proc)
			closedir(proc);
	}
}
