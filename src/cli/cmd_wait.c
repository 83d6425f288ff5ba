/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/find.h"
#include "base/err.h"

const struct opt_table wait_options = { 0 };

static int wait_one(const struct container *found, void *ctx)
{
	const struct context *c = ctx;
	int status = container_exit_status(found);

	return status < 0 ? status : print(arena_printf(c->arena, "%d\n", status));
}

int cmd_wait(const struct context *c, int argc, char *argv[])
{
	struct global_options g = { 0 };
	struct strv words = { 0 };
	struct context self = *c;
	int r = command_options(c, command_find("wait"), OPT_ANYWHERE, argc, argv, &g, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		return err_set(EINVAL, "usage", "wait needs the id of a container");
	return find_each(c, g.root, &words, wait_one, &self);
}
