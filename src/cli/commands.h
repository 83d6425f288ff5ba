/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* commands.h - the commands; each has a file of its own. */
#include "cli/opt.h"
#include "cli/report.h"

/* Options that stand before the command, or among its own. */
struct global_options {
	const char *root, *log, *log_level;
	int log_format;
	bool debug, help, version;
};

extern const struct opt_table global_options;

struct context {
	struct arena *arena;
	struct report *report;
	struct global_options *global;
	bool compat; /* runc's name or URUN_COMPAT=runc: runc's command line only */
};

struct command {
	const char *name, *words, *help;
	const struct opt_table *options; /* its own; offsets in its own struct, which starts with struct global_options */
	/* Returns the exit status, or -errno with a sentence. */
	int (*run)(const struct context *c, int argc, char *argv[]);
};

int cmd_run(const struct context *c, int argc, char *argv[]);
int cmd_explain(const struct context *c, int argc, char *argv[]);
int cmd_spec(const struct context *c, int argc, char *argv[]);
int cmd_unshare(const struct context *c, int argc, char *argv[]);

extern const struct opt_table run_options, explain_options, spec_options, unshare_options;

/* Parse the command's options with the global ones, act on the global ones; 1 when --help has been printed. out starts
 * with struct global_options. */
int command_options(const struct context *c, const struct command *self, enum opt_order order, int argc, char *argv[], void *out,
		    struct strv *rest);
const struct command *command_find(const char *name);
int print(const char *text);
