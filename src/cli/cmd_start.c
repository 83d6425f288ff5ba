/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_start.c - start, pause and resume: commands that take ids and nothing else. */
#include "base/err.h"
#include "cli/find.h"

const struct opt_table start_options = { 0 };
const struct opt_table pause_options = { 0 };
const struct opt_table resume_options = { 0 };

static int for_each(const struct context *c, const char *name, int argc, char *argv[], int (*act)(const struct container *, void *))
{
	struct global_options g = { 0 };
	struct strv words = { 0 };
	int r = command_options(c, command_find(name), OPT_ANYWHERE, argc, argv, &g, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		return err_set(EINVAL, "usage", "%s needs the id of a container", name);
	return find_each(c, g.root, &words, act, NULL);
}

static int start(const struct container *found, void *ctx)
{
	struct plan_hooks hooks;
	int r = find_hooks(found, &hooks);

	(void)ctx;
	return r < 0 ? r : container_start(found, &hooks);
}

static int pause_one(const struct container *found, void *ctx)
{
	(void)ctx;
	return container_pause(found);
}

static int resume(const struct container *found, void *ctx)
{
	(void)ctx;
	return container_resume(found);
}

int cmd_start(const struct context *c, int argc, char *argv[])
{
	return for_each(c, "start", argc, argv, start);
}

int cmd_pause(const struct context *c, int argc, char *argv[])
{
	return for_each(c, "pause", argc, argv, pause_one);
}

int cmd_resume(const struct context *c, int argc, char *argv[])
{
	return for_each(c, "resume", argc, argv, resume);
}
