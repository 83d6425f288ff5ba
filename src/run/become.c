/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/become.h"
#include "linux/hook.h"
#include "linux/process.h"
#include "linux/program.h"
#include "linux/signals.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include "linux/userdb.h"
#include "run/oci_state.h"
#include "run/start.h"
#include "run/steps.h"
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

int die_with_supervisor(int sock)
{
	int r = process_die_with_parent();

	if (r < 0)
		return r;
	/* It may have died before the kernel knew. */
	return sync_alive(sock) ? 0 : err_set(EPIPE, "peer-died", "the supervisor is gone");
}

/* ---- dropping ---- */

static int set_priorities(void *ctx)
{
	struct becoming *b = ctx;
	const struct plan_process *p = &b->plan->process;
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
	struct becoming *b = ctx;
	int r = 0;

	if (b->plan->process.apparmor)
		r = process_set_apparmor(b->proc, b->plan->process.apparmor);
	if (r == 0 && b->plan->process.selinux)
		r = process_set_selinux(b->proc, b->plan->process.selinux);
	return r;
}

/* Nothing of the host stays open: "/proc/self/fd/N/.." must not be a way out (CVE-2024-21626). */
static int leave_host(void *ctx)
{
	struct becoming *b = ctx;
	const int keep[] = { b->sock, b->reaper, b->start, b->result };

	process_close_fds(3 + (int)b->plan->process.preserved_fds, keep, ARRAY_SIZE(keep));
	b->proc = -1;
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
	struct becoming *b = ctx;
	int r = enter_directory(b->plan->process.cwd);

	b->in_directory = r == 0;
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

static int install_filter(struct becoming *b)
{
	const struct seccomp_profile *s = b->plan->process.seccomp;
	uint32_t flags = s->filter_flags | (s->listener_path ? (uint32_t)SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
	int r = seccomp_load(&b->filter, flags);

	if (r < 0 || !s->listener_path)
		return r;
	r = sync_send(b->sock, SYNC_LISTENER, r, NULL, 0, r);
	return r;
}

/* Without no_new_privs only CAP_SYS_ADMIN may install a filter (seccomp(2)), so it comes before the drop. */
static int filter_early(void *ctx)
{
	struct becoming *b = ctx;

	return b->plan->process.seccomp && !b->plan->process.no_new_privs ? install_filter(b) : 0;
}

static int drop_privileges(void *ctx)
{
	struct becoming *b = ctx;
	const struct plan_process *p = &b->plan->process;
	int r;

	open_pipes();
	if ((r = process_set_rlimits(p->rlimits.items, p->rlimits.n)) < 0)
		return r;
	if (p->no_new_privs && (r = process_set_no_new_privs()) < 0)
		return r;
	if ((r = process_set_credentials(p->uid, p->gid, p->set_groups ? &p->groups : NULL, &p->caps)) < 0)
		return r;
	(void)umask((mode_t)p->umask);
	return die_with_supervisor(b->sock);
}

static int enter_late(void *ctx)
{
	struct becoming *b = ctx;

	return b->in_directory ? 0 : enter_directory(b->plan->process.cwd);
}

/* ---- the program ---- */

static int find_program(void *ctx)
{
	struct becoming *b = ctx;

	return program_find(b->arena, &b->plan->process.env, b->plan->process.args.v[0], &b->program);
}

/* What only who runs inside can know. */
static int complete_environment(void *ctx)
{
	struct becoming *b = ctx;
	struct strv *env = &((struct plan_process *)(uintptr_t)&b->plan->process)->env; /* our copy since fork */
	const char *home = strv_get_env(env, "HOME");
	struct user_entry e;
	autoclose int root = -1;

	/* sd_listen_fds(3): they are for this process. */
	if (b->plan->process.listen_fds)
		strv_set_env(b->arena, env, arena_printf(b->arena, "LISTEN_PID=%d", getpid()));
	if (home && *home)
		return 0;
	if ((root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys("cannot open the root");
	if (!userdb_find_user(b->arena, userdb_read(b->arena, root, "/etc/passwd"), NULL, b->plan->process.uid, &e) || !e.home[0])
		e.home = "/";
	/* An empty one is replaced: programs find the first. */
	strv_set_env(b->arena, env, arena_printf(b->arena, "HOME=%s", e.home));
	return 0;
}

/* ---- the filter, and the moment when we are on our own ---- */

/* An agent gets the listener from the supervisor, so it must be there as long as that one is. */
static bool has_listener(const struct becoming *b)
{
	return b->plan->process.seccomp && b->plan->process.seccomp->listener_path;
}

static int filter_for_agent(void *ctx)
{
	struct becoming *b = ctx;

	return has_listener(b) && b->plan->process.no_new_privs ? install_filter(b) : 0;
}

/* From here on the supervisor may end without taking us along; until it says GO its death is ours. */
static int take_leave(void *ctx)
{
	struct becoming *b = ctx;
	int r;

	if (!b->detached)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
		return err_sys("cannot outlive the supervisor");
	if ((r = sync_write(b->sock, SYNC_CREATED)) < 0)
		return r;
	return sync_read(b->sock, SYNC_GO);
}

static int wait_for_start(void *ctx)
{
	struct becoming *b = ctx;

	if (b->start < 0)
		return 0;
	log_listen(NULL, NULL, LOG_LEVEL_ERROR);
	(void)close(take_fd(&b->sock));
	return start_wait(b->start);
}

static int filter_late(void *ctx)
{
	struct becoming *b = ctx;

	return b->plan->process.seccomp && b->plan->process.no_new_privs && !has_listener(b) ? install_filter(b) : 0;
}

static int run_start_hooks(void *ctx)
{
	struct becoming *b = ctx;
	const struct hook_list *l = &b->plan->hooks.start_container;
	const struct record r = record_of(b->plan);

	return l->n ? hooks_run(l, oci_state(b->arena, &r, "created", getpid()), -1) : 0;
}

/* The reaper gets the socket, to report that the program behind it could not be executed. */
static int exec_reaper(struct becoming *b)
{
	const struct plan_process *p = &b->plan->process;
	struct strv argv = { 0 };

	strv_push(b->arena, &argv, arena_strdup(b->arena, "urun-init"));
	strv_push(b->arena, &argv, arena_printf(b->arena, "%d", b->sock >= 0 ? b->sock : b->result));
	strv_push(b->arena, &argv, b->program);
	for (size_t n = 0; n < p->args.n; n++)
		strv_push(b->arena, &argv, p->args.v[n]);
	if (fcntl(b->sock >= 0 ? b->sock : b->result, F_SETFD, 0) < 0)
		return err_sys("cannot pass the socket on");
	signals_reset();
	(void)syscall(SYS_execveat, b->reaper, "", argv.v, p->env.v, AT_EMPTY_PATH);
	return err_sys("cannot execute '%s'", p->init);
}

static int exec_program(void *ctx)
{
	struct becoming *b = ctx;
	char *no_env[] = { NULL };

	if (b->reaper >= 0)
		return exec_reaper(b);
	signals_reset();
	(void)execve(b->program, b->plan->process.args.v, b->plan->process.env.v ? b->plan->process.env.v : no_env);
	return program_exec_failed(b->plan->process.args.v[0]);
}

static const struct step steps[] = {
	{ "set priorities", set_priorities },
	{ "set labels", set_labels },
	{ "leave the host", leave_host },
	{ "enter the directory", try_directory },
	{ "install the filter early", filter_early },
	{ "drop privileges", drop_privileges },
	{ "enter the directory as the user", enter_late },
	{ "complete the environment", complete_environment },
	{ "find the program", find_program },
	{ "install the filter for an agent", filter_for_agent },
	{ "take leave of the supervisor", take_leave },
	{ "wait for the start", wait_for_start },
	{ "install the filter", filter_late },
	{ "run startContainer hooks", run_start_hooks },
	{ "execute", exec_program },
};

_Noreturn void become_program(struct becoming *b)
{
	(void)steps_run("program", steps, ARRAY_SIZE(steps), b);
	sync_write_error(b->sock >= 0 ? b->sock : b->result); /* the filter may be on us */
	_exit(EXIT_URUN);
}
