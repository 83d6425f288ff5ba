/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* file.h - whole files, read with a limit and written at once. */
#include "base/mem.h"

/* Read a regular file of at most max bytes; *ret ends with a NUL that *ret_len does not count.
 * path is relative to dirfd (AT_FDCWD). A FIFO, device or directory is refused and never waited for. */
int file_read(struct arena *a, int dirfd, const char *path, size_t max, char **ret, size_t *ret_len);
/* The same from an open descriptor; name is only for messages. */
int file_read_fd(struct arena *a, int fd, const char *name, size_t max, char **ret, size_t *ret_len);
/* The same from what cannot be seeked or measured, as standard input; waits for its end. */
int file_read_stream(struct arena *a, int fd, const char *name, size_t max, char **ret, size_t *ret_len);
/* Read what a file of procfs or sysfs has to say into buf, without its last newline; -errno without a sentence. */
int file_peek(int dirfd, const char *path, char *buf, size_t size);
/* One write(2) to an existing file, as procfs and sysfs want it; -errno without a sentence. */
int file_poke(int dirfd, const char *path, const char *text, size_t len);
/* A new file of ours alone, whole; -errno without a sentence, also where there is one. No fsync. */
int file_create(int dirfd, const char *path, const void *data, size_t len);
/* Write everything, also to a pipe; -errno without a sentence. */
int write_all(int fd, const void *data, size_t len);
