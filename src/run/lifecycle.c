/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lifecycle.c - what changes a container after it was made: start, signals, pause, resume, delete (runtime.md). */
#include "base/err.h"
#include "linux/cgroup.h"
#include "linux/hook.h"
#include "linux/ns.h"
#include "linux/processes.h"
#include "linux/signals.h"
#include "linux/sys.h"
#include "run/container.h"
#include "run/oci_state.h"
#include "run/network.h"
#include "run/placement.h"
#include "run/start.h"
#include "run/state.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

enum { DEATH_TIMEOUT_MS = 10 * 1000 };

static int wrong_status(const struct container *c, const char *verb)
{
	return err_set(EBUSY, "status", "cannot %s container '%s': it is %s", verb, c->id, status_name(c->status));
}

/* containerd and others look for these words. */
static int not_running(const struct container *c)
{
	return err_set(ESRCH, "not-running", "container not running: '%s' is %s", c->id, status_name(c->status));
}

/* ---- signals ---- */

static bool kill_cgroup(const struct container *c)
{
	autoclose int cgroup = container_cgroup(c);

	if (cgroup < 0 || !cgroup_has_processes(cgroup))
		return false;
	cgroup_kill(cgroup);
	return true;
}

static bool signal_all(const struct container *c, int sig)
{
	struct members m;

	if (sig == SIGKILL && kill_cgroup(c))
		return true;
	return container_members(c, &m) && processes_signal(&m, sig);
}

/* To process 1, or to all processes. */
static int send_signal(const struct container *c, int sig, bool all)
{
	autoclose int fd = -1;

	/* Without a pid namespace of its own processes may outlive the first. */
	if (all && signal_all(c, sig))
		return 0;
	if (c->status == STATUS_STOPPED || (fd = process_open((pid_t)c->record.pid, c->record.pid_start)) < 0)
		return not_running(c);
	if (sys_pidfd_send_signal(fd, sig) < 0)
		return errno == ESRCH ? not_running(c) : err_sys("cannot send signal %d to container '%s'", sig, c->id);
	return 0;
}

int container_kill(const struct container *c, int sig, bool all)
{
	return c->status == STATUS_CREATING ? wrong_status(c, "signal") : send_signal(c, sig, all);
}

int container_pause(const struct container *c)
{
	autoclose int fd = -1, cgroup = container_cgroup(c);

	if (c->status != STATUS_RUNNING)
		return wrong_status(c, "pause");
	brief_remove(c->dir); /* it says that it runs */
	if (cgroup >= 0)
		return cgroup_freeze(cgroup, true);
	if ((fd = openat(c->dir, "paused", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return err_sys("cannot note that container '%s' is paused", c->id);
	(void)signal_all(c, SIGSTOP);
	return 0;
}

int container_resume(const struct container *c)
{
	autoclose int cgroup = container_cgroup(c);
	int r;

	if (c->status != STATUS_PAUSED)
		return wrong_status(c, "resume");
	if (cgroup >= 0 && (r = cgroup_freeze(cgroup, false)) < 0)
		return r;
	if (cgroup < 0)
		(void)signal_all(c, SIGCONT);
	if (unlinkat(c->dir, "paused", 0) < 0 && cgroup < 0)
		return err_sys("cannot note that container '%s' goes on", c->id);
	container_write_brief(c);
	return 0;
}

/* ---- the end ---- */

/* True when the process is gone. */
static bool wait_for(pid_t pid, uint64_t start, int timeout_ms)
{
	autoclose int fd = process_open(pid, start);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	if (fd < 0)
		return true;
	while ((n = poll(&p, 1, timeout_ms)) < 0 && errno == EINTR)
		;
	return n != 0;
}

int container_stop(const struct container *c, int sig, int timeout_ms)
{
	const struct record *r = &c->record;
	const bool unheard = r->pid_ns && signal_asks_to_end(sig) && process_drops_signal((pid_t)r->pid, sig);
	int e = c->status == STATUS_CREATED ? 0 : send_signal(c, sig, false);

	/* A signal that nobody hears needs no patience. */
	if (c->status == STATUS_CREATED || (unheard && process_drops_signal((pid_t)r->pid, sig)))
		timeout_ms = 0;
	if (c->status == STATUS_PAUSED)
		(void)container_resume(c);
	if (e < 0)
		return e == -ESRCH ? 0 : e;
	if (wait_for((pid_t)r->pid, r->pid_start, timeout_ms))
		return 0;
	e = send_signal(c, SIGKILL, false);
	(void)wait_for((pid_t)r->pid, r->pid_start, DEATH_TIMEOUT_MS);
	return e == -ESRCH ? 0 : e;
}

int container_exit_status(const struct container *c)
{
	enum { REAP_TIMEOUT_MS = 2000 };
	autoclose int fd = process_open((pid_t)c->record.pid, c->record.pid_start);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status;

	while (fd >= 0 && poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	/* POLLHUP: its parent has taken notice, and only now the kernel tells others. */
	p.events = 0;
	if (fd >= 0)
		(void)poll(&p, 1, REAP_TIMEOUT_MS);
	if (fd >= 0 && (status = process_exit_status(fd)) >= 0)
		return status;
	/* A supervisor that is there writes it down. */
	(void)wait_for((pid_t)c->record.supervisor, c->record.supervisor_start, DEATH_TIMEOUT_MS);
	if ((status = state_read_exit(c->dir)) >= 0)
		return status;
	return err_advise(
		err_set(ENODATA, "status-unknown", "container '%s' has ended, and its exit status is known only to who started it", c->id),
		&(struct advice){ .now = "wait for it before it ends (Linux 6.15 or newer), or use `run --detach`, which keeps it" });
}

/* The supervisor of a killed container cleans up and ends by itself; one that hangs is killed too. */
static int kill_all(const struct container *c)
{
	const struct record *r = &c->record;
	autoclose int supervisor = process_open((pid_t)r->supervisor, r->supervisor_start);

	/* It may be waiting for a hook, which it ends first. */
	if (c->status == STATUS_CREATING && supervisor >= 0)
		(void)sys_pidfd_send_signal(supervisor, SIGTERM);
	if (r->pid && !r->pid_ns)
		(void)signal_all(c, SIGKILL);
	(void)send_signal(c, SIGKILL, false);
	if (!wait_for((pid_t)r->pid, r->pid_start, DEATH_TIMEOUT_MS))
		return err_set(ETIMEDOUT, "not-dead", "process %d of container '%s' does not die", (int)r->pid, c->id);
	if (r->supervisor == getpid() || wait_for((pid_t)r->supervisor, r->supervisor_start, DEATH_TIMEOUT_MS))
		return 0;
	if (supervisor >= 0)
		(void)sys_pidfd_send_signal(supervisor, SIGKILL);
	return 0;
}

int container_delete(const struct container *c, bool force, const struct hook_list *poststop)
{
	bool gone = c->status == STATUS_STOPPED;
	autoclose int userns = -1;
	int r;

	if (!force && !gone && c->status != STATUS_CREATED)
		return err_advise(wrong_status(c, "delete"), &(struct advice){ .now = "kill it first, or use --force" });
	if (process_is((pid_t)c->record.pid, c->record.pid_start))
		userns = ns_open_user((pid_t)c->record.pid);
	if ((r = kill_all(c)) < 0)
		return r;
	networked_remove(c->arena, c->dir);
	placed_remove(c->arena, c->dir, userns, true);
	/* After it is deleted (runtime.md, "Lifecycle", step 13), by the one who has done it. */
	if ((r = state_remove(c->root, c->id, c->dir, c->recorded)) == 1)
		hooks_run_all(poststop, oci_state(c->arena, &c->record, "stopped", 0));
	return r < 0 ? r : 0;
}

/* ---- the start ---- */

/* A hook has failed: the container is stopped and deleted (runtime.md, "Lifecycle", steps 7 and 9). */
static int undo_start(const struct container *c, const struct plan_hooks *hooks)
{
	const struct err *why = err_keep(c->arena);

	(void)container_delete(c, true, &hooks->poststop);
	return err_restore(why);
}

int container_start(const struct container *c, const struct plan_hooks *hooks)
{
	int r;

	if (c->status != STATUS_CREATED)
		return wrong_status(c, "start");
	if ((r = start_tell(c->dir)) == -ESRCH)
		return err_set(ESRCH, "status", "cannot start container '%s': somebody else has started it, or it has just ended", c->id);
	if (r < 0)
		return strcmp(err_last()->code, "hook") == 0 ? undo_start(c, hooks) : r;
	(void)unlinkat(c->dir, "result", 0);
	container_write_brief(c);
	r = hooks_run(&hooks->poststart, oci_state(c->arena, &c->record, "running", (pid_t)c->record.pid), -1);
	return r < 0 ? undo_start(c, hooks) : 0;
}
