/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* commands.h - the commands; each has a file of its own. */
#include "base/json.h"
#include "cli/opt.h"
#include "cli/report.h"
#include "plan/plan.h"

/* Options that stand before the command, or among its own. */
struct global_options {
	const char *root, *log, *log_level;
	int log_format, cgroup_manager;
	bool debug, help, version, systemd_cgroup;
	struct strv peer, common; /* options that were given and have no meaning here; common: runc and crun have them both */
};

extern const struct opt_table global_options;

/* What the words of a command with limit_options start with. */
struct limit_words {
	struct global_options global;
	struct limit_options limits;
};

struct context {
	struct arena *arena;
	struct report *report;
	struct global_options *global;
	bool compat; /* runc's name or URUN_COMPAT=runc: runc's command line only */
};

enum command_kind {
	COMMAND_PERSON,	  /* for people: warnings are shown; urun's own failures are 125 to 127 */
	COMMAND_PROGRAM,  /* runs a program for a caller: silent on standard error unless it fails, statuses as above */
	COMMAND_QUESTION, /* about containers: silent as well, and 1 is its failure */
	COMMAND_EXEC,	  /* as COMMAND_PROGRAM, but where runc's statuses are wanted its failure is 255 */
};

struct command {
	const char *name, *words, *help;
	/* Up to five, which others may share; offsets in its own struct, which starts with struct global_options. */
	const struct opt_table *options[5];
	/* Returns the exit status, or -errno with a sentence. */
	int (*run)(const struct context *c, int argc, char *argv[]);
	enum command_kind kind;
};

int cmd_run(const struct context *c, int argc, char *argv[]);
int cmd_create(const struct context *c, int argc, char *argv[]);
int cmd_explain(const struct context *c, int argc, char *argv[]);
int cmd_exec(const struct context *c, int argc, char *argv[]);
int cmd_start(const struct context *c, int argc, char *argv[]);
int cmd_state(const struct context *c, int argc, char *argv[]);
int cmd_logs(const struct context *c, int argc, char *argv[]);
int cmd_list(const struct context *c, int argc, char *argv[]);
int cmd_kill(const struct context *c, int argc, char *argv[]);
int cmd_delete(const struct context *c, int argc, char *argv[]);
int cmd_pause(const struct context *c, int argc, char *argv[]);
int cmd_resume(const struct context *c, int argc, char *argv[]);
int cmd_ps(const struct context *c, int argc, char *argv[]);
int cmd_top(const struct context *c, int argc, char *argv[]);
int cmd_events(const struct context *c, int argc, char *argv[]);
int cmd_port(const struct context *c, int argc, char *argv[]);
int cmd_stats(const struct context *c, int argc, char *argv[]);
int cmd_update(const struct context *c, int argc, char *argv[]);
int cmd_features(const struct context *c, int argc, char *argv[]);
int cmd_wait(const struct context *c, int argc, char *argv[]);
int cmd_stop(const struct context *c, int argc, char *argv[]);
int cmd_inspect(const struct context *c, int argc, char *argv[]);
int cmd_spec(const struct context *c, int argc, char *argv[]);
int cmd_unshare(const struct context *c, int argc, char *argv[]);

extern const struct opt_table container_options, limit_options, network_options, caller_options, run_options, create_options,
	explain_options, exec_options, start_options, state_options, list_options, logs_options, kill_options, delete_options,
	pause_options, resume_options, ps_options, top_options, events_options, stats_options, port_options, update_options,
	features_options, wait_options, stop_options, inspect_options, spec_options, unshare_options;

/* Parse the command's options with the global ones, act on the global ones; 1 when --help has been printed. out starts
 * with struct global_options. */
int command_options(const struct context *c, const struct command *self, enum opt_order order, int argc, char *argv[], void *out,
		    struct strv *rest);
const struct command *command_find(const char *name);
int print(const char *text);
/* With a newline behind it. */
int print_json(struct json_writer *w);
