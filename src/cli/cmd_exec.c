/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/file.h"
#include "cli/bundle.h"
#include "cli/find.h"
#include "spec/spec.h"
#include "cli/run_words.h"
#include "linux/host_probe.h"
#include "run/run.h"
#include <fcntl.h>
#include <string.h>

struct exec_words {
	struct global_options global;
	const char *process, *cwd, *user, *pidfile, *console_socket, *pidfd_socket, *process_label, *apparmor, *cgroup;
	struct strv env, caps, groups;
	unsigned preserve_fds;
	bool terminal, interactive, detach, no_new_privs, ignore_paused;
};

#define AT(field) offsetof(struct exec_words, field)

static const struct opt rows[] = {
	{ 'p', "process", "FILE", OPT_STRING, AT(process), "the process as in config.json; then no COMMAND is given" },
	{ 'e', "env", "NAME[=VALUE]", OPT_LIST, AT(env), "set an environment variable; without VALUE take ours" },
	{ 0, "cwd", "DIR", OPT_STRING, AT(cwd), "working directory in the container" },
	{ 'w', "workdir", "DIR", OPT_STRING, AT(cwd), NULL },
	{ 'u', "user", "USER[:GROUP]", OPT_STRING, AT(user), "run as this user: ids, or names of the container" },
	{ 'g', "additional-gids", "GID", OPT_LIST, AT(groups), "one more group" },
	{ 't', "tty", NULL, OPT_FLAG, AT(terminal), "give it a terminal" },
	{ 'i', "interactive", NULL, OPT_FLAG, AT(interactive), "keep standard input open (always so in the foreground)" },
	{ 'd', "detach", NULL, OPT_FLAG, AT(detach), "return when it runs" },
	{ 'c', "cap", "CAP", OPT_LIST, AT(caps), "one more capability" },
	{ 0, "no-new-privs", NULL, OPT_FLAG, AT(no_new_privs), "set no_new_privs" },
	{ 0, "apparmor", "PROFILE", OPT_STRING, AT(apparmor), "AppArmor profile" },
	{ 0, "process-label", "LABEL", OPT_STRING, AT(process_label), "SELinux label" },
	{ 0, "preserve-fds", "N", OPT_NUMBER, AT(preserve_fds), "keep the descriptors 3 to 2+N open in the process" },
	{ 0, "pid-file", "FILE", OPT_STRING, AT(pidfile), "write the process id, as the host sees it" },
	{ 0, "pidfile", "FILE", OPT_STRING, AT(pidfile), NULL },
	{ 0, "console-socket", "PATH", OPT_STRING, AT(console_socket), "send the terminal to who listens at this socket" },
	{ 0, "pidfd-socket", "PATH", OPT_STRING, AT(pidfd_socket), "send a pidfd of the process to who listens at this socket" },
	{ 0, "cgroup", "PATH", OPT_STRING, AT(cgroup), "cgroup below the container's own" },
	{ 0, "ignore-paused", NULL, OPT_FLAG, AT(ignore_paused), "also in a paused container" },
};
const struct opt_table exec_options = OPT_TABLE(rows);

/* The words behind the id are the program's. */
static int read_words(const struct exec_words *w, const struct strv *words)
{
	if (words->n == 0)
		return err_set(EINVAL, "usage", "exec needs the id of a container");
	if (!w->process && words->n == 1)
		return err_set(EINVAL, "usage", "exec needs a command, or --process");
	if (w->process && words->n > 1)
		return err_set(EINVAL, "usage", "'%s': the command is in the file of --process", words->v[1]);
	return 0;
}

static int check_status(const struct container *c, const struct exec_words *w)
{
	if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
		return err_set(ESRCH, "not-running", "container not running: '%s' is %s", c->id, status_name(c->status));
	if (c->status == STATUS_PAUSED && !w->ignore_paused)
		return err_advise(err_set(EBUSY, "status", "container '%s' is paused", c->id),
				  &(struct advice){ .now = "resume it first, or use --ignore-paused" });
	return 0;
}

static int load_process(const struct context *c, const char *path, struct spec *s)
{
	struct spec_process *own = s->process;
	size_t len;
	char *text;
	int r = file_read(c->arena, AT_FDCWD, path, SPEC_SIZE_MAX, &text, &len);

	if (r < 0)
		return err_in(r, "--process");
	s->process = arena_alloc(c->arena, sizeof(*s->process));
	if ((r = spec_parse_process(c->arena, path, text, len, s->process)) < 0)
		return r;
	plan_complete_exec(own, s->process);
	return 0;
}

static int edit(const struct context *c, const struct exec_words *w, const struct strv *words, struct spec *s)
{
	struct exec_edits e = {
		.cwd = w->cwd,
		.apparmor = w->apparmor,
		.selinux = w->process_label,
		.caps = w->caps,
		.groups = w->groups,
		.terminal = w->terminal,
		.no_new_privs = w->no_new_privs,
	};
	int r;

	for (size_t i = 1; i < words->n; i++)
		strv_push(c->arena, &e.args, words->v[i]);
	if ((r = env_collect(c->arena, &w->env, &e.env)) < 0)
		return r;
	return plan_edit_exec(c->arena, &e, s);
}

static int decide(const struct context *c, const struct exec_words *w, const struct strv *words, const struct container *found,
		  struct plan *ret)
{
	struct plan_options o = {
		.form = FORM_EXEC,
		.id = found->id,
		.user = w->user,
		.preserve_fds = w->preserve_fds,
		.listen_fds = fds_listening(),
		.listen_names = getenv("LISTEN_FDNAMES"),
	};
	struct host_query q;
	struct host host;
	struct spec spec;
	int r;

	if ((r = fds_check(o.listen_fds + o.preserve_fds)) < 0)
		return r;
	if ((r = find_spec(found, &spec)) < 0)
		return r;
	r = w->process ? load_process(c, w->process, &spec) : edit(c, w, words, &spec);
	if (r == 0)
		r = spec_check(c->arena, &spec);
	if (r < 0)
		return r;
	plan_query_exec(&spec, &o, found->record.pid, &q);
	if (w->user) {
		q.bundle = "/";
		q.rootfs = arena_printf(c->arena, "/proc/%d/root/.", (int)found->record.pid);
	}
	if ((r = host_probe(c->arena, &q, &host)) < 0)
		return r;
	host.bundle = found->record.bundle;
	return plan_exec(c->arena, &spec, &host, &o, ret);
}

static int check_terminal(const struct exec_words *w, bool terminal)
{
	if (terminal && w->detach && !w->console_socket)
		return err_advise(err_set(EINVAL, "console-socket", "a detached process with a terminal needs somebody at its other end"),
				  &(struct advice){ .now = "use --console-socket" });
	if (!terminal && w->console_socket)
		return err_set(EINVAL, "console-socket", "--console-socket: the process has no terminal");
	return 0;
}

int cmd_exec(const struct context *c, int argc, char *argv[])
{
	struct exec_words w = { 0 };
	autocontainer found = { .dir = -1 };
	struct strv words = { 0 };
	struct plan plan;
	int r = command_options(c, command_find("exec"), OPT_FIRST, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = read_words(&w, &words)) < 0)
		return r;
	if ((r = find_container(c, w.global.root, words.v[0], &found)) < 0)
		return r;
	if ((r = check_status(&found, &w)) < 0)
		return r;
	if ((r = decide(c, &w, &words, &found, &plan)) < 0)
		return r;
	if ((r = check_terminal(&w, plan.process.terminal)) < 0)
		return r;
	tell_notes(&plan, FALLBACK_WARN);
	return run_exec(c->arena, &(struct exec_request){
					  .plan = &plan,
					  .init = (pid_t)found.record.pid,
					  .init_start = found.record.pid_start,
					  .new_ns = (int)found.record.new_ns,
					  .state_root = found.root,
					  .state_dir = found.dir,
					  .cgroup = w.cgroup,
					  .detached = w.detach,
					  .pidfile = w.pidfile,
					  .console_socket = w.console_socket,
					  .pidfd_socket = w.pidfd_socket,
					  .log_level = c->report->level,
				  });
}
