/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* base.h - owners that clean up behind themselves, and the few words every file uses. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define autofree __attribute__((cleanup(free_ptr), unused))
#define autoclose __attribute__((cleanup(close_fd), unused))

#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void close_fd(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

/* Hand an owned descriptor on; the local owns nothing afterwards. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
