/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/init.h"
#include "linux/console.h"
#include "linux/hook.h"
#include "linux/inroot.h"
#include "linux/process.h"
#include "linux/rootfs.h"
#include "linux/seccomp.h"
#include "linux/signals.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include "linux/userdb.h"
#include "run/oci_state.h"
#include "run/steps.h"
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <paths.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

struct init {
	const struct init_args *args;
	struct arena *arena;
	const struct plan *plan;
	const struct plan_process *process;
	int sock, proc, reaper;
	struct rootfs fs;
	struct console console;
	struct seccomp_program filter;
	bool in_directory;
	char *program;
};

/* ---- before the ids are there ---- */

static int die_with_supervisor(void *ctx)
{
	struct init *i = ctx;
	int r = process_die_with_parent();

	if (r < 0)
		return r;
	/* It may have died before the kernel knew. */
	return sync_alive(i->sock) ? 0 : err_set(EPIPE, "peer-died", "the supervisor is gone");
}

static int start_session(void *ctx)
{
	(void)ctx;
	if (sys_close_range(3, ~0U, SYS_CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys("cannot mark the descriptors close-on-exec");
	/* Its own session, or a program could push characters into the caller's terminal (TIOCSTI, CVE-2017-5226). */
	if (setsid() < 0)
		return err_sys("cannot start a session");
	(void)umask(0);
	return 0;
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

static int prepare_mounts(void *ctx)
{
	struct init *i = ctx;

	return rootfs_prepare(i->arena, &i->plan->root, &i->plan->mounts, i->plan->ids.setup_is_caller, &i->fs);
}

static int wait_for_ids(void *ctx)
{
	struct init *i = ctx;
	char *code = arena_alloc(i->arena, SYNC_DATA_MAX);
	size_t len;
	int r = sync_expect(i->sock, SYNC_MAPPED, NULL, code, SYNC_DATA_MAX, &len, NULL);

	i->filter = (struct seccomp_program){ .code = (struct sock_filter *)code, .n = len / sizeof(struct sock_filter) };
	return r;
}

/* ---- building ---- */

static int become_root(void *ctx)
{
	struct init *i = ctx;
	int r = process_become(i->plan->ids.setup_uid, i->plan->ids.setup_gid);

	return r < 0 ? r : die_with_supervisor(i); /* new ids made the kernel forget */
}

static int join_keyring(void *ctx)
{
	struct init *i = ctx;

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

static int run_hooks(const struct init *i, const struct hook_list *l, const char *status)
{
	return l->n ? hooks_run(l, oci_state(i->arena, i->plan, status, getpid()), -1) : 0;
}

static int run_create_hooks(void *ctx)
{
	struct init *i = ctx;

	return run_hooks(i, &i->plan->hooks.create_container, "creating");
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

/* ---- dropping ---- */

static int set_priorities(void *ctx)
{
	struct init *i = ctx;
	const struct plan_process *p = i->process;
	int r = 0;

	if (p->sched)
		r = process_set_scheduler(p->sched);
	if (r == 0 && p->io_priority >= 0)
		r = process_set_io_priority(p->io_priority);
	if (r == 0 && p->mempolicy)
		r = process_set_mempolicy(p->mempolicy);
	if (r == 0 && p->personality >= 0)
		r = process_set_personality(p->personality);
	return r;
}

static int set_labels(void *ctx)
{
	struct init *i = ctx;
	int r = 0;

	if (i->process->apparmor)
		r = process_set_apparmor(i->proc, i->process->apparmor);
	if (r == 0 && i->process->selinux)
		r = process_set_selinux(i->proc, i->process->selinux);
	return r;
}

/* Nothing of the host stays open: "/proc/self/fd/N/.." must not be a way out (CVE-2024-21626). */
static int leave_host(void *ctx)
{
	struct init *i = ctx;
	unsigned keep[2] = { (unsigned)i->sock, (unsigned)i->reaper };
	unsigned first = 3;

	if (i->reaper >= 0 && keep[1] < keep[0]) {
		keep[0] = (unsigned)i->reaper;
		keep[1] = (unsigned)i->sock;
	}
	for (int n = 0; n < (i->reaper >= 0 ? 2 : 1); n++) {
		if (keep[n] > first)
			(void)sys_close_range(first, keep[n] - 1, 0);
		first = keep[n] + 1;
	}
	(void)sys_close_range(first, ~0U, 0);
	i->proc = i->fs.root = i->fs.below = -1;
	return 0;
}

static int enter_directory(const char *path)
{
	char cwd[PATH_MAX];

	if (chdir(path) < 0)
		return err_sys("/process/cwd: cannot enter the working directory '%s'", path);
	/* The system call, because glibc works around what we want to see: "(unreachable)" in front. */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 || cwd[0] != '/')
		return err_set(EPERM, "cwd-outside", "the working directory '%s' is outside of the container", path);
	return 0;
}

/* Root may enter what the user may not, and then the user is inside (as runc does); otherwise the user may still. */
static int try_directory(void *ctx)
{
	struct init *i = ctx;
	int r = enter_directory(i->process->cwd);

	i->in_directory = r == 0;
	return r == -EACCES ? 0 : r;
}

/* So that "echo > /dev/stdout" works for any user. Only pipes without a name, which nobody else can open by one. */
static void open_pipes(void)
{
	for (int fd = 0; fd < 3; fd++) {
		struct statfs fs;

		if (fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC)
			(void)fchmod(fd, 0666);
	}
}

static int install_filter(struct init *i)
{
	const struct seccomp_profile *s = i->process->seccomp;
	uint32_t flags = s->filter_flags | (s->listener_path ? (uint32_t)SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
	int r = seccomp_load(&i->filter, flags);

	if (r < 0 || !s->listener_path)
		return r;
	r = sync_send(i->sock, SYNC_LISTENER, r, NULL, 0, r);
	return r;
}

/* Without no_new_privs only CAP_SYS_ADMIN may install a filter (seccomp(2)), so it comes before the drop. */
static int filter_early(void *ctx)
{
	struct init *i = ctx;

	return i->process->seccomp && !i->process->no_new_privs ? install_filter(i) : 0;
}

static int drop_privileges(void *ctx)
{
	struct init *i = ctx;
	const struct plan_process *p = i->process;
	int r;

	open_pipes();
	if ((r = process_set_rlimits(p->rlimits.items, p->rlimits.n)) < 0)
		return r;
	if (p->no_new_privs && (r = process_set_no_new_privs()) < 0)
		return r;
	if ((r = process_set_credentials(p->uid, p->gid, p->set_groups ? &p->groups : NULL, &p->caps)) < 0)
		return r;
	(void)umask((mode_t)p->umask);
	return die_with_supervisor(i);
}

static int enter_late(void *ctx)
{
	struct init *i = ctx;

	return i->in_directory ? 0 : enter_directory(i->process->cwd);
}

/* ---- the program ---- */

static bool is_program(const char *path, bool *ret_denied)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	if (access(path, X_OK) == 0)
		return true;
	*ret_denied = true;
	return false;
}

static int search_path(struct init *i, const char *name, bool *ret_denied)
{
	const char *path = strv_get_env(&i->process->env, "PATH");

	for (const char *p = path ? path : _PATH_DEFPATH; *p;) {
		size_t len = strcspn(p, ":");
		char *full = len ? arena_printf(i->arena, "%.*s/%s", (int)len, p, name) : arena_printf(i->arena, "./%s", name);

		if (is_program(full, ret_denied)) {
			i->program = full;
			return 0;
		}
		p += len + (p[len] == ':');
	}
	return -ENOENT;
}

static int find_program(void *ctx)
{
	struct init *i = ctx;
	const char *name = i->process->args.v[0];
	bool denied = false;

	if (strchr(name, '/')) {
		struct stat st;

		i->program = arena_strdup(i->arena, name);
		if (stat(name, &st) < 0 && errno != EACCES)
			return err_status(ENOENT, EXIT_NOTFOUND, "command-not-found", "command '%s' not found in the container", name);
		if (S_ISDIR(st.st_mode))
			return err_status(EACCES, EXIT_NOEXEC, "command-not-executable", "command '%s' is a directory", name);
		if (access(name, X_OK) < 0)
			return err_status(errno, EXIT_NOEXEC, "command-not-executable", "command '%s' cannot be executed: %s", name,
					  strerror(errno));
		return 0;
	}
	if (search_path(i, name, &denied) == 0)
		return 0;
	if (denied)
		return err_status(EACCES, EXIT_NOEXEC, "command-not-executable", "command '%s' cannot be executed: permission denied",
				  name);
	return err_status(ENOENT, EXIT_NOTFOUND, "command-not-found", "command '%s' not found in $PATH of the container", name);
}

static int set_home(void *ctx)
{
	struct init *i = ctx;
	struct strv *env = &((struct plan_process *)(uintptr_t)i->process)->env; /* our copy since fork */
	const char *home = strv_get_env(env, "HOME");
	struct user_entry e;
	autoclose int root = -1;

	if (home && *home)
		return 0;
	if ((root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys("cannot open the root");
	if (!userdb_find_user(i->arena, userdb_read(i->arena, root, "/etc/passwd"), NULL, i->process->uid, &e) || !e.home[0])
		e.home = "/";
	/* An empty one is replaced: programs find the first. */
	strv_set_env(i->arena, env, arena_printf(i->arena, "HOME=%s", e.home));
	return 0;
}

static int filter_late(void *ctx)
{
	struct init *i = ctx;

	return i->process->seccomp && i->process->no_new_privs ? install_filter(i) : 0;
}

static int run_start_hooks(void *ctx)
{
	struct init *i = ctx;

	return run_hooks(i, &i->plan->hooks.start_container, "created");
}

static int exec_failed(const char *program)
{
	int num = errno;

	if (num == ENOENT) /* the file is there, we looked: what it needs to run is not */
		return err_status(num, EXIT_NOTFOUND, "command-not-found",
				  "command '%s' cannot be executed: its interpreter is missing in the container", program);
	return err_status(num, EXIT_NOEXEC, "command-not-executable", "command '%s' cannot be executed: %s", program, strerror(num));
}

/* The reaper gets the socket, to report that the program behind it could not be executed. */
static int exec_reaper(struct init *i)
{
	const struct plan_process *p = i->process;
	struct strv argv = { 0 };

	strv_push(i->arena, &argv, arena_strdup(i->arena, "urun-init"));
	strv_push(i->arena, &argv, arena_printf(i->arena, "%d", i->sock));
	strv_push(i->arena, &argv, i->program);
	for (size_t n = 0; n < p->args.n; n++)
		strv_push(i->arena, &argv, p->args.v[n]);
	if (fcntl(i->sock, F_SETFD, 0) < 0)
		return err_sys("cannot pass the socket on");
	signals_reset();
	(void)syscall(SYS_execveat, i->reaper, "", argv.v, p->env.v, AT_EMPTY_PATH);
	return err_sys("cannot execute '%s'", p->init);
}

static int exec_program(void *ctx)
{
	struct init *i = ctx;
	char *no_env[] = { NULL };

	if (i->reaper >= 0)
		return exec_reaper(i);
	signals_reset();
	(void)execve(i->program, i->process->args.v, i->process->env.v ? i->process->env.v : no_env);
	return exec_failed(i->process->args.v[0]);
}

static const struct step steps[] = {
	{ "die with the supervisor", die_with_supervisor },
	{ "start a session", start_session },
	{ "open /proc", open_proc },
	{ "set the oom score", set_oom },
	{ "set the clocks", set_clocks },
	{ "isolate the mounts", isolate_mounts },
	{ "prepare the mounts", prepare_mounts },
	{ "wait for the ids", wait_for_ids },
	{ "become root of the container", become_root },
	{ "join a keyring", join_keyring },
	{ "set the names", set_names },
	{ "raise the loopback interface", raise_loopback },
	{ "set kernel parameters", set_sysctls },
	{ "build the mounts", build_mounts },
	{ "open a terminal", open_terminal },
	{ "wait for the host's hooks", wait_for_host_hooks },
	{ "run createContainer hooks", run_create_hooks },
	{ "enter the root", enter_root },
	{ "take the terminal", take_terminal },
	{ "seal the root", seal_root },
	{ "set priorities", set_priorities },
	{ "set labels", set_labels },
	{ "leave the host", leave_host },
	{ "enter the directory", try_directory },
	{ "install the filter early", filter_early },
	{ "drop privileges", drop_privileges },
	{ "enter the directory as the user", enter_late },
	{ "set HOME", set_home },
	{ "find the program", find_program },
	{ "install the filter", filter_late },
	{ "run startContainer hooks", run_start_hooks },
	{ "execute", exec_program },
};

_Noreturn void init_main(const struct init_args *args)
{
	struct init i = {
		.args = args,
		.arena = args->arena,
		.plan = args->plan,
		.process = &args->plan->process,
		.sock = args->sock,
		.reaper = args->reaper,
		.proc = -1,
		.console = { .master = -1, .slave = -1 },
	};

	sync_log_to(&i.sock, args->log_level);
	(void)steps_run("init", steps, ARRAY_SIZE(steps), &i);
	(void)sync_send_error(i.sock);
	_exit(EXIT_URUN);
}
