/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec.c - one more process in a running container: the supervisor's side, and the way in. From there it goes on as
 * process 1 does (become.h). */
#include "linux/cgroup.h"
#include "linux/console.h"
#include "linux/ns.h"
#include "linux/process.h"
#include "linux/processes.h"
#include "linux/seccomp.h"
#include "linux/signals.h"
#include "linux/sys.h"
#include "linux/unix_socket.h"
#include "run/agent.h"
#include "run/become.h"
#include "run/pidfile.h"
#include "run/placement.h"
#include "run/run.h"
#include "run/stage.h"
#include "run/steps.h"
#include "run/supervise.h"
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct exec {
	struct arena *arena;
	const struct exec_request *request;
	const struct plan *plan;
	struct seccomp_program filter;
	int init, flags; /* a pidfd of process 1, and which of its namespaces are not ours */
	int proc;	 /* the host's procfs */
	struct winsize size;
	struct placed placed;
	const char *cgroup; /* where it will be, or NULL: where we are */
	int cgroup_dir;
	struct talk talk;
	struct child child;
	struct tty tty;
	struct console console; /* inside */
	int sock;		/* inside: to the supervisor */
};

/* ---- the way in ---- */

/* From another session only systemd may move us, into a cgroup of the unit that it has made. What is in there anyway, by its
 * namespaces, is only not counted and limited as the rest if it may not. */
static void ask_to_be_moved(const struct exec *x)
{
	const char *unit = x->placed.unit ? strstr(x->cgroup, x->placed.unit) : NULL;

	if (unit && manager_attach(x->arena, x->placed.system, x->placed.unit, unit + strlen(x->placed.unit), getpid()) == 0)
		return;
	log_warn("exec-outside", "the process is not in the cgroup of container '%s': %s", x->plan->id,
		 unit ? err_last()->text : "it belongs to another part of the machine's cgroups than ours");
}

/* The process inside inherits all of this. */
static int prepare(void *ctx, bool outside)
{
	struct exec *x = ctx;
	const struct plan_process *p = &x->plan->process;
	int r;

	if (outside)
		ask_to_be_moved(x);
	if (p->set_oom && (r = process_set_oom(x->proc, p->oom_score_adj)) < 0)
		return r;
	return p->first_cpus ? process_set_cpus(p->first_cpus) : 0;
}

static int enter(void *ctx)
{
	const struct exec *x = ctx;

	return ns_join_process(x->init, x->flags);
}

static int start_session(void *ctx)
{
	struct exec *x = ctx;
	int r = die_with_supervisor(x->sock);

	if (r < 0)
		return r;
	if (sys_close_range(3 + x->plan->process.preserved_fds, ~0U, SYS_CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys("cannot mark the descriptors close-on-exec");
	if (setsid() < 0)
		return err_sys("cannot start a session");
	(void)umask(0);
	return 0;
}

static int become_root(void *ctx)
{
	struct exec *x = ctx;
	int r = process_become(x->plan->ids.setup_uid, x->plan->ids.setup_gid);

	if (r < 0)
		return r;
	process_join_keyring(x->plan->id);
	return die_with_supervisor(x->sock); /* new ids made the kernel forget */
}

static int take_terminal(void *ctx)
{
	struct exec *x = ctx;
	const struct plan_process *p = &x->plan->process;
	autoclose int root = -1;
	int r;

	if (!p->terminal)
		return 0;
	if ((root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys("cannot open the root");
	if ((r = console_open(root, p->uid, &x->console)) < 0)
		return r;
	r = p->rows ? console_set_size(x->console.slave, p->rows, p->columns)
		    : console_set_size(x->console.slave, x->size.ws_row, x->size.ws_col);
	if (r < 0)
		return r;
	if ((r = sync_send(x->sock, SYNC_CONSOLE, 0, NULL, 0, x->console.master)) < 0)
		return r;
	(void)close(take_fd(&x->console.master));
	return console_take(x->console.slave);
}

static int set_cpus(void *ctx)
{
	struct exec *x = ctx;

	return x->plan->process.cpus ? process_set_cpus(x->plan->process.cpus) : 0;
}

static int start_becoming(void *ctx)
{
	struct exec *x = ctx;

	become_program(&(struct becoming){
		.arena = x->arena,
		.plan = x->plan,
		.sock = x->sock,
		.proc = x->proc,
		.reaper = -1,
		.filter = x->filter,
		.detached = x->request->detached,
		.start = -1,
		.result = -1,
	});
}

static const struct step steps_inside[] = {
	{ "start a session", start_session }, { "become root of the container", become_root }, { "take a terminal", take_terminal },
	{ "choose the CPUs", set_cpus },      { "become the program", start_becoming },
};

static void inside(void *ctx, int sock)
{
	struct exec *x = ctx;

	x->sock = sock;
	sync_log_to(&x->sock, x->request->log_level);
	(void)steps_run("inside", steps_inside, ARRAY_SIZE(steps_inside), x);
	(void)sync_send_error(sock);
	_exit(EXIT_URUN);
}

/* ---- the supervisor ---- */

static int catch_signals(void *ctx)
{
	struct exec *x = ctx;

	return (x->talk.signals = signals_catch()) < 0 ? x->talk.signals : 0;
}

static int find_container(void *ctx)
{
	struct exec *x = ctx;

	if ((x->init = process_open(x->request->init, x->request->init_start)) < 0)
		return err_set(ESRCH, "not-running", "container not running: '%s' has just ended", x->plan->id);
	if ((x->proc = process_open_proc()) < 0)
		return x->proc;
	return ns_differing(x->request->init, x->request->new_ns, &x->flags);
}

/* Process 1 is in a cgroup that can have processes, which the container's own cannot when there are others below it. */
static int find_cgroup(void *ctx)
{
	struct exec *x = ctx;
	const char *wanted = x->request->cgroup && strspn(x->request->cgroup, "/") < strlen(x->request->cgroup) ? x->request->cgroup : NULL;
	const char *own;

	placed_read(x->arena, x->request->state_dir, "", &x->placed);
	if (wanted && (!x->placed.path || strstr(wanted, "..")))
		return err_set(ENOENT, "no-cgroup", "--cgroup: container '%s' has no cgroup '%s'", x->plan->id, wanted);
	if (!x->placed.path)
		return 0;
	if (wanted)
		x->cgroup = arena_printf(x->arena, "%s/%s", x->placed.path, wanted + strspn(wanted, "/"));
	else if ((own = cgroup_of(x->arena, x->request->init)))
		x->cgroup = arena_printf(x->arena, CGROUP_MOUNT "%s", own);
	else
		return 0;
	if ((x->cgroup_dir = cgroup_open(x->cgroup)) < 0 && wanted)
		return err_set(ENOENT, "no-cgroup", "--cgroup: container '%s' has no cgroup '%s'", x->plan->id, wanted);
	return 0;
}

static int find_filter(void *ctx)
{
	struct exec *x = ctx;
	const struct seccomp_profile *s = x->plan->process.seccomp;

	return s ? seccomp_compile_cached(x->arena, x->request->state_root, s, &x->filter) : 0;
}

static int start_process(void *ctx)
{
	struct exec *x = ctx;
	const struct plan_process *p = &x->plan->process;
	/* Of procfs only the files of labels are needed inside. */
	const int proc = p->apparmor || p->selinux ? x->proc : -1;
	int pair[2], r;

	x->size = tty_callers_size();
	if ((r = sync_pair(pair)) < 0)
		return r;
	x->talk.sock = pair[0];
	r = stage_run(&x->talk, pair[1],
		      &(struct stage){ .prepare = prepare,
				       .enter = enter,
				       .inside = inside,
				       .ctx = x,
				       .keep = &proc,
				       .n_keep = 1,
				       .preserved = p->preserved_fds,
				       .cgroup = x->cgroup_dir },
		      &x->child);
	(void)close(pair[1]);
	process_drop_fds(x->plan->process.preserved_fds);
	return r;
}

static int connect_terminal(void *ctx)
{
	struct exec *x = ctx;

	return x->plan->process.terminal ? tty_connect(&x->tty, &x->talk, x->request->console_socket) : 0;
}

static int hand_over_pidfd(void *ctx)
{
	struct exec *x = ctx;

	return x->request->pidfd_socket ? unix_pass_fd(x->request->pidfd_socket, "pidfd", x->child.pidfd) : 0;
}

static int hand_over_listener(void *ctx)
{
	struct exec *x = ctx;
	const struct record r = { .oci_version = (char *)(uintptr_t)x->plan->oci_version,
				  .id = (char *)(uintptr_t)x->plan->id,
				  .bundle = (char *)(uintptr_t)x->plan->bundle,
				  .annotations = x->plan->annotations };

	return agent_hand_over(&x->talk, x->plan->process.seccomp, &r, "running", x->request->init, x->child.pid);
}

static int let_go(void *ctx)
{
	struct exec *x = ctx;
	int r;

	if (!x->request->detached)
		return 0;
	if ((r = talk_hear(&x->talk, SYNC_CREATED, NULL, NULL)) < 0)
		return r;
	return talk_tell(&x->talk, SYNC_GO, NULL, 0);
}

static int wait_for_exec(void *ctx)
{
	struct exec *x = ctx;

	return talk_hear(&x->talk, SYNC_EXEC, NULL, NULL);
}

/* Only now: callers take a missing file for a failure. */
static int write_pidfile(void *ctx)
{
	struct exec *x = ctx;

	return pidfile_write(x->arena, x->request->pidfile, x->child.pid);
}

static const struct step steps[] = {
	{ "catch signals", catch_signals },
	{ "find the container", find_container },
	{ "find the cgroup", find_cgroup },
	{ "find the filter", find_filter },
	{ "start the process", start_process },
	{ "hand over the pidfd", hand_over_pidfd },
	{ "connect the terminal", connect_terminal },
	{ "hand over the seccomp listener", hand_over_listener },
	{ "let it go", let_go },
	{ "wait until it executes", wait_for_exec },
	{ "write the pid file", write_pidfile },
};

static int watch(struct exec *x)
{
	struct watched w = { .pid = x->child.pid, .pidfd = x->child.pidfd, .signals = x->talk.signals, .tty = &x->tty };

	return supervise(&w);
}

int run_exec(struct arena *a, const struct exec_request *q)
{
	struct exec x = {
		.arena = a,
		.request = q,
		.plan = q->plan,
		.init = -1,
		.proc = -1,
		.cgroup_dir = -1,
		.talk = { .arena = a, .sock = -1, .signals = -1 },
		.child = { .pidfd = -1 },
		.tty = { .master = -1, .slave = -1 },
		.console = { .master = -1, .slave = -1 },
	};
	int r = steps_run("exec", steps, ARRAY_SIZE(steps), &x);

	if (r < 0)
		child_kill(&x.child);
	else if (!q->detached)
		r = watch(&x);
	tty_end(&x.tty);
	return r;
}
