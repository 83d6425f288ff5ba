/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/stage.h"
#include "linux/ns.h"
#include "linux/process.h"
#include "linux/sys.h"
#include "run/userns_refusal.h"
#include <sys/prctl.h>
#include <sys/wait.h>

static void keep_only(int sock, int report, const struct stage *s)
{
	int keep[STAGE_KEEP_MAX + 2] = { sock, report };

	for (size_t i = 0; i < s->n_keep; i++)
		keep[2 + i] = s->keep[i];
	process_close_fds(3 + (int)s->preserved, keep, 2 + s->n_keep);
}

/* What the stage has to say goes another way than the words of the child, who may be faster. */
static _Noreturn void stage_main(const struct talk *t, int sock, int report, const struct stage *s, bool outside)
{
	pid_t pid = -1;
	int e = process_die_with_parent();

	/* While a copy of the supervisor's end is open here, its death would not be seen. */
	(void)close(t->sock);
	if (e == 0 && s->prepare)
		e = s->prepare(s->ctx, outside);
	if (e == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		e = err_sys("cannot become untraceable");
	if (e == 0)
		e = s->enter(s->ctx);
	if (e == 0) {
		keep_only(sock, report, s);
		pid = ns_fork(s->new_namespaces, true, -1, NULL);
		if (pid == 0) {
			(void)close(report);
			s->inside(s->ctx, sock);
		}
		if (pid < 0)
			(void)userns_refused(errno);
	}
	(void)(pid < 0 ? sync_send_error(report) : sync_send(report, SYNC_INIT_PID, pid, NULL, 0, -1));
	_exit(pid < 0 ? EXIT_URUN : 0);
}

int stage_run(const struct talk *t, int their_end, const struct stage *s, struct child *ret)
{
	autoclose int fd = -1, report = -1;
	int pair[2], e;
	pid_t stage;

	if ((e = sync_pair(pair)) < 0)
		return e;
	report = pair[0];
	stage = ns_fork(0, false, s->cgroup, &fd);
	if ((ret->outside = stage < 0 && s->cgroup >= 0))
		stage = ns_fork(0, false, -1, &fd);
	if (stage == 0) {
		(void)close(report);
		stage_main(t, their_end, pair[1], s, ret->outside);
	}
	(void)close(pair[1]);
	if (stage < 0)
		return err_sys("cannot fork");
	/* No signal ends this: the child may be faster than the stage, and then the signal is for its program already. */
	e = talk_hear(&(struct talk){ .arena = t->arena, .sock = report, .signals = -1 }, SYNC_INIT_PID, &ret->pid, NULL);
	if (e < 0)
		(void)sys_pidfd_send_signal(fd, SIGKILL);
	(void)waitpid(stage, NULL, 0);
	if (e < 0)
		return e;
	/* Our own child that nobody has waited for: the pid is its. */
	return (ret->pidfd = sys_pidfd_open(ret->pid)) < 0 ? err_sys("cannot open process %d", ret->pid) : 0;
}

void child_kill(const struct child *c)
{
	if (c->pid <= 0)
		return;
	/* Ours, and nobody has waited for it yet: the number is its. */
	(void)(c->pidfd >= 0 ? sys_pidfd_send_signal(c->pidfd, SIGKILL) : kill(c->pid, SIGKILL));
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
