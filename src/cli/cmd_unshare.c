/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/commands.h"
#include "linux/host_probe.h"
#include "plan/plan.h"
#include "run/run.h"
#include "spec/spec.h"

struct unshare_words {
	struct global_options global;
	int userns;
};

static const struct opt rows[] = {
	{ 0, "userns", "auto|full|single|keep-id|nomap", OPT_CHOICE, offsetof(struct unshare_words, userns),
	  "which ids, as for run (default: auto)" },
};
const struct opt_table unshare_options = OPT_TABLE(rows);

static int decide(const struct context *c, int userns, struct plan *p)
{
	const struct plan_options o = { .userns = (enum userns_mode)userns };
	struct spec_linux linux_part = { 0 };
	struct spec_process process = { 0 };
	const struct spec spec = { .linux_ = &linux_part, .process = &process };
	struct host host;
	int r = host_probe(c->arena, &(struct host_query){ .subids = userns != USERNS_SINGLE }, &host);

	if (r < 0)
		return r;
	if (userns == USERNS_KEEP_ID)
		process.user = (struct spec_user){ .uid = host.uid, .gid = host.gid };
	if ((r = plan_ids(c->arena, &spec, &host, &o, p)) < 0)
		return r;
	/* keep-id means to be oneself; otherwise the caller is root of what is his. */
	if (userns == USERNS_KEEP_ID)
		p->ids.setup_uid = host.uid, p->ids.setup_gid = host.gid;
	return 0;
}

int cmd_unshare(const struct context *c, int argc, char *argv[])
{
	struct unshare_words w = { 0 };
	const char *shell = getenv("SHELL");
	struct strv words = { 0 };
	struct plan plan = { 0 };
	int r = command_options(c, command_find("unshare"), OPT_FIRST, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		strv_push(c->arena, &words, arena_strdup(c->arena, shell && *shell ? shell : "/bin/sh"));
	if ((r = decide(c, w.userns, &plan)) < 0)
		return r;
	for (size_t i = 0; i < plan.notes.n; i++)
		log_say(&(struct log_line){ .level = LOG_LEVEL_WARNING,
					    .code = plan.notes.items[i].code,
					    .text = plan.notes.items[i].text,
					    .advice = plan.notes.items[i].advice });
	return run_unshared(c->arena, &plan.ids, words.v);
}
