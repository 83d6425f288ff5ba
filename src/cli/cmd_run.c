/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_run.c - run; create, which is run that stops before the program; explain, which stops before anything is done. */
#include "base/json.h"
#include "cli/bundle.h"
#include "cli/find.h"
#include "cli/output.h"
#include "cli/run_words.h"
#include "run/background.h"
#include "run/run.h"
#include "run/state.h"
#include <string.h>

#define AT(field) offsetof(struct run_words, field)

_Static_assert(AT(limits) == offsetof(struct limit_words, limits), "limit_options are of both");

/* What will run. */
static const struct opt container_rows[] = {
	{ 'b', "bundle", "DIR", OPT_STRING, AT(bundle), "runc's form: the bundle; the one word is the id then" },
	{ 'f', "config", "FILE", OPT_STRING, AT(config), "read FILE instead of config.json of the bundle" },
	{ 0, "name", "ID", OPT_STRING, AT(name), "id of the container (default: name of the bundle and four digits)" },
	{ 'i', "interactive", NULL, OPT_FLAG, AT(interactive), "keep standard input open (always so in the foreground)" },
	{ 't', "tty", NULL, OPT_FLAG, AT(terminal), "give it a terminal (default: when standard input is one)" },
	{ 'e', "env", "NAME[=VALUE]", OPT_LIST, AT(env), "set an environment variable; without VALUE take ours" },
	{ 0, "env-file", "FILE", OPT_LIST, AT(env_files), "read environment variables from FILE, one a line" },
	{ 'w', "workdir", "DIR", OPT_STRING, AT(workdir), "working directory in the container" },
	{ 'u', "user", "USER[:GROUP]", OPT_STRING, AT(user), "run as this user: ids, or names of the container" },
	{ 0, "hostname", "NAME", OPT_STRING, AT(hostname), "name of the host in the container" },
	{ 0, "read-only", NULL, OPT_FLAG, AT(read_only), "make the root file system read-only" },
	{ 'v', "volume", "SOURCE:DIR[:OPTIONS]", OPT_LIST, AT(volumes), "bind a file or directory: ro, rw, rbind, or any mount option" },
	{ 0, "tmpfs", "DIR[:OPTIONS]", OPT_LIST, AT(tmpfs), "mount a tmpfs" },
	{ 0, "userns", "MODE", OPT_STRING, AT(userns), "user ids: auto, full, single, keep-id[:uid=N,gid=N,size=N], nomap, config" },
	{ 0, "uidmap", "INSIDE:FROM:COUNT", OPT_LIST, AT(uid_maps), "map user ids; FROM 0 is yourself, 1 your first subordinate id" },
	{ 0, "gidmap", "INSIDE:FROM:COUNT", OPT_LIST, AT(gid_maps), "map group ids in the same way" },
	{ 0, "init", "auto|yes|no", OPT_MAYBE, AT(init), "run a reaper as process 1 (auto: unless the command is an init)" },
	{ 0, "preserve-fds", "N", OPT_NUMBER, AT(preserve_fds), "keep the descriptors 3 to 2+N open in the container" },
	{ 0, "no-new-keyring", NULL, OPT_FLAG, AT(no_new_keyring), "keep the session keyring of the caller" },
	{ 0, "cgroups", "MODE", OPT_STRING, AT(cgroups), "its cgroup: auto, split, scope, none, or a path" },
	{ 0, "slice", "NAME.slice", OPT_STRING, AT(slice), "slice of systemd for its scope (default: app.slice)" },
	{ 0, "fallback", "warn|error|quiet", OPT_CHOICE, AT(fallback), "what to do when something works less than it could" },
};
const struct opt_table container_options = OPT_TABLE(container_rows);

/* Who wants to know of it. */
static const struct opt caller_rows[] = {
	{ 0, "pidfile", "FILE", OPT_STRING, AT(pidfile), "write the process id of process 1, as the host sees it" },
	{ 0, "pid-file", "FILE", OPT_STRING, AT(pidfile), NULL },
	{ 0, "console-socket", "PATH", OPT_STRING, AT(console_socket), "send the terminal to who listens at this socket" },
	{ 0, "pidfd-socket", "PATH", OPT_STRING, AT(pidfd_socket), "send a pidfd of process 1 to who listens at this socket" },
	{ 0, "no-pivot", NULL, OPT_FLAG, AT(no_pivot), "accepted for runc's callers: pivot_root(2) is used all the same" },
	{ 0, "no-subreaper", NULL, OPT_FLAG, AT(no_subreaper), "leave orphans of a container without a pid namespace to others" },
};
const struct opt_table caller_options = OPT_TABLE(caller_rows);

static const struct opt run_rows[] = {
	{ 0, "replace", NULL, OPT_FLAG, AT(replace), "stop and remove a container of the same id first" },
	{ 'd', "detach", NULL, OPT_FLAG, AT(detach), "return when it runs, and print its id (not in runc's form)" },
	{ 0, "rm", NULL, OPT_FLAG, AT(rm), "with --detach: remove it when it has ended (always so in the foreground)" },
	{ 0, "keep", NULL, OPT_FLAG, AT(keep), "keep its state when it has ended, until it is deleted" },
	{ 0, "dry-run", NULL, OPT_FLAG, AT(dry_run), "show the plan and do nothing" },
};
const struct opt_table run_options = OPT_TABLE(run_rows);

static const struct opt create_rows[] = {
	{ 'c', "console-socket", "PATH", OPT_STRING, AT(console_socket), NULL },
	{ 'p', "pid-file", "FILE", OPT_STRING, AT(pidfile), NULL },
	{ 'd', "detach", NULL, OPT_FLAG, AT(detach), NULL },
};
const struct opt_table create_options = OPT_TABLE(create_rows);

static const struct opt explain_rows[] = {
	{ 0, "format", "text|json", OPT_CHOICE, AT(format), "form of the plan" },
};
const struct opt_table explain_options = OPT_TABLE(explain_rows);

static int show(const struct context *c, const struct plan *p, int format)
{
	autojson struct json_writer *w = NULL;

	if (format == 0)
		return print(plan_text(c->arena, p));
	w = json_writer_new(JSON_PRETTY);
	plan_json(w, p);
	return print(json_text(w, NULL));
}

/* ---- the commands ---- */

/* What a command line of run, create or explain has come to. */
struct decided {
	const char *bundle;
	struct run_words words;
	struct plan_options options;
	struct spec spec;
	struct plan plan;
};

static int choose(const struct context *c, const struct strv *words, bool create, struct decided *d)
{
	struct plan_options *o = &d->options;
	int r = 0;

	if (create)
		o->form = FORM_RUNC;
	else
		r = bundle_choose_form(c, d->words.bundle, words->v[0], &o->form);
	if (r < 0)
		return r;
	if (o->form == FORM_RUNC && words->n > 1)
		return err_set(EINVAL, "usage", "'%s': with an id there are no further words; the command is in config.json", words->v[1]);
	if (o->form == FORM_RUNC && (d->words.name || d->words.rm))
		return err_set(EINVAL, "usage", "--%s: not in runc's form, where the word is the id and its caller deletes it",
			       d->words.name ? "name" : "rm");
	d->bundle = o->form == FORM_USER ? words->v[0] : d->words.bundle ? d->words.bundle : ".";
	o->id = o->form == FORM_RUNC ? words->v[0] : d->words.name ? d->words.name : bundle_id(c->arena, words->v[0]);
	for (size_t i = 1; i < words->n; i++)
		strv_push(c->arena, &o->args, words->v[i]);
	return state_check_id(o->id);
}

/* Returns 1 when there is nothing more to do. */
static int decide(const struct context *c, const char *name, int argc, char *argv[], struct decided *d)
{
	struct strv words = { 0 };
	bool create = strcmp(name, "create") == 0;
	int r = command_options(c, command_find(name), OPT_AROUND_WORD, argc, argv, &d->words, &words);

	if (r != 0)
		return r;
	if (words.n == 0)
		return err_advise(err_set(EINVAL, "usage", "%s needs %s", name, create ? "an id" : "a bundle"),
				  &(struct advice){ .now = arena_printf(c->arena, "urun %s --help", name) });
	if ((r = choose(c, &words, create, d)) < 0)
		return r;
	if ((r = run_words_to_options(c, &d->words, &d->options)) < 0)
		return r;
	return bundle_plan(c, d->bundle, d->words.config, &d->options, &d->spec, &d->plan);
}

/* A terminal needs somebody at its other end, and a socket something to send. */
static int check_terminal(const struct decided *d, bool detached)
{
	bool terminal = d->plan.process.terminal;

	if (terminal && detached && !d->words.console_socket)
		return err_advise(
			err_set(EINVAL, "console-socket", "config.json: /process/terminal is true, and nobody is at its other end"),
			&(struct advice){ .now = "use --console-socket, or set /process/terminal to false" });
	if (!terminal && d->words.console_socket)
		return err_set(EINVAL, "console-socket", "--console-socket: config.json: /process/terminal is not true");
	return 0;
}

/* Who connects the network is looked after by our supervisor, and a caller of runc's form is its own. */
static int check_network(const struct decided *d, enum run_mode mode)
{
	if (d->plan.network.helper == NETWORK_NOBODY || mode == RUN_FOREGROUND || d->options.form == FORM_USER)
		return 0;
	return err_advise(err_set(ENOTSUP, "network-detached",
				  "--network=%s: not with --detach in runc's form, where nobody stays to end %s",
				  network_helper_name(d->plan.network.helper), network_helper_name(d->plan.network.helper)),
			  &(struct advice){ .now = "urun run --detach ./BUNDLE" });
}

/* `exec` starts from what process 1 is, also where options decided who that is. */
static void keep_user(struct decided *d)
{
	struct spec_user *u = &d->spec.process->user;

	u->uid = d->plan.process.uid;
	u->gid = d->plan.process.gid;
	u->additional_gids = (struct u32_list){ .items = d->plan.process.groups.items, .n = d->plan.process.groups.n };
}

static const char *config_text(struct arena *a, const void *of)
{
	return spec_text(a, of);
}

/* A caller of runc's form looks after the container itself; a person wants somebody to do it. */
static int run_it(const struct context *c, const struct decided *d, struct run_request *q)
{
	struct output output;
	int r;

	if (q->mode != RUN_DETACHED || d->options.form == FORM_RUNC)
		return run_container(c->arena, q);
	q->keep = !d->words.rm;
	if ((r = output_open(c->arena, d->options.id, &output)) < 0)
		return r;
	r = run_in_background(c->arena, q, output.fd);
	(void)close(output.fd);
	if (r < 0) {
		output_drop(&output);
		return r;
	}
	output_keep(c->arena, d->options.id, &output);
	return print(arena_printf(c->arena, "%s\n", d->options.id));
}

static int carry_out(const struct context *c, struct decided *d, enum run_mode mode)
{
	const struct run_words *w = &d->words;
	int r;

	if ((r = check_terminal(d, mode != RUN_FOREGROUND)) < 0)
		return r;
	if ((r = check_network(d, mode)) < 0)
		return r;
	/* Callers of runc expect silence on standard error while all goes well; --log has the notes. */
	c->report->quiet_stderr = d->options.form == FORM_RUNC;
	if (w->no_pivot)
		log_warn("no-pivot", "--no-pivot: pivot_root(2) is used all the same, because nothing else keeps a program inside");
	tell_notes(&d->plan, d->options.fallback);
	c->report->quiet_stderr = mode != RUN_FOREGROUND;
	keep_user(d);
	if (w->replace && (r = find_and_delete(c, w->global.root, d->options.id, true)) < 0)
		return r;
	return run_it(c, d,
		      &(struct run_request){
			      .plan = &d->plan,
			      .config = { .text = config_text, .of = &d->spec },
			      .mode = mode,
			      .state_root = w->global.root,
			      .pidfile = w->pidfile,
			      .console_socket = w->console_socket,
			      .pidfd_socket = w->pidfd_socket,
			      .keep = w->keep,
			      .no_subreaper = w->no_subreaper,
			      .log_level = c->report->level,
		      });
}

/* Only by trying is it found out, because asking for its version would take a millisecond of every start. Where it was not asked for, it
 * is as if it was not there. */
static bool is_too_old(const struct decided *d)
{
	const struct network_options *n = &d->options.network;

	return strcmp(err_last()->code, "network-old") == 0 && n->mode == NETWORK_AUTO && n->publish.n == 0 && !n->too_old &&
	       d->plan.network.helper == NETWORK_BY_SLIRP4NETNS;
}

static int without_slirp4netns(const struct context *c, struct decided *d)
{
	int r;

	d->options.network.too_old = err_keep(c->arena)->text;
	if ((r = bundle_plan(c, d->bundle, d->words.config, &d->options, &d->spec, &d->plan)) < 0)
		return r;
	return carry_out(c, d, d->words.detach ? RUN_DETACHED : RUN_FOREGROUND);
}

int cmd_run(const struct context *c, int argc, char *argv[])
{
	struct decided d = { 0 };
	int r = decide(c, "run", argc, argv, &d);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (d.words.dry_run)
		return show(c, &d.plan, 0);
	r = carry_out(c, &d, d.words.detach ? RUN_DETACHED : RUN_FOREGROUND);
	return r < 0 && is_too_old(&d) ? without_slirp4netns(c, &d) : r;
}

int cmd_create(const struct context *c, int argc, char *argv[])
{
	struct decided d = { 0 };
	int r = decide(c, "create", argc, argv, &d);

	if (r != 0)
		return r == 1 ? 0 : r;
	return carry_out(c, &d, RUN_CREATE);
}

int cmd_explain(const struct context *c, int argc, char *argv[])
{
	struct decided d = { 0 };
	int r = decide(c, "explain", argc, argv, &d);

	if (r != 0)
		return r == 1 ? 0 : r;
	return show(c, &d.plan, d.words.format);
}
