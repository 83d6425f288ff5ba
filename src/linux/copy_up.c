/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/copy_up.h"
#include "base/err.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64 };

static int copy_dir(int from, int to, unsigned depth);

static int copy_owner(int dir, const char *name, const struct stat *st)
{
	/* An owner without an id in the container stays whoever makes the copy. */
	if (fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EPERM && errno != EINVAL)
		return err_sys("cannot copy the owner of '%s'", name);
	if (!S_ISLNK(st->st_mode) && fchmodat(dir, name, st->st_mode & 07777, 0) < 0)
		return err_sys("cannot copy the mode of '%s'", name);
	return 0;
}

static int copy_file(int from, int to, const char *name)
{
	autoclose int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	autoclose int out = -1;
	ssize_t n;

	if (in < 0)
		return err_sys("cannot copy '%s'", name);
	if ((out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return err_sys("cannot make the copy of '%s'", name);
	while ((n = sendfile(out, in, NULL, 1 << 20)) > 0)
		;
	if (n < 0)
		return err_sys("cannot copy '%s'", name);
	return 0;
}

static int copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys("cannot read the link '%s'", name);
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return err_sys("cannot copy the link '%s'", name);
	return 0;
}

static int copy_subdir(int from, int to, const char *name, unsigned depth)
{
	autoclose int in = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out = -1;

	if (in < 0)
		return err_sys("cannot copy the directory '%s'", name);
	if (mkdirat(to, name, 0700) < 0)
		return err_sys("cannot make the copy of the directory '%s'", name);
	if ((out = openat(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_sys("cannot open the copy of the directory '%s'", name);
	return copy_dir(in, out, depth + 1);
}

static int copy_entry(int from, int to, const char *name, unsigned depth)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys("cannot look at '%s'", name);
	if (S_ISDIR(st.st_mode))
		r = copy_subdir(from, to, name, depth);
	else if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name);
	else
		return 0;
	return r < 0 ? r : copy_owner(to, name, &st);
}

static void close_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static int copy_dir(int from, int to, unsigned depth)
{
	autoclose int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(close_dir))) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int r;

	if (!dir)
		return err_sys("cannot read a directory to copy");
	(void)take_fd(&fd); /* closedir() has it now */
	if (depth > DEPTH_MAX)
		return err_set(ELOOP, "mount", "cannot copy: directories are nested more than %d deep", DEPTH_MAX);
	for (;;) {
		const struct dirent *e;

		errno = 0;
		if (!(e = readdir(dir)))
			return errno ? err_sys("cannot read a directory to copy") : 0;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((r = copy_entry(from, to, e->d_name, depth)) < 0)
			return r;
	}
}

int copy_up(int from, int to)
{
	return copy_dir(from, to, 0);
}
