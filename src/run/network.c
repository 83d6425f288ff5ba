/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/network.h"
#include "base/file.h"
#include "linux/network_probe.h"
#include "linux/port.h"
#include "linux/processes.h"
#include "linux/signals.h"
#include "linux/slirp_api.h"
#include "linux/sys.h"
#include "plan/ports.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static int await_route(struct arena *a, int signals)
{
	enum { TRIES = 100, PAUSE_MS = 100 };

	for (int i = 0; i < TRIES && !network_own_address(a); i++) {
		struct pollfd p = { .fd = signals, .events = POLLIN };
		int r;

		if (poll(&p, 1, PAUSE_MS) > 0 && (r = signals_ask_to_end(signals)) < 0)
			return r;
	}
	return 0;
}

int network_begin(struct network *n, struct arena *a, const struct plan_network *plan, int state_dir, int signals)
{
	int r;

	n->arena = a;
	n->plan = plan;
	n->state_dir = state_dir;
	for (size_t i = 0; i < plan->ports.n; i++)
		*arena_push(a, &n->ports) = plan->ports.items[i];
	if ((r = ports_try(a, &n->ports)) < 0)
		return r;
	return plan->helper == NETWORK_BY_PASTA ? await_route(a, signals) : 0;
}

/* ---- its end before ours ---- */

static bool says_nothing(const char *line)
{
	static const char *const beginnings[] = { "WARNING: Support for", "sent tapfd", "received tapfd", "Failed to send" };

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (strncmp(line, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return !*line;
}

/* The first line that says what is wrong. */
static const char *reason(struct network *n)
{
	char *text = arena_alloc(n->arena, 4096), *line;
	ssize_t len = read(n->words, text, 4095);

	text[len > 0 ? len : 0] = '\0';
	while ((line = strsep(&text, "\n")))
		if (!says_nothing(line))
			return line;
	return "";
}

static const char *how_it_ended(struct network *n)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)n->pid, &info, WEXITED) < 0 && errno == EINTR)
		;
	n->pid = 0;
	return arena_printf(n->arena, "%s %d", info.si_code == CLD_EXITED ? "with status" : "by signal", info.si_status);
}

static int failed(struct network *n)
{
	const char *name = network_helper_name(n->plan->helper), *how = how_it_ended(n), *why = reason(n);

	if (strstr(why, "unrecognized option") || strstr(why, "invalid option"))
		return err_advise(err_set(ENOTSUP, "network-old", "%s is too old: %s", name, why),
				  &(struct advice){ .fix = arena_printf(n->arena, "install a newer %s", name),
						    .now = "--network=host or --network=none" });
	return err_advise(err_set(EIO, "network-failed", "%s has ended %s%s%s", name, how, *why ? ": " : "", why),
			  &(struct advice){ .now = "--network=host or --network=none" });
}

int network_fd(const struct network *n)
{
	return n->pidfd;
}

static void forget(struct network *n)
{
	int *const fds[] = { &n->pidfd, &n->ready, &n->words, &n->life };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0)
			(void)close(take_fd(fds[i]));
	n->pid = 0;
}

void network_tell_end(struct network *n, const char *id)
{
	const char *how = how_it_ended(n), *why = reason(n);

	log_warn("network-lost", "%s has ended %s%s%s: '%s' has no network any more", network_helper_name(n->plan->helper), how,
		 *why ? ": " : "", why, id);
	forget(n);
}

/* With what it may have started: it leads its session. Nobody waits for it, its end takes long. */
void network_end(struct network *n)
{
	if (n->pid > 0) {
		(void)sys_pidfd_send_signal(n->pidfd, SIGKILL);
		(void)kill(-n->pid, SIGKILL);
	}
	forget(n);
}

/* ---- waiting ---- */

static int wait_until_ready(struct network *n, const struct talk *talk)
{
	enum { PATIENCE_MS = 20 * 1000 };

	while (n->ready >= 0) {
		struct pollfd fds[] = {
			{ .fd = n->ready, .events = POLLIN },
			{ .fd = n->pidfd, .events = POLLIN },
			{ .fd = talk->signals, .events = POLLIN },
			{ .fd = talk->sock },
		};
		int ready = poll(fds, ARRAY_SIZE(fds), PATIENCE_MS), r;

		if (ready < 0 && errno != EINTR)
			return err_sys("cannot wait for the network");
		if (ready == 0)
			return err_set(ETIMEDOUT, "network-failed", "%s is not ready after %d seconds",
				       network_helper_name(n->plan->helper), PATIENCE_MS / 1000);
		if (fds[2].revents && (r = signals_ask_to_end(talk->signals)) < 0)
			return r;
		if (fds[0].revents & POLLIN)
			(void)close(take_fd(&n->ready));
		else if (fds[1].revents)
			return failed(n);
		else if (fds[3].revents & POLLHUP)
			return talk_ask_why(talk, err_set(EPIPE, "network-failed", "the container has ended before its network was there"));
	}
	return 0;
}

/* pasta has got them as options. */
static int publish(struct network *n)
{
	for (size_t i = 0; n->plan->helper == NETWORK_BY_SLIRP4NETNS && i < n->ports.n; i++) {
		int64_t id;
		int r = slirp_add(n->arena, n->state_dir, NETWORK_SOCKET, &n->ports.items[i], NULL, &id);

		if (r < 0)
			return r;
	}
	return 0;
}

int network_await(struct network *n, const struct talk *talk)
{
	int r;

	if (n->ready < 0)
		return 0;
	return (r = wait_until_ready(n, talk)) < 0 ? r : publish(n);
}

/* ---- the note ---- */

static enum network_helper helper_of(const char *name)
{
	return strcmp(name, network_helper_name(NETWORK_BY_PASTA)) == 0 ? NETWORK_BY_PASTA : NETWORK_BY_SLIRP4NETNS;
}

static bool read_head(struct arena *a, const char *line, struct networked *ret)
{
	char name[16], address[64], nameserver[64];
	unsigned long long start;

	if (sscanf(line, "%15s %d %llu %63s %63s", name, &ret->pid, &start, address, nameserver) != 5)
		return false;
	ret->helper = helper_of(name);
	ret->start = start;
	ret->address = address[0] == '-' ? NULL : arena_strdup(a, address);
	ret->nameserver = nameserver[0] == '-' ? NULL : arena_strdup(a, nameserver);
	return true;
}

static void read_port(struct arena *a, const char *line, struct port_forwards *ret)
{
	char protocol[8], address[64];
	unsigned host, container;

	if (sscanf(line, "%7s %63s %u %u", protocol, address, &host, &container) != 4 || host > UINT16_MAX || container > UINT16_MAX)
		return;
	*arena_push(a, ret) = (struct port_forward){
		.protocol = strcmp(protocol, port_protocol_name(PORT_UDP)) == 0 ? PORT_UDP : PORT_TCP,
		.host_addr = arena_strdup(a, address),
		.host_port = (uint16_t)host,
		.container_port = (uint16_t)container,
		.origin = "network",
	};
}

int networked_read(struct arena *a, int state_dir, struct networked *ret)
{
	enum { NOTE_MAX = 8 * 1024 * 1024 };
	char *text, *line;
	size_t len;

	*ret = (struct networked){ 0 };
	if (file_read(a, state_dir, "network", NOTE_MAX, &text, &len) < 0)
		return -ENOENT;
	if (!read_head(a, line = strsep(&text, "\n"), ret))
		return -ENOENT;
	while (text && (line = strsep(&text, "\n")))
		read_port(a, line, &ret->ports);
	return 0;
}

void networked_remove(struct arena *a, int state_dir)
{
	struct networked n;
	autoclose int process = networked_read(a, state_dir, &n) == 0 ? process_open(n.pid, n.start) : -1;

	if (process >= 0)
		(void)sys_pidfd_send_signal(process, SIGKILL);
}
