/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* supervisor.c - the process that the caller started: it stays on the host, makes init, helps it, watches it, and
 * leaves nothing behind. It mustn't enter a namespace or change its own ids. */
#include "linux/hook.h"
#include "linux/idmap.h"
#include "linux/net_device.h"
#include "linux/ns.h"
#include "linux/places.h"
#include "linux/process.h"
#include "linux/processes.h"
#include "linux/seccomp.h"
#include "linux/selfexe.h"
#include "linux/signals.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include "linux/unix_socket.h"
#include "run/agent.h"
#include "run/init.h"
#include "run/network.h"
#include "run/oci_state.h"
#include "run/pidfile.h"
#include "run/placement.h"
#include "run/run.h"
#include "run/stage.h"
#include "run/start.h"
#include "run/state.h"
#include "run/steps.h"
#include "run/supervise.h"
#include "run/talk.h"
#include "run/userns_refusal.h"
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct run {
	struct arena *arena;
	const struct run_request *request;
	const struct plan *plan;
	struct record record;
	struct state state;
	int state_root;
	int reaper; /* the program of process 1, or -1 */
	struct talk talk;
	struct placement placement;
	struct network network;
	struct child init;
	int userns; /* the container's, while others than the caller may have made cgroups in it; or -1 */
	bool has_pidfile;
	struct tty tty;
};

static const int clone_flags[NS_COUNT] = {
	[NS_USER] = CLONE_NEWUSER, [NS_MOUNT] = CLONE_NEWNS, [NS_PID] = CLONE_NEWPID,	    [NS_NETWORK] = CLONE_NEWNET,
	[NS_UTS] = CLONE_NEWUTS,   [NS_IPC] = CLONE_NEWIPC,  [NS_CGROUP] = CLONE_NEWCGROUP, [NS_TIME] = CLONE_NEWTIME,
};

static bool is_detached(const struct run *r)
{
	return r->request->mode != RUN_FOREGROUND;
}

static bool has_create_hooks(const struct plan *p)
{
	return p->hooks.prestart.n + p->hooks.create_runtime.n + p->hooks.create_container.n + p->hooks.start_container.n > 0;
}

/* ---- before init ---- */

static int catch_signals(void *ctx)
{
	struct run *r = ctx;

	return (r->talk.signals = signals_catch()) < 0 ? r->talk.signals : 0;
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
	if (!is_detached(r) && !r->request->no_subreaper && r->plan->ns[NS_PID].action != NS_NEW &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys("cannot become a subreaper");
	if ((e = state_open_root(r->arena, r->request->state_root, &r->state_root)) < 0)
		return e;
	if ((e = state_begin(r->arena, r->state_root, r->plan->id, &r->state)) < 0)
		return e;
	/* Hooks may ask for the state: the FIFO says that it is not running yet. */
	return r->request->mode == RUN_CREATE || has_create_hooks(r->plan) ? start_make(r->state.dir) : 0;
}

static int begin_network(void *ctx)
{
	struct run *r = ctx;

	return network_begin(&r->network, r->arena, &r->plan->network, r->state.dir, r->talk.signals);
}

static int make_cgroup(void *ctx)
{
	struct run *r = ctx;

	return placement_begin(r->arena, &r->plan->cgroup, r->state.dir, &r->placement);
}

/* Who stays in the background goes into the container's scope, so that the end of the caller's session is not its own. */
static pid_t companion(const struct run *r)
{
	return r->request->running ? getpid() : 0;
}

/* ---- init ---- */

static uint64_t all_new_namespaces(const struct plan *p)
{
	uint64_t flags = 0;

	for (int kind = 0; kind < NS_COUNT; kind++)
		if (p->ns[kind].action == NS_NEW)
			flags |= (uint64_t)clone_flags[kind];
	return flags;
}

/* A time namespace is made by init itself: its offsets are written before anybody is inside. So is a cgroup namespace. */
static uint64_t new_namespaces(const struct plan *p)
{
	uint64_t later = CLONE_NEWTIME | (plan_enters_cgroup(p) ? (uint64_t)CLONE_NEWCGROUP : 0);

	return all_new_namespaces(p) & ~later;
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

	init_main(&(struct init_args){
		.arena = r->arena,
		.plan = r->plan,
		.sock = sock,
		.log_level = r->request->log_level,
		.rows = size.ws_row,
		.columns = size.ws_col,
		.reaper = r->reaper,
		.detached = is_detached(r),
		.state_dir = r->request->mode == RUN_CREATE ? r->state.dir : -1,
	});
}

static int join_namespaces(void *ctx)
{
	const struct run *r = ctx;
	struct ns_join joins[NS_COUNT];

	return ns_join_all(joins, joined_namespaces(r->plan, joins));
}

static void init_inside(void *ctx, int sock)
{
	become_init(ctx, sock);
}

static int start_directly(struct run *r, int sock)
{
	r->init.pid = ns_fork(new_namespaces(r->plan), false, r->placement.dir, &r->init.pidfd);
	if (r->init.pid < 0 && r->placement.dir >= 0) {
		int e = placement_refused(&r->placement, errno);

		return e < 0 ? e : start_directly(r, sock);
	}
	if (r->init.pid == 0) {
		/* While a copy of the supervisor's end is open here, its death would not be seen. */
		(void)close(r->talk.sock);
		become_init(r, sock);
	}
	return r->init.pid < 0 ? userns_refused(errno) : 0;
}

static int start_init(void *ctx)
{
	struct run *r = ctx;
	const int keep[] = { r->reaper, r->state.dir };
	struct ns_join joins[NS_COUNT];
	int pair[2], e;

	if ((e = sync_pair(pair)) < 0)
		return e;
	r->talk.sock = pair[0];
	if (joined_namespaces(r->plan, joins) == 0)
		e = start_directly(r, pair[1]);
	else
		e = stage_run(&r->talk, pair[1],
			      &(struct stage){ .enter = join_namespaces,
					       .new_namespaces = new_namespaces(r->plan),
					       .inside = init_inside,
					       .ctx = r,
					       .keep = keep,
					       .n_keep = ARRAY_SIZE(keep),
					       .preserved = r->plan->process.preserved_fds,
					       .cgroup = r->placement.dir },
			      &r->init);
	if (e == 0 && r->init.outside)
		e = placement_refused(&r->placement, EACCES);
	(void)close(pair[1]);
	process_drop_fds(r->plan->process.preserved_fds);
	return e;
}

/* newuidmap and newgidmap run while the filter is found and the state is written. */
static int compile_filter(struct run *r, struct seccomp_program *ret)
{
	*ret = (struct seccomp_program){ 0 };
	return r->plan->process.seccomp ? seccomp_compile_cached(r->arena, r->state_root, r->plan->process.seccomp, ret) : 0;
}

static int prepare_meanwhile(struct run *r, struct seccomp_program *filter)
{
	int e = compile_filter(r, filter);

	r->record.pid = r->init.pid;
	r->record.new_ns = (int64_t)(all_new_namespaces(r->plan) & ~(uint64_t)(CLONE_NEWUSER | CLONE_NEWTIME));
	if (r->plan->ns[NS_PID].action == NS_NEW)
		r->record.pid_ns = process_namespace(r->init.pid, "pid");
	if (e == 0)
		e = state_record(r->arena, &r->state, &r->request->config, &r->record);
	if (e == 0)
		e = pidfile_write(r->arena, r->request->pidfile, r->init.pid);
	r->has_pidfile = e == 0 && r->request->pidfile;
	return e;
}

static int give_ids(struct run *r, struct seccomp_program *filter)
{
	const struct plan_ids *ids = &r->plan->ids;
	const struct err *why;
	struct idmap_job job;
	int e, helpers;

	if (ids->method == IDS_JOINED || ids->method == IDS_KEPT)
		return prepare_meanwhile(r, filter);
	if (ids->method != IDS_HELPERS) {
		e = prepare_meanwhile(r, filter); /* while init prepares its mounts */
		return e < 0 ? e : idmap_write(r->arena, r->init.pid, &ids->uid, &ids->gid, ids->method == IDS_SINGLE);
	}
	e = idmap_begin(r->arena, r->init.pid, ids->newuidmap, ids->newgidmap, &ids->uid, &ids->gid, &job);
	if (e == 0)
		e = prepare_meanwhile(r, filter);
	/* They use our memory until they have ended, so they are always waited for. */
	why = err_keep(r->arena);
	helpers = idmap_end(&job, r->talk.signals);
	return e < 0 ? err_restore(why) : helpers;
}

/* A manager makes the scope while all this goes on. */
static int give_place(struct run *r, struct seccomp_program *filter)
{
	int e = placement_ask(&r->placement, r->init.pid, companion(r));

	if (e == 0)
		e = give_ids(r, filter);
	return e < 0 ? e : placement_settle(&r->placement, r->init.pid, companion(r), r->talk.signals);
}

/* While init builds its mounts. It finds the namespaces by init, and nobody may look at a process that has become another user. */
static int start_network(struct run *r)
{
	int e = network_start(&r->network, r->init.pid, r->plan->ns[NS_USER].action != NS_KEEP);

	return e == 0 && !r->plan->ids.setup_is_caller ? network_await(&r->network, &r->talk) : e;
}

static int map_ids(void *ctx)
{
	struct run *r = ctx;
	struct seccomp_program filter;
	int e = give_place(r, &filter);

	if (e == 0 && r->plan->network.helper != NETWORK_NOBODY)
		e = start_network(r);
	if (e < 0)
		return talk_ask_why(&r->talk, e);
	if (r->plan->cgroup.delegate && !is_detached(r))
		r->userns = ns_open_user(r->init.pid);
	return talk_pass(&r->talk, SYNC_MAPPED, filter.code, filter.n * sizeof(*filter.code),
			 r->plan->cgroup.delegate ? r->placement.dir : -1);
}

static int connect_terminal(void *ctx)
{
	struct run *r = ctx;

	return r->plan->process.terminal ? tty_connect(&r->tty, &r->talk, r->request->console_socket) : 0;
}

static int connect_network(void *ctx)
{
	struct run *r = ctx;
	int e = 0;

	if (!plan_awaits_network(r->plan))
		return 0;
	for (size_t i = 0; e == 0 && i < r->plan->net_devices.n; i++)
		e = net_device_move(&r->plan->net_devices.items[i], r->init.pid);
	if (e < 0)
		return e;
	return (e = network_await(&r->network, &r->talk)) < 0 ? e : talk_tell(&r->talk, SYNC_GO, NULL, 0);
}

static int hand_over_pidfd(void *ctx)
{
	struct run *r = ctx;

	return r->request->pidfd_socket ? unix_pass_fd(r->request->pidfd_socket, "pidfd", r->init.pidfd) : 0;
}

static int run_host_hooks(void *ctx)
{
	struct run *r = ctx;
	const struct plan *p = r->plan;
	const char *state;
	int e;

	if (p->hooks.prestart.n + p->hooks.create_runtime.n == 0)
		return 0;
	if ((e = talk_hear(&r->talk, SYNC_BUILT, NULL, NULL)) < 0)
		return e;
	state = oci_state(r->arena, &r->record, "creating", r->init.pid);
	if ((e = hooks_run(&p->hooks.prestart, state, r->talk.signals)) < 0)
		return e;
	if ((e = hooks_run(&p->hooks.create_runtime, state, r->talk.signals)) < 0)
		return e;
	return talk_tell(&r->talk, SYNC_GO, NULL, 0);
}

static int hand_over_listener(void *ctx)
{
	struct run *r = ctx;

	return agent_hand_over(&r->talk, r->plan->process.seccomp, &r->record, "creating", r->init.pid, r->init.pid);
}

/* From here on it does not need us. */
static int let_go(void *ctx)
{
	struct run *r = ctx;
	int e;

	if (!is_detached(r))
		return 0;
	if ((e = talk_hear(&r->talk, SYNC_CREATED, NULL, NULL)) < 0)
		return e;
	return talk_tell(&r->talk, SYNC_GO, NULL, 0);
}

static int wait_for_exec(void *ctx)
{
	struct run *r = ctx;
	int e = r->request->mode == RUN_CREATE ? 0 : talk_hear(&r->talk, SYNC_EXEC, NULL, NULL);

	(void)close(take_fd(&r->talk.sock));
	if (e == 0 && r->request->mode != RUN_CREATE && has_create_hooks(r->plan))
		start_forget(r->state.dir);
	return e;
}

static int run_poststart_hooks(void *ctx)
{
	struct run *r = ctx;

	if (r->plan->hooks.poststart.n == 0 || r->request->mode == RUN_CREATE)
		return 0;
	return hooks_run(&r->plan->hooks.poststart, oci_state(r->arena, &r->record, "running", r->init.pid), r->talk.signals);
}

/* It will be in lists for a while. */
static int write_brief(void *ctx)
{
	const struct run *r = ctx;

	if (r->record.kept && r->request->mode != RUN_CREATE)
		brief_write(r->state.dir, &(struct brief){ .pid = r->init.pid,
							   .unique = process_unique(r->init.pidfd),
							   .created = r->record.created,
							   .bundle = r->record.bundle });
	return 0;
}

/* Whoever started us in the background may go now. */
static int report_running(void *ctx)
{
	struct run *r = ctx;
	int e;

	if (!r->request->running)
		return 0;
	e = sync_send(*r->request->running, SYNC_CREATED, 0, NULL, 0, -1);
	log_listen(NULL, NULL, LOG_LEVEL_ERROR);
	(void)close(take_fd(r->request->running));
	return e;
}

static const struct step steps[] = {
	{ "open the reaper", open_reaper },
	{ "catch signals", catch_signals },
	{ "take the id", begin_state },
	{ "try the ports", begin_network },
	{ "make the cgroup", make_cgroup },
	{ "start init", start_init },
	{ "map the ids", map_ids },
	{ "hand over the pidfd", hand_over_pidfd },
	{ "connect the terminal", connect_terminal },
	{ "connect the network", connect_network },
	{ "run prestart and createRuntime hooks", run_host_hooks },
	{ "hand over the seccomp listener", hand_over_listener },
	{ "let it go", let_go },
	{ "wait until it executes", wait_for_exec },
	{ "run poststart hooks", run_poststart_hooks },
	{ "write what lists show", write_brief },
	{ "report that it runs", report_running },
};

/* ---- the end ---- */

static void tell_oom(const struct run *r, uint64_t kills)
{
	log_warn("oom-killed", "'%s' was killed: it needed more memory than its limit allows (%llu process%s)", r->plan->id,
		 (unsigned long long)kills, kills == 1 ? "" : "es");
}

static int watch(struct run *r)
{
	struct oom_watch oom = OOM_UNWATCHED;
	struct watched w = {
		.pid = r->init.pid,
		.pidfd = r->init.pidfd,
		.signals = r->talk.signals,
		/* The reaper takes every signal. */
		.is_pid_1 = r->plan->ns[NS_PID].action == NS_NEW && !r->plan->process.init,
		.has_children = r->plan->ns[NS_PID].action != NS_NEW,
		.oom = &oom,
		.tty = &r->tty,
		.network = &r->network,
		.id = r->plan->id,
	};
	int status;

	if (r->placement.dir >= 0)
		oom_begin(&oom, r->placement.dir, placement_is_in_unit(&r->placement));
	status = supervise(&w);
	oom_end(&oom);
	if (status == 128 + SIGKILL && oom.kills > 0)
		tell_oom(r, oom.kills);
	return status;
}

static void undo(struct run *r, int e, struct places *made)
{
	if (r->init.pid > 0 && (e == -EPERM || e == -EACCES) && ns_is_confined(r->init.pid))
		(void)userns_refused(-e);
	child_kill(&r->init);
	network_end(&r->network);
	manager_cancel(&r->placement.job);
	if (r->state.dir >= 0 && plan_has_cgroup(r->plan))
		placed_remove(r->arena, r->state.dir, r->userns, !companion(r));
	places_remove(made);
	if (r->has_pidfile)
		(void)unlink(r->request->pidfile);
}

/* Whatever ended it: what was created is deleted, and who has done that runs the hooks (runtime.md, "Lifecycle", step 13). */
static void delete_it(struct run *r)
{
	if (state_end(&r->state) && r->init.pid > 0)
		hooks_run_all(&r->plan->hooks.poststop, oci_state(r->arena, &r->record, "stopped", 0));
}

/* Stay until it ends. An empty scope goes by itself. */
static int end_of(struct run *r)
{
	int status = watch(r);

	network_end(&r->network);
	if (plan_has_cgroup(r->plan))
		placed_remove(r->arena, r->state.dir, r->userns, r->userns >= 0 && !companion(r));
	return status;
}

static int deleted_meanwhile(const struct run *r)
{
	return err_set(ECANCELED, "deleted", "container '%s' was deleted while it was being made", r->plan->id);
}

int run_container(struct arena *a, const struct run_request *q)
{
	struct run r = {
		.arena = a,
		.request = q,
		.plan = q->plan,
		.record = record_of(q->plan),
		.state = { .dir = -1 },
		.state_root = -1,
		.reaper = -1,
		.talk = { .arena = a, .sock = -1, .signals = -1 },
		.placement = { .dir = -1 },
		.network = NETWORK_UNBEGUN,
		.userns = -1,
		.init = { .pidfd = -1 },
		.tty = { .master = -1, .slave = -1 },
	};
	const struct err *why;
	struct places made = { .root = -1 };
	int e;

	r.record.kept = is_detached(&r) || q->keep;
	if (q->plan->root.writable)
		places_begin(a, q->plan->root.path, &q->plan->root.missing, &made);
	e = steps_run("supervisor", steps, ARRAY_SIZE(steps), &r);
	if (e < 0 && r.state.dir >= 0 && !state_is_named(&r.state))
		e = deleted_meanwhile(&r);
	if (e < 0)
		undo(&r, e, &made);
	else if (!is_detached(&r))
		e = end_of(&r);
	why = err_keep(a);
	tty_end(&r.tty);
	if (e >= 0 && q->mode == RUN_FOREGROUND && r.record.kept)
		(void)state_write_exit(r.state.dir, e);
	if (e >= 0 && r.record.kept)
		state_leave(&r.state);
	else
		delete_it(&r);
	placement_close(&r.placement);
	places_end(&made);
	return e < 0 ? err_restore(why) : e;
}
