/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_start.c - start slirp4netns(1) or pasta(1), each with its own way to say that it is ready and to learn that it is over. */
#include "base/file.h"
#include "linux/helper.h"
#include "linux/process.h"
#include "linux/processes.h"
#include "linux/sys.h"
#include "plan/ports.h"
#include "run/network.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What it gets of ours. */
struct equipment {
	int null, words, ready, life;
};

static int make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys("cannot make a pipe");
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

static int equip(struct network *n, struct equipment *e)
{
	int r;

	if ((e->null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
		return err_sys("cannot open '/dev/null'");
	if ((r = make_pipe(&n->words, &e->words)) < 0 || (r = make_pipe(&e->life, &n->life)) < 0)
		return r;
	/* Nobody may be there to read what it says: it must not wait for that. */
	(void)fcntl(n->words, F_SETFL, O_NONBLOCK);
	(void)fcntl(e->words, F_SETFL, O_NONBLOCK);
	return 0;
}

static void close_equipment(const struct equipment *e)
{
	const int fds[] = { e->null, e->words, e->ready, e->life };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

static void add(struct network *n, struct strv *argv, const char *word)
{
	strv_push(n->arena, argv, arena_strdup(n->arena, word));
}

static void begin_argv(struct network *n, struct strv *argv)
{
	add(n, argv, n->plan->program);
	for (size_t i = 0; i < n->plan->args.n; i++)
		add(n, argv, n->plan->args.v[i]);
}

static int spawn(struct network *n, const struct equipment *e, const struct strv *argv, const int *keep, size_t n_keep)
{
	n->pid = helper_spawn(n->arena, &(struct helper_start){
						.argv = argv->v,
						.env = environ,
						.in = e->null,
						.out = e->null,
						.words = e->words,
						.keep = keep,
						.n_keep = n_keep,
						.apart = true,
					});
	if (n->pid < 0) {
		int r = n->pid;

		n->pid = 0;
		return r;
	}
	return (n->pidfd = sys_pidfd_open(n->pid)) < 0 ? err_sys("cannot watch '%s'", n->plan->program) : 0;
}

/* ---- slirp4netns ---- */

/* It ends at the end of the pipe that --exit-fd is. Of what it says too it has both ends, so that saying it never kills it. */
static int start_slirp4netns(struct network *n, pid_t init, bool own_userns, struct equipment *e)
{
	struct arena *a = n->arena;
	struct strv argv = { 0 };
	int *keep = arena_array(a, 4, sizeof(*keep)), r;

	if ((r = make_pipe(&n->ready, &e->ready)) < 0)
		return r;
	begin_argv(n, &argv);
	add(n, &argv, arena_printf(a, "--ready-fd=%d", keep[0] = e->ready));
	add(n, &argv, arena_printf(a, "--exit-fd=%d", keep[1] = e->life));
	/* A path for a socket is short (unix(7)); the directory's may be longer. */
	add(n, &argv, arena_printf(a, "--api-socket=/proc/self/fd/%d/" NETWORK_SOCKET, keep[2] = n->state_dir));
	keep[3] = n->words;
	/* Only the user namespace of a process can be its sandbox's; and to be in ours already is no reason to enter it. */
	if (own_userns) {
		add(n, &argv, arena_printf(a, "%d", init));
	} else {
		add(n, &argv, "--netns-type=path");
		add(n, &argv, arena_printf(a, "/proc/%d/ns/net", init));
	}
	add(n, &argv, "tap0");
	return spawn(n, e, &argv, keep, 4);
}

/* ---- pasta ---- */

/* It opens this file when it is in the container's user namespace, where descriptors of ours can no longer be opened anew, and when it
 * may have closed those that it did not ask for: so it is a name in a directory of ours. */
static int make_ready_file(struct network *n, const char **ret_path)
{
	static const char name[] = "network.ready";
	char link[64], dir[PATH_MAX];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", n->state_dir);
	if ((len = readlink(link, dir, sizeof(dir) - 1)) <= 0)
		return err_sys("cannot find the state directory");
	(void)unlinkat(n->state_dir, name, 0);
	if (mkfifoat(n->state_dir, name, 0600) < 0 || (n->ready = openat(n->state_dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
		return err_sys("cannot make a FIFO in the state directory");
	*ret_path = arena_printf(n->arena, "%.*s/%s", (int)len, dir, name);
	return 0;
}

/* It has no --exit-fd. This process of ours does nothing else than to kill it when the supervisor has ended. */
static _Noreturn void keeper_main(int life, int pidfd)
{
	struct pollfd fds[] = { { .fd = life }, { .fd = pidfd, .events = POLLIN } };

	process_close_fds(0, (const int[]){ life, pidfd }, 2);
	(void)setsid();
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	(void)sys_pidfd_send_signal(pidfd, SIGKILL);
	_exit(0);
}

static int start_keeper(const struct network *n, const struct equipment *e)
{
	pid_t pid = fork();

	if (pid < 0)
		return err_sys("cannot fork");
	if (pid == 0)
		keeper_main(e->life, n->pidfd);
	return 0;
}

static int start_pasta(struct network *n, pid_t init, bool own_userns, struct equipment *e)
{
	struct strv argv = { 0 };
	const char *ready;
	int r;

	if ((r = make_ready_file(n, &ready)) < 0)
		return r;
	begin_argv(n, &argv);
	network_pasta_ports(n->arena, &n->ports, &argv);
	add(n, &argv, "--pid");
	add(n, &argv, ready);
	if (own_userns) {
		add(n, &argv, "--userns");
		add(n, &argv, arena_printf(n->arena, "/proc/%d/ns/user", init));
	} else {
		add(n, &argv, "--netns-only");
	}
	add(n, &argv, "--netns");
	add(n, &argv, arena_printf(n->arena, "/proc/%d/ns/net", init));
	if ((r = spawn(n, e, &argv, NULL, 0)) < 0)
		return r;
	return start_keeper(n, e);
}

/* ---- both ---- */

/* For who finds it by the state directory. */
static int note(const struct network *n)
{
	const struct plan_network *p = n->plan;
	const char *text = arena_printf(n->arena, "%s %d %llu %s %s\n", network_helper_name(p->helper), n->pid,
					(unsigned long long)process_start_time(n->pid), p->address ? p->address : "-",
					p->nameserver ? p->nameserver : "-");
	int r;

	for (size_t i = 0; i < n->ports.n; i++) {
		const struct port_forward *f = &n->ports.items[i];

		text = arena_printf(n->arena, "%s%s %s %u %u\n", text, port_protocol_name(f->protocol), f->host_addr, f->host_port,
				    f->container_port);
	}
	if ((r = file_create(n->state_dir, "network", text, strlen(text))) < 0) {
		errno = -r;
		return err_sys("cannot note who connects the network");
	}
	return 0;
}

int network_start(struct network *n, pid_t init, bool own_userns)
{
	struct equipment e = { -1, -1, -1, -1 };
	int r = equip(n, &e);

	if (r == 0)
		r = n->plan->helper == NETWORK_BY_PASTA ? start_pasta(n, init, own_userns, &e) : start_slirp4netns(n, init, own_userns, &e);
	close_equipment(&e);
	return r < 0 ? r : note(n);
}
