/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/pidfile.h"
#include "base/err.h"
#include <fcntl.h>
#include <stdio.h>

int pidfile_write(struct arena *a, const char *path, pid_t pid)
{
	const char *temporary;
	autoclose int fd = -1;

	if (!path)
		return 0;
	temporary = arena_printf(a, "%s.%d", path, getpid());
	(void)unlink(temporary); /* what was killed once with this number */
	if ((fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)) < 0)
		return err_sys("cannot write the pid file '%s'", path);
	if (dprintf(fd, "%d", pid) < 0 || rename(temporary, path) < 0) {
		int e = err_sys("cannot write the pid file '%s'", path);

		(void)unlink(temporary);
		return e;
	}
	return 0;
}
