/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/slirp_api.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "linux/unix_socket.h"
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static int no_answer(void)
{
	return err_set(ETIMEDOUT, "slirp", "slirp4netns does not answer");
}

static int await_reply(int sock, int64_t until)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int64_t left;
	int n;

	do {
		if ((left = until - clock_ms()) <= 0)
			return no_answer();
		if ((n = poll(&p, 1, (int)left)) < 0 && errno != EINTR)
			return err_sys("cannot wait for slirp4netns");
	} while (n <= 0);
	return 0;
}

static int receive(int sock, int64_t until, char *text, size_t max, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;
	int r;

	/* One byte past the limit tells that there is more. */
	for (;;) {
		if ((r = await_reply(sock, until)) < 0)
			return r;
		if ((n = recv(sock, text + len, max + 1 - len, MSG_DONTWAIT)) < 0 && errno != EAGAIN && errno != EINTR)
			return err_sys("cannot hear slirp4netns");
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
		if (len > max)
			return err_set(EFBIG, "slirp", "slirp4netns answered more than %zu bytes", max);
	}
	*ret_len = len;
	return 0;
}

/* It begins to answer when it sees the end of the request. A new socket has room for all of it. */
static int say(int sock, const char *request)
{
	size_t len = strlen(request);
	ssize_t n = send(sock, request, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 || shutdown(sock, SHUT_WR) < 0)
		return err_sys("cannot talk to slirp4netns");
	return (size_t)n == len ? 0 : no_answer();
}

int slirp_exchange(struct arena *a, int dir, const char *socket_name, const char *request, size_t max, int timeout_ms, char **ret,
		   size_t *ret_len)
{
	const int64_t until = clock_ms() + timeout_ms;
	autoclose int sock = unix_connect_at(dir, socket_name, timeout_ms);
	char *text;
	int r;

	if (sock < 0)
		return err_in(sock, "cannot reach slirp4netns");
	if ((r = say(sock, request)) < 0)
		return r;
	text = arena_alloc(a, max + 1);
	if ((r = receive(sock, until, text, max, ret_len)) == 0)
		*ret = text;
	return r;
}

int slirp_add(struct arena *a, int dir, const char *socket_name, const struct port_forward *p, const char *guest_addr, int64_t *ret_id)
{
	const char *request = slirp_say_add(a, p, guest_addr);
	char *reply;
	size_t len;
	int r;

	if ((r = slirp_exchange(a, dir, socket_name, request, SLIRP_REPLY_MAX, SLIRP_TIMEOUT_MS, &reply, &len)) == 0)
		r = slirp_hear_added(a, reply, len, ret_id);
	return r < 0 ? err_in(r, "cannot publish %s", text_host_port(a, p->host_addr, p->host_port)) : 0;
}

int slirp_list(struct arena *a, int dir, const char *socket_name, struct slirp_forwards *ret)
{
	char *reply;
	size_t len;
	int r;

	if ((r = slirp_exchange(a, dir, socket_name, slirp_say_list(a), SLIRP_LIST_MAX, SLIRP_TIMEOUT_MS, &reply, &len)) == 0)
		r = slirp_hear_list(a, reply, len, ret);
	return r < 0 ? err_in(r, "cannot list the published ports") : 0;
}

int slirp_remove(struct arena *a, int dir, const char *socket_name, int64_t id)
{
	char *reply;
	size_t len;
	int r;

	if ((r = slirp_exchange(a, dir, socket_name, slirp_say_remove(a, id), SLIRP_REPLY_MAX, SLIRP_TIMEOUT_MS, &reply, &len)) == 0)
		r = slirp_hear_removed(a, reply, len);
	return r < 0 ? err_in(r, "cannot take back a published port") : 0;
}
