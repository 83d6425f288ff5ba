/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"
#include "cli/commands.h"
#include "linux/selfexe.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define GLOBAL(field) offsetof(struct global_options, field)

static const struct opt global_rows[] = {
	{ 0, "root", "DIR", OPT_STRING, GLOBAL(root), "where containers are recorded (default: $XDG_RUNTIME_DIR/urun)" },
	{ 0, "log", "FILE", OPT_STRING, GLOBAL(log), "append messages to FILE too" },
	{ 0, "log-format", "text|json", OPT_CHOICE, GLOBAL(log_format), "form of the messages" },
	{ 0, "log-level", "error|warning|info|debug", OPT_STRING, GLOBAL(log_level), "the least that is told (default: warning)" },
	{ 0, "debug", NULL, OPT_FLAG, GLOBAL(debug), "tell everything, with microseconds per step" },
	{ 'h', "help", NULL, OPT_FLAG, GLOBAL(help), "show this help" },
	{ 'v', "version", NULL, OPT_FLAG, GLOBAL(version), "show the version" },
};
const struct opt_table global_options = OPT_TABLE(global_rows);

static const struct command commands[] = {
	{ "run", "[OPTION…] BUNDLE [COMMAND [ARG…]]\n       urun run [OPTION…] [-b BUNDLE] ID", "run an OCI bundle", &run_options,
	  cmd_run },
	{ "explain", "[OPTION…] BUNDLE [COMMAND [ARG…]]", "show what run would do, and do nothing", &explain_options, cmd_explain },
	{ "spec", "[OPTION…]", "write a config.json for a root file system", &spec_options, cmd_spec },
	{ "unshare", "[OPTION…] [--] [COMMAND [ARG…]]", "run a command with all your user ids", &unshare_options, cmd_unshare },
};

int print(const char *text)
{
	int r = write_all(STDOUT_FILENO, text, strlen(text));

	if (r < 0) {
		errno = -r;
		return err_sys("cannot write to standard output");
	}
	return 0;
}

const struct command *command_find(const char *name)
{
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
	return print(arena_printf(a, "Usage: urun %s %s\n\n%c%s.\n\nOptions:\n%s\nGlobal options:\n%s", c->name, c->words,
				  c->help[0] - 'a' + 'A', c->help + 1, opts_help(a, c->options), opts_help(a, &global_options)));
}

static int print_version(const char *program)
{
	autoarena a = { 0 };

	return print(arena_printf(&a, "%s version %s\nspec: 1.3.0\n", program, VERSION));
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
	const struct opt_table tables[] = { *self->options, global_options };
	struct global_options *g = out;
	int r;

	*g = *c->global;
	if ((r = opts_parse(c->arena, tables, ARRAY_SIZE(tables), order, argc, argv, out, rest)) < 0)
		return r;
	if ((r = apply_global(c->report, g)) < 0)
		return r;
	if (!g->help)
		return 0;
	return (r = print_command_help(c->arena, self)) < 0 ? r : 1;
}

static int unknown_command(const char *name)
{
	return err_advise(err_set(EINVAL, "usage", "unknown command '%s'", name),
			  &(struct advice){ .now = "urun --help lists the commands" });
}

static int dispatch(const struct context *c, int argc, char *argv[])
{
	struct strv words = { 0 };
	const struct command *command;
	int r;

	if ((r = opts_parse(c->arena, &global_options, 1, OPT_FIRST, argc - 1, argv + 1, c->global, &words)) < 0)
		return r;
	if ((r = apply_global(c->report, c->global)) < 0)
		return r;
	if (c->global->version)
		return print_version(c->report->program);
	if (c->global->help && words.n == 0)
		return print_help(c->arena);
	if (words.n == 0)
		return err_advise(err_set(EINVAL, "usage", "no command"), &(struct advice){ .now = "urun --help lists the commands" });
	if (strcmp(words.v[0], "help") == 0)
		return words.n > 1 && (command = command_find(words.v[1])) ? print_command_help(c->arena, command) : print_help(c->arena);
	if (strcmp(words.v[0], "version") == 0)
		return print_version(c->report->program);
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

int main(int argc, char *argv[])
{
	autoarena arena = { 0 };
	struct global_options global = { 0 };
	struct report report = { .program = name_of(argv[0]), .level = LOG_LEVEL_WARNING, .log = -1, .quiet_codes = getenv("URUN_QUIET") };
	const char *compat = getenv("URUN_COMPAT");
	const struct context c = {
		.arena = &arena,
		.report = &report,
		.global = &global,
		.compat = strcmp(report.program, "urun") != 0 || (compat && strcmp(compat, "runc") == 0),
	};
	int r = open_standard_fds();

	if (r == 0)
		r = selfexe_protect(argv);
	if (r == 0)
		r = dispatch(&c, argc, argv);
	if (report.log >= 0 && r >= 0)
		(void)close(report.log);
	if (r >= 0)
		return r;
	r = report_error(&report);
	return c.compat ? 1 : r; /* runc has one status for every failure of its own */
}
