/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/helper.h"
#include "base/err.h"
#include "base/file.h"
#include <fcntl.h>
#include <limits.h>
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

static int input_file(const void *input, size_t len)
{
	autoclose int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write_all(fd, input, len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys("cannot prepare the input of a helper");
	return take_fd(&fd);
}

static int failed(const char *name, int status, int words)
{
	char text[1024];
	ssize_t n = pread(words, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == HELPER_NO_LIBRARY)
		return err_set(ELIBACC, "helper-library", "%s", text[0] ? text : name);
	return err_set(EIO, "helper", "%s: %s", name, text[0] ? text : "failed");
}

int helper_run(struct arena *a, char *const argv[], const void *input, size_t len, size_t max, char **ret, size_t *ret_len)
{
	autoclose int in = input_file(input, len), words = memfd_create("words", MFD_CLOEXEC);
	int out[2], status, r;
	pid_t pid;

	if (in < 0 || words < 0)
		return in < 0 ? in : err_sys("cannot listen to a helper");
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys("cannot make a pipe");
	if ((pid = fork()) < 0)
		return err_sys("cannot fork");
	if (pid == 0) {
		(void)dup2(in, STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(words, STDERR_FILENO);
		(void)execvp(argv[0], argv);
		_exit(EXIT_NOTFOUND);
	}
	(void)close(out[1]);
	r = file_read_stream(a, out[0], "what a helper says", max - 1, ret, ret_len);
	(void)close(out[0]);
	if (r == -EFBIG)
		r = err_set(EIO, "helper", "a helper said too much");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for a helper");
	return r < 0 ? r : status == 0 ? 0 : failed(argv[0], status, words);
}

int helper_become(char *const argv[])
{
	(void)execvp(argv[0], argv);
	return err_sys("cannot execute '%s'", argv[0]);
}
