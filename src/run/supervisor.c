/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* supervisor.c - the process that the caller started: it stays on the host, makes init, helps it, watches it, and
 * leaves nothing behind. It mustn't enter a namespace or change its own ids. */
#include "base/file.h"
#include "linux/hook.h"
#include "linux/idmap.h"
#include "linux/ns.h"
#include "linux/places.h"
#include "linux/process.h"
#include "linux/seccomp.h"
#include "linux/selfexe.h"
#include "linux/signals.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include "linux/unix_socket.h"
#include "run/init.h"
#include "run/oci_state.h"
#include "run/run.h"
#include "run/state.h"
#include "run/steps.h"
#include "run/supervise.h"
#include "run/userns_refusal.h"
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct run {
	struct arena *arena;
	const struct run_request *request;
	const struct plan *plan;
	struct state state;
	int signal_fd;
	int state_root;
	int reaper; /* the program of process 1, or -1 */
	int sock;   /* to init */
	pid_t init;
	int pidfd;
	struct tty tty;
};

static const int clone_flags[NS_COUNT] = {
	[NS_USER] = CLONE_NEWUSER, [NS_MOUNT] = CLONE_NEWNS, [NS_PID] = CLONE_NEWPID,	    [NS_NETWORK] = CLONE_NEWNET,
	[NS_UTS] = CLONE_NEWUTS,   [NS_IPC] = CLONE_NEWIPC,  [NS_CGROUP] = CLONE_NEWCGROUP, [NS_TIME] = CLONE_NEWTIME,
};

/* ---- talking to init ---- */

/* Wait for a word; a signal that asks us to end is one too. */
static int hear(const struct run *r, enum sync_word word, int32_t *ret_value, int *ret_fd)
{
	struct pollfd p[2] = { { .fd = r->sock, .events = POLLIN }, { .fd = r->signal_fd, .events = POLLIN } };
	int e;

	while (!p[0].revents) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return err_sys("cannot wait for init");
		if (p[1].revents && (e = signals_ask_to_end(r->signal_fd)) < 0)
			return e;
	}
	return sync_expect(r->sock, word, ret_value, NULL, 0, NULL, ret_fd);
}

/* Something with init went wrong. If it has given up it has said why, and that is the error to tell. */
static int ask_why(const struct run *r, int e)
{
	const struct err *ours = err_keep(r->arena);
	struct pollfd p = { .fd = r->sock, .events = POLLIN };
	int its = poll(&p, 1, 0) > 0 ? sync_expect(r->sock, SYNC_EXEC, NULL, NULL, 0, NULL, NULL) : 0;

	return its < 0 && e != -EINTR ? its : err_restore(ours);
}

static int tell(const struct run *r, enum sync_word word, const void *data, size_t len)
{
	int e = sync_send(r->sock, word, 0, data, len, -1);

	return e < 0 ? ask_why(r, e) : 0;
}

/* ---- before init ---- */

static int catch_signals(void *ctx)
{
	struct run *r = ctx;

	return (r->signal_fd = signals_catch()) < 0 ? r->signal_fd : 0;
}

static int open_reaper(void *ctx)
{
	struct run *r = ctx;

	if (!r->plan->process.init)
		return 0;
	return (r->reaper = selfexe_open(r->plan->process.init)) < 0 ? r->reaper : 0;
}

static int begin_state(void *ctx)
{
	struct run *r = ctx;
	int e;

	/* Without a pid namespace orphans come to us, so that none is left in the end. */
	if (r->plan->ns[NS_PID].action != NS_NEW && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys("cannot become a subreaper");
	e = state_open_root(r->arena, r->request->state_root, &r->state_root);

	return e < 0 ? e : state_begin(r->arena, r->state_root, r->plan, r->request->replace, &r->state);
}

/* ---- init ---- */

/* A time namespace is made by init itself: its offsets are written before anybody is inside. */
static uint64_t new_namespaces(const struct plan *p)
{
	uint64_t flags = 0;

	for (int kind = 0; kind < NS_COUNT; kind++)
		if (p->ns[kind].action == NS_NEW && kind != NS_TIME)
			flags |= (uint64_t)clone_flags[kind];
	return flags;
}

static size_t joined_namespaces(const struct plan *p, struct ns_join ret[NS_COUNT])
{
	size_t n = 0;

	for (int kind = 0; kind < NS_COUNT; kind++)
		if (p->ns[kind].action == NS_JOIN)
			ret[n++] = (struct ns_join){ .path = p->ns[kind].path, .flag = clone_flags[kind] };
	return n;
}

static _Noreturn void become_init(struct run *r, int sock)
{
	struct winsize size = r->plan->process.terminal ? tty_callers_size() : (struct winsize){ 0 };

	/* While a copy of the supervisor's end is open here, its death would not be seen. */
	(void)close(take_fd(&r->sock));
	init_main(&(struct init_args){
		.arena = r->arena,
		.plan = r->plan,
		.sock = sock,
		.log_level = r->request->log_level,
		.rows = size.ws_row,
		.columns = size.ws_col,
		.reaper = r->reaper,
	});
}

static int refused(int num)
{
	struct ns_refusal why;

	ns_probe_refusal(num, &why);
	return userns_refused(&why);
}

/* The stage joins namespaces by path and makes init inside them, as a child of the supervisor; then it is gone. Others
 * are in those namespaces already, so it must not be traceable from there (CVE-2016-9962). */
static _Noreturn void stage_main(struct run *r, int sock, const struct ns_join *joins, size_t n)
{
	pid_t pid = -1;
	int e = process_die_with_parent();

	if (e == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		e = err_sys("cannot become untraceable");
	if (e == 0)
		e = ns_join_all(joins, n);

	if (e == 0) {
		pid = ns_fork(new_namespaces(r->plan), true, NULL);
		if (pid == 0)
			become_init(r, sock);
		if (pid < 0)
			(void)refused(errno);
	}
	(void)(pid < 0 ? sync_send_error(sock) : sync_send(sock, SYNC_INIT_PID, pid, NULL, 0, -1));
	_exit(pid < 0 ? EXIT_URUN : 0);
}

static int start_through_stage(struct run *r, int sock, const struct ns_join *joins, size_t n)
{
	int stage_fd = -1, e;
	pid_t stage = ns_fork(0, false, &stage_fd);

	if (stage == 0)
		stage_main(r, sock, joins, n);
	if (stage < 0)
		return err_sys("cannot fork");
	e = hear(r, SYNC_INIT_PID, &r->init, NULL);
	if (e < 0)
		(void)sys_pidfd_send_signal(stage_fd, SIGKILL);
	(void)close(stage_fd);
	(void)waitpid(stage, NULL, 0);
	if (e < 0)
		return e;
	/* Our own child that nobody has waited for: the pid is its. */
	return (r->pidfd = sys_pidfd_open(r->init)) < 0 ? err_sys("cannot open init") : 0;
}

static int start_init(void *ctx)
{
	struct run *r = ctx;
	struct ns_join joins[NS_COUNT];
	size_t n = joined_namespaces(r->plan, joins);
	int pair[2], e;

	if ((e = sync_pair(pair)) < 0)
		return e;
	r->sock = pair[0];
	if (n > 0) {
		e = start_through_stage(r, pair[1], joins, n);
	} else {
		r->init = ns_fork(new_namespaces(r->plan), false, &r->pidfd);
		if (r->init == 0)
			become_init(r, pair[1]);
		e = r->init < 0 ? refused(errno) : 0;
	}
	(void)close(pair[1]);
	return e;
}

/* newuidmap and newgidmap run while the filter is found and the state is written. */
static int compile_filter(struct run *r, struct seccomp_program *ret)
{
	*ret = (struct seccomp_program){ 0 };
	return r->plan->process.seccomp ? seccomp_compile_cached(r->arena, r->state_root, r->plan->process.seccomp, ret) : 0;
}

static int write_pidfile(const struct run *r)
{
	const char *path = r->request->pidfile, *temporary;
	autoclose int fd = -1;

	if (!path)
		return 0;
	/* Whoever sees the file sees all of it; no newline, because callers parse the whole as a number. */
	temporary = arena_printf(r->arena, "%s.%d", path, getpid());
	if ((fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)) < 0)
		return err_sys("cannot write the pid file '%s'", path);
	if (dprintf(fd, "%d", r->init) < 0 || rename(temporary, path) < 0) {
		int e = err_sys("cannot write the pid file '%s'", path);

		(void)unlink(temporary);
		return e;
	}
	return 0;
}

static int prepare_meanwhile(struct run *r, struct seccomp_program *filter)
{
	int e = compile_filter(r, filter);

	if (e == 0)
		e = state_record(r->arena, &r->state, r->plan, r->init);
	return e < 0 ? e : write_pidfile(r);
}

static int give_ids(struct run *r, struct seccomp_program *filter)
{
	const struct plan_ids *ids = &r->plan->ids;
	const struct err *why;
	struct idmap_job job;
	int e, helpers;

	if (ids->method == IDS_JOINED)
		return prepare_meanwhile(r, filter);
	if (ids->method != IDS_HELPERS) {
		e = prepare_meanwhile(r, filter); /* while init prepares its mounts */
		return e < 0 ? e : idmap_write(r->arena, r->init, &ids->uid, &ids->gid, ids->method == IDS_SINGLE);
	}
	e = idmap_begin(r->arena, r->init, ids->newuidmap, ids->newgidmap, &ids->uid, &ids->gid, &job);
	if (e == 0)
		e = prepare_meanwhile(r, filter);
	/* They use our memory until they have ended, so they are always waited for. */
	why = err_keep(r->arena);
	helpers = idmap_end(&job, r->signal_fd);
	return e < 0 ? err_restore(why) : helpers;
}

static int map_ids(void *ctx)
{
	struct run *r = ctx;
	struct seccomp_program filter;
	int e = give_ids(r, &filter);

	return e < 0 ? ask_why(r, e) : tell(r, SYNC_MAPPED, filter.code, filter.n * sizeof(*filter.code));
}

static int connect_terminal(void *ctx)
{
	struct run *r = ctx;
	int master, e;

	if (!r->plan->process.terminal)
		return 0;
	if ((e = hear(r, SYNC_CONSOLE, NULL, &master)) < 0)
		return e;
	return tty_begin(&r->tty, master);
}

static int run_host_hooks(void *ctx)
{
	struct run *r = ctx;
	const struct plan *p = r->plan;
	const char *state;
	int e;

	if (p->hooks.prestart.n + p->hooks.create_runtime.n == 0)
		return 0;
	if ((e = hear(r, SYNC_BUILT, NULL, NULL)) < 0)
		return e;
	state = oci_state(r->arena, p, "creating", r->init);
	if ((e = hooks_run(&p->hooks.prestart, state, r->signal_fd)) < 0)
		return e;
	if ((e = hooks_run(&p->hooks.create_runtime, state, r->signal_fd)) < 0)
		return e;
	return tell(r, SYNC_GO, NULL, 0);
}

/* "containerProcessState" of config-linux.md, "Seccomp". */
static const char *process_state(const struct run *r)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	json_member(w, "ociVersion", r->plan->oci_version);
	json_key(w, "fds");
	json_open_array(w);
	json_string(w, "seccompFd");
	json_close_array(w);
	json_member_int(w, "pid", r->init);
	json_member(w, "metadata", r->plan->process.seccomp->listener_metadata);
	json_key(w, "state");
	json_open_object(w);
	oci_state_members(w, r->plan, "creating", r->init);
	json_close_object(w);
	json_close_object(w);
	return arena_strdup(r->arena, json_text(w, NULL));
}

static int hand_over_listener(void *ctx)
{
	struct run *r = ctx;
	const struct seccomp_profile *s = r->plan->process.seccomp;
	autoclose int listener = -1, agent = -1;
	const char *state;
	int e;

	if (!s || !s->listener_path)
		return 0;
	if ((e = hear(r, SYNC_LISTENER, NULL, &listener)) < 0)
		return e;
	if ((agent = unix_connect(s->listener_path)) < 0)
		return err_in(agent, "/linux/seccomp/listenerPath");
	state = process_state(r);
	return unix_send_fd(agent, state, strlen(state), listener);
}

static int wait_for_exec(void *ctx)
{
	struct run *r = ctx;
	int e = hear(r, SYNC_EXEC, NULL, NULL);

	(void)close(take_fd(&r->sock));
	return e;
}

static int run_poststart_hooks(void *ctx)
{
	struct run *r = ctx;

	if (r->plan->hooks.poststart.n == 0)
		return 0;
	return hooks_run(&r->plan->hooks.poststart, oci_state(r->arena, r->plan, "running", r->init), r->signal_fd);
}

static const struct step steps[] = {
	{ "open the reaper", open_reaper },
	{ "catch signals", catch_signals },
	{ "take the id", begin_state },
	{ "start init", start_init },
	{ "map the ids", map_ids },
	{ "connect the terminal", connect_terminal },
	{ "run prestart and createRuntime hooks", run_host_hooks },
	{ "hand over the seccomp listener", hand_over_listener },
	{ "wait until it executes", wait_for_exec },
	{ "run poststart hooks", run_poststart_hooks },
};

/* ---- the end ---- */

static void kill_init(struct run *r)
{
	if (r->pidfd < 0)
		return;
	(void)sys_pidfd_send_signal(r->pidfd, SIGKILL);
	while (waitpid(r->init, NULL, 0) < 0 && errno == EINTR)
		;
}

/* A failing poststop hook is told, and the others still run (runtime.md, "Lifecycle"). */
static void run_poststop_hooks(const struct run *r)
{
	const struct hook_list *l = &r->plan->hooks.poststop;
	const char *state = l->n ? oci_state(r->arena, r->plan, "stopped", 0) : NULL;

	for (size_t i = 0; i < l->n; i++)
		if (hooks_run(&(struct hook_list){ .items = &l->items[i], .n = 1 }, state, -1) < 0)
			log_warn("hook", "%s", err_last()->text);
}

static int watch(struct run *r)
{
	struct watched w = {
		.pid = r->init,
		.pidfd = r->pidfd,
		.signals = r->signal_fd,
		/* The reaper takes every signal. */
		.is_pid_1 = r->plan->ns[NS_PID].action == NS_NEW && !r->plan->process.init,
		.has_children = r->plan->ns[NS_PID].action != NS_NEW,
		.tty = &r->tty,
	};

	return supervise(&w);
}

int run_container(struct arena *a, const struct run_request *q)
{
	struct run r = {
		.arena = a,
		.request = q,
		.plan = q->plan,
		.state = { .dir = -1 },
		.signal_fd = -1,
		.state_root = -1,
		.reaper = -1,
		.sock = -1,
		.pidfd = -1,
		.tty = { .master = -1, .slave = -1 },
	};
	const struct err *why;
	struct places made = { .root = -1 };
	int e;

	if (q->plan->root.writable)
		places_begin(a, q->plan->root.path, &q->plan->root.missing, &made);
	e = steps_run("supervisor", steps, ARRAY_SIZE(steps), &r);
	if (e == 0) {
		e = watch(&r);
	} else {
		if (r.init > 0 && (e == -EPERM || e == -EACCES) && ns_is_confined(r.init))
			(void)refused(-e);
		kill_init(&r);
		places_remove(&made);
	}
	why = err_keep(a);
	tty_end(&r.tty);
	/* Whatever ended it: what was created is deleted (runtime.md, "Lifecycle", step 13). */
	if (r.init > 0)
		run_poststop_hooks(&r);
	state_end(&r.state);
	places_end(&made);
	return e < 0 ? err_restore(why) : e;
}
