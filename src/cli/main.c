/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"
#include "cli/commands.h"
#include "linux/selfexe.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define GLOBAL(field) offsetof(struct global_options, field)

static const struct opt global_rows[] = {
	{ 'r', "root", "DIR", OPT_STRING, GLOBAL(root), "where containers are recorded (default: $XDG_RUNTIME_DIR/urun)" },
	{ 'l', "log", "FILE", OPT_STRING, GLOBAL(log), "append messages to FILE too; or to journald:NAME, syslog:NAME" },
	{ 0, "log-format", "text|json", OPT_CHOICE, GLOBAL(log_format), "form of the messages" },
	{ 0, "log-level", "error|warning|info|debug", OPT_STRING, GLOBAL(log_level), "the least that is told (default: warning)" },
	{ 's', "systemd-cgroup", NULL, OPT_FLAG, GLOBAL(systemd_cgroup), "in runc's form: a scope of systemd, as cgroupsPath names it" },
	{ 0, "cgroup-manager", "cgroupfs|systemd|disabled", OPT_CHOICE, GLOBAL(cgroup_manager), "the same in crun's words" },
	{ 0, "rootless", "true|false|auto", OPT_PEER_VALUE, GLOBAL(common), NULL },
	{ 0, "criu", "PATH", OPT_PEER_VALUE, GLOBAL(peer), NULL },
	{ 0, "systemd-log", NULL, OPT_PEER, GLOBAL(peer), NULL },
	{ 0, "debug", NULL, OPT_FLAG, GLOBAL(debug), "tell everything, with microseconds per step" },
	{ 'h', "help", NULL, OPT_FLAG, GLOBAL(help), "show this help" },
	{ 'v', "version", NULL, OPT_FLAG, GLOBAL(version), "show the version" },
	{ 'V', "version", NULL, OPT_FLAG, GLOBAL(version), NULL },
	{ '?', "usage", NULL, OPT_FLAG, GLOBAL(help), NULL },
};
const struct opt_table global_options = OPT_TABLE(global_rows);

static const struct command commands[] = {
	{ "run",
	  "[OPTION…] BUNDLE [COMMAND [ARG…]]\n       urun run [OPTION…] [-b BUNDLE] ID",
	  "run an OCI bundle",
	  { &container_options, &network_options, &limit_options, &caller_options, &run_options },
	  cmd_run,
	  COMMAND_PERSON },
	{ "explain",
	  "[OPTION…] BUNDLE [COMMAND [ARG…]]",
	  "show what run would do, and do nothing",
	  { &container_options, &network_options, &limit_options, &explain_options },
	  cmd_explain,
	  COMMAND_PERSON },
	{ "exec", "[OPTION…] ID [COMMAND [ARG…]]", "run one more program in a container", { &exec_options }, cmd_exec, COMMAND_EXEC },
	{ "create",
	  "[OPTION…] [-b BUNDLE] ID",
	  "make a container that waits for its start",
	  { &container_options, &limit_options, &caller_options, &create_options },
	  cmd_create,
	  COMMAND_PROGRAM },
	{ "start", "ID…", "let a created container run its program", { &start_options }, cmd_start, COMMAND_QUESTION },
	{ "state", "ID", "print the state of a container", { &state_options }, cmd_state, COMMAND_QUESTION },
	{ "list", "[OPTION…]", "list containers", { &list_options }, cmd_list, COMMAND_QUESTION },
	{ "logs", "[OPTION…] ID", "print the output of a container in the background", { &logs_options }, cmd_logs, COMMAND_QUESTION },
	{ "inspect", "ID…", "print all that is known of a container", { &inspect_options }, cmd_inspect, COMMAND_QUESTION },
	{ "port",
	  "ID [ls]\n       urun port ID add|rm [[IP:][HOST]:]PORT[/PROTOCOL]…",
	  "show or change the published ports of a container",
	  { &port_options },
	  cmd_port,
	  COMMAND_QUESTION },
	{ "ps",
	  "[OPTION…] ID [PS-OPTION…]",
	  "list the processes of a container as the host sees them",
	  { &ps_options },
	  cmd_ps,
	  COMMAND_QUESTION },
	{ "top", "ID", "list the processes of a container as it sees them", { &top_options }, cmd_top, COMMAND_QUESTION },
	{ "events", "[OPTION…] ID", "print what a container uses, again and again", { &events_options }, cmd_events, COMMAND_QUESTION },
	{ "stats", "[OPTION…] [ID…]", "show what containers use, and keep it up to date", { &stats_options }, cmd_stats, COMMAND_QUESTION },
	{ "kill", "[OPTION…] ID [SIGNAL]", "send a signal to a container", { &kill_options }, cmd_kill, COMMAND_QUESTION },
	{ "stop", "[OPTION…] ID…", "ask a container to end, and kill it if it does not", { &stop_options }, cmd_stop, COMMAND_QUESTION },
	{ "wait", "ID…", "wait until a container has ended, and print its exit status", { &wait_options }, cmd_wait, COMMAND_QUESTION },
	{ "pause", "ID…", "stop all processes of a container", { &pause_options }, cmd_pause, COMMAND_QUESTION },
	{ "resume", "ID…", "let a paused container go on", { &resume_options }, cmd_resume, COMMAND_QUESTION },
	{ "update", "[OPTION…] ID", "change the limits of a container", { &limit_options, &update_options }, cmd_update, COMMAND_QUESTION },
	{ "delete", "[OPTION…] ID…", "remove what is left of a container", { &delete_options }, cmd_delete, COMMAND_QUESTION },
	{ "features", "", "print what this urun can do, as JSON", { &features_options }, cmd_features, COMMAND_QUESTION },
	{ "spec", "[OPTION…]", "write a config.json for a root file system", { &spec_options }, cmd_spec, COMMAND_PERSON },
	{ "unshare",
	  "[OPTION…] [--] [COMMAND [ARG…]]",
	  "run a command with all your user ids",
	  { &unshare_options },
	  cmd_unshare,
	  COMMAND_PERSON },
};

/* Words of runc and podman for the same. */
static const char *const aliases[][2] = { { "rm", "delete" }, { "ls", "list" }, { "unpause", "resume" } };

int print(const char *text)
{
	int r = write_all(STDOUT_FILENO, text, strlen(text));

	if (r < 0) {
		errno = -r;
		return err_sys("cannot write to standard output");
	}
	return 0;
}

int print_json(struct json_writer *w)
{
	int r = print(json_text(w, NULL));

	return r < 0 ? r : print("\n");
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcmp(aliases[i][0], name) == 0)
			name = aliases[i][1];
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int print_help(struct arena *a)
{
	const char *list = "";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		list = arena_printf(a, "%s  %-9s %s\n", list, commands[i].name, commands[i].help);
	return print(arena_printf(a,
				  "Usage: urun [OPTION…] COMMAND …\n\nRun OCI containers as a normal user.\n\nCommands:\n%s\nOptions:\n%s\n"
				  "`urun COMMAND --help` shows the options of a command; urun(1) and urun-COMMAND(1) say more.\n",
				  list, opts_help(a, &global_options)));
}

static int print_command_help(struct arena *a, const struct command *c)
{
	const char *own = "";

	for (size_t i = 0; i < ARRAY_SIZE(c->options) && c->options[i]; i++)
		own = arena_printf(a, "%s%s", own, opts_help(a, c->options[i]));
	return print(arena_printf(a, "Usage: urun %s %s\n\n%c%s.\n\n%s%s%sGlobal options:\n%s", c->name, c->words, c->help[0] - 'a' + 'A',
				  c->help + 1, *own ? "Options:\n" : "", own, *own ? "\n" : "", opts_help(a, &global_options)));
}

/* Callers look at the first word. */
static int print_version(const struct context *c)
{
	const char *program = c->compat && strcmp(c->report->program, "urun") == 0 ? "runc" : c->report->program;

	return print(arena_printf(c->arena, "%s version %s\ncommit: %s\nspec: 1.3.0\n", program, VERSION, VERSION));
}

static int set_level(struct report *r, const struct global_options *g)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	if (g->debug)
		r->level = LOG_LEVEL_DEBUG;
	if (!g->log_level)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], g->log_level) == 0) {
			r->level = (enum log_level)i;
			return 0;
		}
	return err_set(EINVAL, "usage", "--log-level=%s: must be error, warning, info or debug", g->log_level);
}

static int apply_global(struct report *r, const struct global_options *g)
{
	int e;

	r->format = g->log_format;
	r->wants_warnings = g->log_level || g->debug;
	if ((e = set_level(r, g)) < 0)
		return e;
	if (g->log && r->log < 0 && (e = report_open_log(r, g->log)) < 0)
		return e;
	report_begin(r);
	return 0;
}

int command_options(const struct context *c, const struct command *self, enum opt_order order, int argc, char *argv[], void *out,
		    struct strv *rest)
{
	struct opt_table tables[ARRAY_SIZE(self->options) + 1];
	struct global_options *g = out;
	size_t n = 0;
	int r;

	while (n < ARRAY_SIZE(self->options) && self->options[n]) {
		tables[n] = *self->options[n];
		n++;
	}
	tables[n++] = global_options;
	*g = *c->global;
	if ((r = opts_parse(c->arena, tables, n, order, argc, argv, out, rest)) < 0)
		return r;
	if ((r = apply_global(c->report, g)) < 0)
		return r;
	c->report->quiet_stderr = true;
	for (size_t i = 0; i < g->peer.n; i++)
		log_warn("option-ignored", "option --%s has no effect here", g->peer.v[i]);
	for (size_t i = 0; i < g->common.n; i++)
		log_debug("option --%s has no effect here", g->common.v[i]);
	c->report->quiet_stderr = self->kind != COMMAND_PERSON;
	if (!g->help)
		return 0;
	return (r = print_command_help(c->arena, self)) < 0 ? r : 1;
}

static int unknown_command(const char *name)
{
	if (strcmp(name, "checkpoint") == 0 || strcmp(name, "restore") == 0)
		return err_set(ENOTSUP, "unsupported", "%s is not supported: CRIU needs privileges that a normal user does not have", name);
	return err_advise(err_set(EINVAL, "usage", "unknown command '%s'", name),
			  &(struct advice){ .now = "urun --help lists the commands" });
}

static int dispatch(const struct context *c, int argc, char *argv[], enum command_kind *ret_kind)
{
	struct strv words = { 0 };
	const struct command *command;
	int r;

	if ((r = opts_parse(c->arena, &global_options, 1, OPT_FIRST, argc - 1, argv + 1, c->global, &words)) < 0)
		return r;
	/* Also what is wrong before the command fails as that command does. */
	if (words.n > 0 && (command = command_find(words.v[0])))
		*ret_kind = command->kind;
	if ((r = apply_global(c->report, c->global)) < 0)
		return r;
	if (c->global->version)
		return print_version(c);
	if (c->global->help && words.n == 0)
		return print_help(c->arena);
	if (words.n == 0)
		return err_advise(err_set(EINVAL, "usage", "no command"), &(struct advice){ .now = "urun --help lists the commands" });
	if (strcmp(words.v[0], "help") == 0)
		return words.n > 1 && (command = command_find(words.v[1])) ? print_command_help(c->arena, command) : print_help(c->arena);
	if (strcmp(words.v[0], "version") == 0)
		return print_version(c);
	if (!(command = command_find(words.v[0])))
		return unknown_command(words.v[0]);
	return command->run(c, (int)words.n - 1, words.v + 1);
}

/* The name decides how we answer: callers of runc and crun see what they expect. */
static const char *name_of(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL, *name = slash ? slash + 1 : argv0;

	return name && (strcmp(name, "runc") == 0 || strcmp(name, "crun") == 0) ? name : "urun";
}

/* A closed 0, 1 or 2 would become a descriptor of ours, and the container would have it. */
static int open_standard_fds(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
			return err_sys("cannot open '/dev/null'");
	} while (fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	(void)close(fd);
	return 0;
}

/* runc has one status for every failure of its own, and another one for exec. */
static int failure(const struct context *c, enum command_kind kind, int status)
{
	if (c->compat)
		return kind == COMMAND_EXEC ? 255 : 1;
	return kind == COMMAND_QUESTION ? 1 : status;
}

int main(int argc, char *argv[])
{
	autoarena arena = { 0 };
	struct global_options global = { 0 };
	struct report report = {
		.program = name_of(argv[0]), .level = LOG_LEVEL_WARNING, .log = -1, .quiet_codes = getenv("URUN_QUIET"), .arena = &arena
	};
	const char *compat = getenv("URUN_COMPAT");
	const struct context c = {
		.arena = &arena,
		.report = &report,
		.global = &global,
		.compat = strcmp(report.program, "urun") != 0 || (compat && strcmp(compat, "runc") == 0),
	};
	enum command_kind kind = COMMAND_PERSON;
	int r = open_standard_fds();

	if (r == 0)
		r = selfexe_protect(argv);
	if (r == 0)
		r = dispatch(&c, argc, argv, &kind);
	if (r < 0)
		r = failure(&c, kind, report_error(&report));
	report_end(&report);
	return r;
}
