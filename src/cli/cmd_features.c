/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/json.h"
#include "cli/commands.h"
#include "linux/seccomp.h"
#include "plan/features.h"

const struct opt_table features_options = { 0 };

int cmd_features(const struct context *c, int argc, char *argv[])
{
	struct global_options g = { 0 };
	autojson struct json_writer *w = NULL;
	struct strv words = { 0 };
	int r = command_options(c, command_find("features"), OPT_ANYWHERE, argc, argv, &g, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n > 0)
		return err_set(EINVAL, "usage", "features takes no word: '%s'", words.v[0]);
	w = json_writer_new(JSON_PRETTY);
	features_write(w, &(struct features_facts){ .seccomp_flags = seccomp_known_flags(), .version = VERSION });
	return print(json_text(w, NULL));
}
