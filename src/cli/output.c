/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output.h"
#include "base/err.h"
#include "linux/journal.h"
#include <fcntl.h>
#include <stdio.h>
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

int output_open(struct arena *a, const char *id, struct output *ret)
{
	char *path = arena_printf(a, "%s.%d", output_path(a, id), getpid());

	*ret = (struct output){ .fd = journal_stream(id) };
	if (ret->fd >= 0)
		return 0;
	make_directories(path);
	(void)unlink(path); /* what was killed once with this number */
	ret->temporary = path;
	ret->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	return ret->fd < 0 ? err_sys("cannot open the log '%s'", path) : 0;
}

void output_keep(struct arena *a, const char *id, const struct output *o)
{
	if (o->temporary)
		(void)rename(o->temporary, output_path(a, id));
	else
		(void)unlink(output_path(a, id));
}

void output_drop(const struct output *o)
{
	if (o->temporary)
		(void)unlink(o->temporary);
}

bool output_has_journal(void)
{
	return access("/run/systemd/journal/stdout", W_OK) == 0;
}
