/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fdlister - tell what a runtime left to its container: one line each for every open file descriptor, the working
 * directory, credentials, security label and mount. Needs nothing but /proc.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void list_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	char target[PATH_MAX];
	struct dirent *e;
	ssize_t n;

	if (!d) {
		puts("fds unreadable");
		return;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || atoi(e->d_name) == dirfd(d))
			continue;
		n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		if (n < 0)
			n = 0;
		target[n] = '\0';
		printf("fd %s %s\n", e->d_name, target);
	}
	closedir(d);
}

static void list_file(const char *word, const char *path, const char *const *prefixes)
{
	char line[4096];
	FILE *f = fopen(path, "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		for (size_t i = 0; prefixes && prefixes[i]; i++)
			if (strncmp(line, prefixes[i], strlen(prefixes[i])) == 0)
				printf("%s %s", word, line);
		if (!prefixes)
			printf("%s %s", word, line);
	}
	fclose(f);
}

int main(void)
{
	static const char *const status[] = {
		"Uid:",	   "Gid:",	  "Groups:",  "CapInh:", "CapPrm:", "CapEff:", "CapBnd:",
		"CapAmb:", "NoNewPrivs:", "Seccomp:", "Umask:",	 "SigBlk:", "SigIgn:", NULL,
	};
	char cwd[PATH_MAX];

	list_fds();
	printf("cwd %s\n", getcwd(cwd, sizeof(cwd)) ? cwd : "unreachable");
	list_file("status", "/proc/self/status", status);
	list_file("label", "/proc/self/attr/current", NULL);
	list_file("mount", "/proc/self/mountinfo", NULL);
	return 0;
}
