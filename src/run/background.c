/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/background.h"
#include "linux/process.h"
#include "linux/sync.h"
#include <fcntl.h>
#include <sys/wait.h>

static int use_streams(int output)
{
	autoclose int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		return err_sys("cannot connect the container's output");
	return 0;
}

static _Noreturn void supervisor_main(struct arena *a, const struct run_request *q, int sock, int output)
{
	struct run_request mine = *q;
	int r = use_streams(output);

	/* What the caller has open, locks and pipes for instance, is not ours to hold. */
	process_close_fds(3 + (int)q->plan->process.preserved_fds, &sock, 1);
	sync_log_to(&sock, q->log_level);
	mine.mode = RUN_FOREGROUND;
	mine.running = &sock;
	(void)setsid();
	if (r == 0)
		r = run_container(a, &mine);
	if (r < 0 && sock >= 0)
		(void)sync_send_error(sock);
	_exit(r < 0 ? EXIT_URUN : r);
}

int run_in_background(struct arena *a, const struct run_request *q, int output)
{
	int pair[2], r;
	pid_t pid;

	if ((r = sync_pair(pair)) < 0)
		return r;
	if ((pid = fork()) < 0)
		return err_sys("cannot fork");
	if (pid == 0) {
		(void)close(pair[0]);
		supervisor_main(a, q, pair[1], output);
	}
	(void)close(pair[1]);
	r = sync_expect(pair[0], SYNC_CREATED, NULL, NULL, 0, NULL, NULL);
	(void)close(pair[0]);
	if (r < 0)
		(void)waitpid(pid, NULL, 0);
	return r;
}
