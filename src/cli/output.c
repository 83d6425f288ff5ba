/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output.h"
#include "base/err.h"
#include "linux/journal.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* XDG Base Directory Specification: what should survive a restart and is of no use elsewhere. */
static const char *directory(struct arena *a)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		return arena_printf(a, "%s/urun", state);
	return arena_printf(a, "%s/.local/state/urun", home && home[0] == '/' ? home : "/");
}

const char *output_path(struct arena *a, const char *id)
{
	return arena_printf(a, "%s/%s.log", directory(a), id);
}

static void make_directories(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
}

int output_open(struct arena *a, const char *id)
{
	char *path = arena_strdup(a, output_path(a, id));
	int fd = journal_stream(id);

	if (fd >= 0) {
		(void)unlink(path); /* of an earlier container of this name */
		return fd;
	}
	make_directories(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? err_sys("cannot open the log '%s'", path) : fd;
}
