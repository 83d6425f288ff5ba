/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/selfexe.h"
#include "base/err.h"
#include "linux/sys.h"
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3 */
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

extern char **environ;

/* Only the caller's ids and his subordinate ids are ever mapped. Root's files are foreign to the container, except
 * where the caller is root (inside another user namespace). */
static bool is_out_of_reach(const struct stat *st)
{
	return st->st_uid == 0 && geteuid() != 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static int make_copy(int from, off_t size)
{
	autoclose int to = memfd_create("urun", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (to < 0 && errno == EINVAL)
		to = memfd_create("urun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (to < 0)
		return err_sys("cannot make a sealed copy of the program");
	while (size > 0) {
		ssize_t n = sendfile(to, from, NULL, (size_t)size);

		if (n <= 0)
			return err_sys("cannot copy the program");
		size -= n;
	}
	if (fcntl(to, F_ADD_SEALS, SEALS) < 0)
		return err_sys("cannot seal the copy of the program");
	return take_fd(&to);
}

int selfexe_open(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("cannot open '%s'", path);
	if (is_out_of_reach(&st) || is_sealed(fd))
		return take_fd(&fd);
	return make_copy(fd, st.st_size);
}

int selfexe_protect(char *const argv[])
{
	autoclose int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), copy = -1;
	char path[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("cannot open '/proc/self/exe'");
	if (is_out_of_reach(&st))
		return 0;
	if (is_sealed(fd)) {
		(void)prctl(PR_SET_NAME, "urun", 0, 0, 0); /* not that of the descriptor */
		return 0;
	}
	if ((copy = make_copy(fd, st.st_size)) < 0)
		return copy;
	/* The copy finds its helpers by this. */
	if ((n = readlink("/proc/self/exe", path, sizeof(path) - 1)) > 0) {
		path[n] = '\0';
		(void)setenv("URUN_EXE", path, 1);
	}
	(void)syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	return err_sys("cannot execute the sealed copy of the program");
}
