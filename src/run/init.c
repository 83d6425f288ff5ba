/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/init.h"
#include "linux/cgroup.h"
#include "linux/console.h"
#include "linux/hook.h"
#include "linux/inroot.h"
#include "linux/net_device.h"
#include "linux/process.h"
#include "linux/rootfs.h"
#include "linux/seccomp.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include "run/become.h"
#include "run/oci_state.h"
#include "run/start.h"
#include "run/steps.h"
#include <sched.h>
#include <sys/stat.h>

struct init {
	const struct init_args *args;
	struct arena *arena;
	const struct plan *plan;
	const struct plan_process *process;
	int sock, proc;
	int start, result; /* of start.h, or -1 */
	struct rootfs fs;
	bool late; /* the mounts could not be prepared without ids */
	struct console console;
	struct seccomp_program filter;
	int cgroup; /* our own, for who is allowed to make others in it, or -1 */
};

/* ---- before the ids are there ---- */

static int die_with_parent(void *ctx)
{
	struct init *i = ctx;

	return die_with_supervisor(i->sock);
}

static int start_session(void *ctx)
{
	struct init *i = ctx;

	if (sys_close_range(3 + i->process->preserved_fds, ~0U, SYS_CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys("cannot mark the descriptors close-on-exec");
	/* Its own session, or a program could push characters into the caller's terminal (TIOCSTI, CVE-2017-5226). */
	if (setsid() < 0)
		return err_sys("cannot start a session");
	(void)umask(0);
	return 0;
}

static int open_start(void *ctx)
{
	struct init *i = ctx;

	return i->args->state_dir >= 0 ? start_open(i->args->state_dir, &i->start, &i->result) : 0;
}

static int open_proc(void *ctx)
{
	struct init *i = ctx;

	return (i->proc = process_open_proc()) < 0 ? i->proc : 0;
}

/* While these files of procfs are ours: another user's are root's (proc(5), "dumpable"). */
static int set_oom(void *ctx)
{
	struct init *i = ctx;

	return i->process->set_oom ? process_set_oom(i->proc, i->process->oom_score_adj) : 0;
}

static int set_clocks(void *ctx)
{
	struct init *i = ctx;

	return i->plan->ns[NS_TIME].action == NS_NEW ? process_set_time(i->proc, i->plan->time_offsets) : 0;
}

static int isolate_mounts(void *ctx)
{
	(void)ctx;
	return rootfs_isolate();
}

/* What only ids, or capabilities over files of mapped ids, may reach is prepared when they are there. */
static int prepare_mounts(void *ctx)
{
	struct init *i = ctx;
	int r = rootfs_prepare(i->arena, &i->plan->root, &i->plan->mounts, i->plan->ids.setup_is_caller, &i->fs);

	i->late = r == -EACCES && i->plan->ids.method != IDS_KEPT;
	return i->late ? 0 : r;
}

static int prepare_late(void *ctx)
{
	struct init *i = ctx;

	return i->late ? rootfs_prepare(i->arena, &i->plan->root, &i->plan->mounts, i->plan->ids.setup_is_caller, &i->fs) : 0;
}

static int wait_for_ids(void *ctx)
{
	struct init *i = ctx;
	char *code = arena_alloc(i->arena, SYNC_DATA_MAX);
	size_t len;
	int r = sync_expect(i->sock, SYNC_MAPPED, NULL, code, SYNC_DATA_MAX, &len, &i->cgroup);

	i->filter = (struct seccomp_program){ .code = (struct sock_filter *)code, .n = len / sizeof(struct sock_filter) };
	return r;
}

/* ---- building ---- */

static int become_root(void *ctx)
{
	struct init *i = ctx;
	int r = process_become(i->plan->ids.setup_uid, i->plan->ids.setup_gid);

	return r < 0 ? r : die_with_supervisor(i->sock); /* new ids made the kernel forget */
}

static int enter_cgroup(void *ctx)
{
	struct init *i = ctx;
	int r = i->cgroup >= 0 ? cgroup_give(i->cgroup, i->plan->ids.setup_uid, i->plan->ids.setup_gid) : 0;

	if (i->cgroup >= 0)
		(void)close(take_fd(&i->cgroup));
	if (r == 0 && plan_enters_cgroup(i->plan) && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys("cannot make a cgroup namespace");
	return r;
}

static int join_keyring(void *ctx)
{
	struct init *i = ctx;

	if (i->plan->keyring)
		process_join_keyring(i->plan->id);
	return 0;
}

static int set_names(void *ctx)
{
	struct init *i = ctx;
	int r = 0;

	if (i->plan->hostname)
		r = process_set_hostname(i->plan->hostname);
	if (r == 0 && i->plan->domainname)
		r = process_set_domainname(i->plan->domainname);
	return r;
}

static int raise_loopback(void *ctx)
{
	struct init *i = ctx;

	return i->plan->loopback ? process_raise_loopback() : 0;
}

static int set_sysctls(void *ctx)
{
	struct init *i = ctx;
	int r;

	for (size_t n = 0; n < i->plan->sysctls.n; n++)
		if ((r = process_set_sysctl(i->proc, i->plan->sysctls.items[n].key, i->plan->sysctls.items[n].value)) < 0)
			return r;
	if (i->plan->network.ping_groups && process_set_sysctl(i->proc, SYSCTL_PING_GROUPS, i->plan->network.ping_groups) < 0)
		log_debug("without CAP_NET_RAW nobody may ping: %s", err_last()->text);
	return 0;
}

static int build_mounts(void *ctx)
{
	struct init *i = ctx;
	int r = rootfs_build(&i->fs), fd;

	if (r < 0 || !i->process->create_cwd)
		return r;
	/* What goes wrong here is told when the directory is entered. */
	if ((fd = inroot_make_dir(i->fs.root, i->process->cwd, INROOT_FOLLOW)) >= 0)
		(void)close(fd);
	return 0;
}

static int open_terminal(void *ctx)
{
	struct init *i = ctx;
	int r;

	if (!i->process->terminal)
		return 0;
	if ((r = console_open(i->fs.root, i->process->uid, &i->console)) < 0)
		return r;
	if (i->process->rows)
		r = console_set_size(i->console.slave, i->process->rows, i->process->columns);
	else
		r = console_set_size(i->console.slave, i->args->rows, i->args->columns);
	if (r < 0)
		return r;
	if ((r = console_bind(i->fs.root, i->console.slave)) < 0)
		return r;
	r = sync_send(i->sock, SYNC_CONSOLE, 0, NULL, 0, i->console.master);
	(void)close(take_fd(&i->console.master));
	return r;
}

static int wait_for_network(void *ctx)
{
	struct init *i = ctx;

	return plan_awaits_network(i->plan) ? sync_expect(i->sock, SYNC_GO, NULL, NULL, 0, NULL, NULL) : 0;
}

static int set_up_devices(void *ctx)
{
	const struct init *i = ctx;
	int r = 0;

	for (size_t n = 0; r == 0 && n < i->plan->net_devices.n; n++)
		r = net_device_set_up(&i->plan->net_devices.items[n]);
	return r;
}

static int wait_for_host_hooks(void *ctx)
{
	struct init *i = ctx;
	int r;

	if (i->plan->hooks.prestart.n + i->plan->hooks.create_runtime.n == 0)
		return 0;
	if ((r = sync_send(i->sock, SYNC_BUILT, 0, NULL, 0, -1)) < 0)
		return r;
	return sync_expect(i->sock, SYNC_GO, NULL, NULL, 0, NULL, NULL);
}

static int run_create_hooks(void *ctx)
{
	struct init *i = ctx;
	const struct hook_list *l = &i->plan->hooks.create_container;
	const struct record r = record_of(i->plan);

	return l->n ? hooks_run(l, oci_state(i->arena, &r, "creating", getpid()), -1) : 0;
}

static int enter_root(void *ctx)
{
	struct init *i = ctx;

	return rootfs_enter(&i->fs);
}

static int take_terminal(void *ctx)
{
	struct init *i = ctx;

	return i->process->terminal ? console_take(i->console.slave) : 0;
}

static int seal_root(void *ctx)
{
	struct init *i = ctx;

	return rootfs_seal(&i->fs);
}

static int start_becoming(void *ctx)
{
	struct init *i = ctx;

	become_program(&(struct becoming){
		.arena = i->arena,
		.plan = i->plan,
		.sock = i->sock,
		.proc = i->proc,
		.reaper = i->args->reaper,
		.filter = i->filter,
		.detached = i->args->detached,
		.start = i->start,
		.result = i->result,
	});
}

static const struct step steps[] = {
	{ "die with the supervisor", die_with_parent },
	{ "start a session", start_session },
	{ "open the FIFOs of the start", open_start },
	{ "open /proc", open_proc },
	{ "set the oom score", set_oom },
	{ "set the clocks", set_clocks },
	{ "isolate the mounts", isolate_mounts },
	{ "prepare the mounts", prepare_mounts },
	{ "wait for the ids", wait_for_ids },
	{ "become root of the container", become_root },
	{ "enter the cgroup", enter_cgroup },
	{ "prepare the mounts as root", prepare_late },
	{ "join a keyring", join_keyring },
	{ "set the names", set_names },
	{ "raise the loopback interface", raise_loopback },
	{ "set kernel parameters", set_sysctls },
	{ "build the mounts", build_mounts },
	{ "open a terminal", open_terminal },
	{ "wait for the network", wait_for_network },
	{ "set up the network devices", set_up_devices },
	{ "wait for the host's hooks", wait_for_host_hooks },
	{ "run createContainer hooks", run_create_hooks },
	{ "enter the root", enter_root },
	{ "take the terminal", take_terminal },
	{ "seal the root", seal_root },
	{ "become the program", start_becoming },
};

_Noreturn void init_main(const struct init_args *args)
{
	struct init i = {
		.args = args,
		.arena = args->arena,
		.plan = args->plan,
		.process = &args->plan->process,
		.sock = args->sock,
		.proc = -1,
		.start = -1,
		.result = -1,
		.cgroup = -1,
		.console = { .master = -1, .slave = -1 },
	};

	sync_log_to(&i.sock, args->log_level);
	(void)steps_run("init", steps, ARRAY_SIZE(steps), &i);
	(void)sync_send_error(i.sock);
	_exit(EXIT_URUN);
}
