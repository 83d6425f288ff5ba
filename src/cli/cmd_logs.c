/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/file.h"
#include "cli/find.h"
#include "cli/output.h"
#include "linux/helper.h"
#include <fcntl.h>

struct logs_words {
	struct global_options global;
	bool follow;
};

static const struct opt rows[] = {
	{ 'f', "follow", NULL, OPT_FLAG, offsetof(struct logs_words, follow), "go on with what is still to come" },
};
const struct opt_table logs_options = OPT_TABLE(rows);

static int print_rest(int fd)
{
	char part[16 * 1024];
	ssize_t n;
	int r;

	while ((n = read(fd, part, sizeof(part))) > 0)
		if ((r = write_all(STDOUT_FILENO, part, (size_t)n)) < 0) {
			errno = -r;
			return err_sys("cannot write to standard output");
		}
	return n < 0 ? err_sys("cannot read the log") : 0;
}

static int follow(const struct container *found, int fd)
{
	static const struct timespec round = { .tv_nsec = 200 * 1000 * 1000 };
	bool ended = false;
	int r = print_rest(fd);

	while (r == 0 && !ended) {
		ended = container_ends_within(found, &round);
		r = print_rest(fd);
	}
	return r;
}

static int ask_journal(const struct context *c, const char *id, bool follows)
{
	struct strv argv = { 0 };

	strv_push(c->arena, &argv, arena_strdup(c->arena, "journalctl"));
	strv_push(c->arena, &argv, arena_strdup(c->arena, "--output=cat"));
	strv_push(c->arena, &argv, arena_strdup(c->arena, "--quiet"));
	strv_push(c->arena, &argv, arena_printf(c->arena, "_UID=%u", geteuid()));
	strv_push(c->arena, &argv, arena_printf(c->arena, "SYSLOG_IDENTIFIER=%s", id));
	if (follows)
		strv_push(c->arena, &argv, arena_strdup(c->arena, "--follow"));
	return helper_become(argv.v);
}

int cmd_logs(const struct context *c, int argc, char *argv[])
{
	struct logs_words w = { 0 };
	autocontainer found = { .dir = -1 };
	struct strv words = { 0 };
	autoclose int fd = -1;
	const char *id;
	int r = command_options(c, command_find("logs"), OPT_ANYWHERE, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = find_only_word("logs", &words, &id)) < 0)
		return r;
	/* A log may outlive its container. */
	r = find_container(c, w.global.root, id, &found);
	fd = open(output_path(c->arena, id), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && r < 0)
		return r;
	if (fd < 0 && !output_has_journal())
		return err_set(ENOENT, "no-log", "container '%s' has no log: what it prints goes to who started it", id);
	if (fd < 0)
		return ask_journal(c, id, w.follow);
	return w.follow && r == 0 ? follow(&found, fd) : print_rest(fd);
}
