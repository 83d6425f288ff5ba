/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "cli/find.h"

struct delete_words {
	struct global_options global;
	bool force, regex;
};

static const struct opt rows[] = {
	{ 'f', "force", NULL, OPT_FLAG, offsetof(struct delete_words, force), "kill it first if it runs; no such container is fine" },
	{ 'r', "regex", NULL, OPT_FLAG, offsetof(struct delete_words, regex), "ID is an extended regular expression" },
};
const struct opt_table delete_options = OPT_TABLE(rows);

int cmd_delete(const struct context *c, int argc, char *argv[])
{
	struct delete_words w = { 0 };
	struct strv words = { 0 }, ids = { 0 };
	int status = 0, r = command_options(c, command_find("delete"), OPT_ANYWHERE, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		return err_set(EINVAL, "usage", "delete needs the id of a container");
	if (!w.regex)
		ids = words;
	for (size_t i = 0; w.regex && i < words.n; i++)
		if ((r = find_matching(c, w.global.root, words.v[i], &ids)) < 0)
			return r;
	for (size_t i = 0; i < ids.n; i++) {
		if ((r = find_and_delete(c, w.global.root, ids.v[i], w.force)) == 0)
			continue;
		if (i + 1 == ids.n)
			return r;
		(void)report_error(c->report);
		status = 1;
	}
	return status;
}
