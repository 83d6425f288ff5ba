/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keeper CMD... - run CMD and own whatever it leaves behind.
 *
 * Orphans below CMD become children of the keeper, where a test can count them. When CMD has ended, they are
 * all killed and reaped, so that no test outlives itself. The status is that of CMD.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_stop;

static void stop(int sig)
{
	told_to_stop = sig;
}

static pid_t parent_of(const char *pid)
{
	char path[64], line[512], *after_name;
	int ppid = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fgets(line, sizeof(line), f) && (after_name = strrchr(line, ')')))
		sscanf(after_name, ") %*c %d", &ppid);
	fclose(f);
	return ppid;
}

static void kill_children(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	if (!proc)
		return;
	while ((e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]) && parent_of(e->d_name) == getpid())
			kill(atoi(e->d_name), SIGKILL);
	closedir(proc);
}

int main(int argc, char **argv)
{
	const struct sigaction on_stop = { .sa_handler = stop };
	int status, main_status = 125 << 8;
	pid_t child, pid;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return 125;
	child = fork();
	if (child < 0)
		return 125;
	if (child == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	sigaction(SIGTERM, &on_stop, NULL);
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGHUP, &on_stop, NULL);

	/* Reap all the time: a zombie would look like a process left behind. */
	for (;;) {
		pid = waitpid(-1, &status, 0);
		if (pid == child) {
			main_status = status;
			break;
		}
		if (pid < 0 && errno != EINTR)
			break;
		if (told_to_stop)
			kill(child, told_to_stop);
	}
	do
		kill_children();
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);

	return WIFSIGNALED(main_status) ? 128 + WTERMSIG(main_status) : WEXITSTATUS(main_status);
}
