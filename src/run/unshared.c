/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unshared.c - become a command in the caller's full mapping.
 *
 * No process of ours stays: the caller's process itself enters the new user namespace and executes. What has to happen
 * outside, writing its maps, is done by a child that it makes before. */
#include "linux/idmap.h"
#include "linux/process.h"
#include "linux/rootfs.h"
#include "linux/sync.h"
#include "run/run.h"
#include "run/userns_refusal.h"
#include <sched.h>
#include <string.h>
#include <sys/wait.h>

static int map(struct arena *a, pid_t pid, const struct plan_ids *ids)
{
	struct idmap_job job;
	int r, ended;

	if (ids->method != IDS_HELPERS)
		return idmap_write(a, pid, &ids->uid, &ids->gid, ids->method == IDS_SINGLE);
	r = idmap_begin(a, pid, ids->newuidmap, ids->newgidmap, &ids->uid, &ids->gid, &job);
	ended = idmap_end(&job, -1);
	return r < 0 ? r : ended;
}

static _Noreturn void mapper_main(struct arena *a, pid_t pid, const struct plan_ids *ids, int sock)
{
	if (sync_expect(sock, SYNC_GO, NULL, NULL, 0, NULL, NULL) < 0)
		_exit(EXIT_URUN);
	if (map(a, pid, ids) < 0)
		(void)sync_send_error(sock);
	else
		(void)sync_send(sock, SYNC_MAPPED, 0, NULL, 0, -1);
	_exit(0);
}

static int enter(int sock)
{
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return userns_refused(errno);
	if ((r = sync_send(sock, SYNC_GO, 0, NULL, 0, -1)) < 0)
		return r;
	return sync_expect(sock, SYNC_MAPPED, NULL, NULL, 0, NULL, NULL);
}

int run_unshared(struct arena *a, const struct plan_ids *ids, char *const argv[])
{
	pid_t self = getpid(), mapper;
	int pair[2], r;

	if ((r = sync_pair(pair)) < 0)
		return r;
	if ((mapper = fork()) < 0)
		return err_sys("cannot fork");
	if (mapper == 0) {
		(void)close(pair[0]);
		mapper_main(a, self, ids, pair[1]);
	}
	(void)close(pair[1]);
	r = enter(pair[0]);
	(void)close(pair[0]);
	(void)waitpid(mapper, NULL, 0);
	if (r < 0)
		return r;
	if ((r = rootfs_isolate()) < 0)
		return r;
	if ((r = process_become(ids->setup_uid, ids->setup_gid)) < 0)
		return r;
	(void)execvp(argv[0], argv);
	if (errno == ENOENT)
		return err_status(ENOENT, EXIT_NOTFOUND, "command-not-found", "command '%s' not found", argv[0]);
	return err_status(errno, EXIT_NOEXEC, "command-not-executable", "command '%s' cannot be executed: %s", argv[0], strerror(errno));
}
