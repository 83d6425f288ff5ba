/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"
#include "base/err.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int file_read_fd(struct arena *a, int fd, const char *name, size_t max, char **ret, size_t *ret_len)
{
	struct stat st;
	size_t len = 0, room;
	char *text;

	if (fstat(fd, &st) < 0)
		return err_sys("cannot read '%s'", name);
	if (S_ISDIR(st.st_mode))
		return err_set(EISDIR, "file", "cannot read '%s': it is a directory", name);
	if (!S_ISREG(st.st_mode))
		return err_set(EINVAL, "file", "cannot read '%s': it is not a regular file", name);
	if ((uintmax_t)st.st_size > max)
		return err_set(EFBIG, "file", "cannot read '%s': it is larger than %zu bytes", name, max);

	/* The size may be 0 (procfs): read until the end or one byte past the limit. */
	room = st.st_size ? (size_t)st.st_size + 1 : 4096;
	text = arena_alloc(a, room + 1);
	for (;;) {
		ssize_t n = read(fd, text + len, room - len);

		if (n < 0)
			return err_sys("cannot read '%s'", name);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return err_set(EFBIG, "file", "cannot read '%s': it is larger than %zu bytes", name, max);
		if (len == (uintmax_t)st.st_size)
			break;
		if (len == room) {
			char *wider = arena_alloc(a, room * 2 + 1);

			memcpy(wider, text, len);
			text = wider;
			room *= 2;
		}
	}
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	return 0;
}

int file_read(struct arena *a, int dirfd, const char *path, size_t max, char **ret, size_t *ret_len)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys("cannot open '%s'", path);
	return file_read_fd(a, fd, path, max, ret, ret_len);
}

int file_read_stream(struct arena *a, int fd, const char *name, size_t max, char **ret, size_t *ret_len)
{
	struct {
		char *items;
		size_t n, room;
	} text = { 0 };
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) != 0 && text.n <= max) {
		if (n < 0 && errno != EINTR)
			return err_sys("cannot read %s", name);
		for (ssize_t i = 0; i < n; i++)
			*arena_push(a, &text) = part[i];
	}
	if (text.n > max)
		return err_set(EFBIG, "too-large", "%s is larger than %zu bytes", name, max);
	*ret_len = text.n;
	*arena_push(a, &text) = '\0';
	*ret = text.items;
	return 0;
}

int file_peek(int dirfd, const char *path, char *buf, size_t size)
{
	autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return (int)n;
}

int file_poke(int dirfd, const char *path, const char *text, size_t len)
{
	autoclose int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) < 0)
		return -errno;
	return 0;
}

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_create(int dirfd, const char *path, const void *data, size_t len)
{
	autoclose int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : write_all(fd, data, len);
}
