/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_port.c - ports of the host that can be had, and the reasons why others cannot. */
#include "base/err.h"
#include "base/file.h"
#include "linux/port.h"
#include "linux/sys.h"
#include "tap.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define NOBODYS_ADDRESS "192.0.2.1" /* for documentation (RFC 5737) */

/* ---- others ---- */

enum way { BOUND, LISTENING };

/* A socket of ours on a port that is free (or on this one), or -1; *port says which. */
static int take_port(enum port_protocol protocol, const char *addr, enum way way, uint16_t *port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(*port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(*port) };
	bool is_v4 = inet_pton(AF_INET, addr, &v4.sin_addr) == 1;
	struct sockaddr *any = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	int sock = socket(is_v4 ? AF_INET : AF_INET6, (protocol == PORT_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	const int one = 1;

	(void)inet_pton(AF_INET6, addr, &v6.sin6_addr);
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 || bind(sock, any, len) < 0 ||
	    (way == LISTENING && listen(sock, 1) < 0) || getsockname(sock, any, &len) < 0) {
		if (sock >= 0)
			(void)close(sock);
		return -1;
	}
	*port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
	return sock;
}

static int try(struct arena *a, enum port_protocol protocol, const char *addr, uint16_t port)
{
	struct port_forward p = { .protocol = protocol, .host_addr = addr, .host_port = port, .container_port = 80 };

	return ports_try(a, &(struct port_forwards){ .items = &p, .n = 1 });
}

static const char *own_name(struct arena *a)
{
	char name[32] = "";

	(void)prctl(PR_GET_NAME, name);
	return arena_strdup(a, name);
}

/* ---- claims ---- */

static void a_free_port_can_be_had(void)
{
	autoarena a = { 0 };
	uint16_t port = 0;
	int sock = take_port(PORT_TCP, "127.0.0.1", LISTENING, &port);

	claim(sock >= 0 && try(&a, PORT_TCP, "127.0.0.1", port) < 0, "while somebody listens a port is not free");
	(void)close(sock);
	claim(try(&a, PORT_TCP, "127.0.0.1", port) == 0, "but afterwards");
	claim(try(&a, PORT_TCP, "127.0.0.1", port) == 0, "and it is not kept");
	claim(try(&a, PORT_UDP, "0.0.0.0", port) == 0, "for the other protocol, too");
}

static void both_families_can_have_a_port(void)
{
	autoarena a = { 0 };
	uint16_t none = 0, port = 0;
	autoclose int six = take_port(PORT_TCP, "::1", BOUND, &none), four = take_port(PORT_TCP, "0.0.0.0", LISTENING, &port);

	if (six < 0)
		skip("there is no IPv6", "all addresses of IPv6 are without those of IPv4");
	else
		claim(four >= 0 && try(&a, PORT_TCP, "::", port) == 0, "all addresses of IPv6 are without those of IPv4");
}

static void any_port_is_one_that_is_free(void)
{
	static const char *const addrs[] = { "127.0.0.1", "0.0.0.0" };
	autoarena a = { 0 };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(addrs); i++) {
		struct port_forward p = { .protocol = i % 2 ? PORT_UDP : PORT_TCP, .host_addr = addrs[i / 2], .container_port = 80 };
		int sock;

		claim(ports_try(&a, &(struct port_forwards){ .items = &p, .n = 1 }) == 0 && p.host_port >= 1024, "a port is found on %s",
		      addrs[i / 2]);
		sock = take_port(p.protocol, p.host_addr, BOUND, &p.host_port);
		claim(sock >= 0, "and can be taken");
		(void)close(sock);
	}
}

/* The more there are, the sooner two would be the same. */
static void all_ports_are_different(void)
{
	autoarena a = { 0 };
	struct port_forwards l = { 0 };
	bool same = false;

	for (size_t i = 0; i < 500; i++)
		*arena_push(&a, &l) = (struct port_forward){ .host_addr = "127.0.0.1", .container_port = (uint16_t)(i + 1) };
	claim(ports_try(&a, &l) == 0, "many free ports are found");
	for (size_t i = 0; i < l.n; i++)
		for (size_t k = 0; k < i; k++)
			same = same || l.items[i].host_port == l.items[k].host_port;
	claim(!same, "and none twice");
}

static void who_has_it_is_named(void)
{
	static const struct {
		enum port_protocol protocol;
		enum way way;
		const char *theirs, *ours, *shown;
	} rows[] = {
		{ PORT_TCP, LISTENING, "127.0.0.1", "127.0.0.1", "127.0.0.1" },
		{ PORT_TCP, LISTENING, "127.0.0.1", "0.0.0.0", "0.0.0.0" },
		{ PORT_TCP, LISTENING, "0.0.0.0", "127.0.0.1", "127.0.0.1" },
		{ PORT_UDP, BOUND, "127.0.0.1", "127.0.0.1", "127.0.0.1" },
		{ PORT_UDP, BOUND, "0.0.0.0", "127.0.0.2", "127.0.0.2" },
		{ PORT_TCP, LISTENING, "::", "127.0.0.1", "127.0.0.1" },
		{ PORT_TCP, LISTENING, "::ffff:127.0.0.1", "127.0.0.1", "127.0.0.1" },
		{ PORT_TCP, LISTENING, "::1", "::1", "[::1]" },
		{ PORT_UDP, BOUND, "::1", "::", "[::]" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint16_t port = 0;
		int sock = take_port(rows[i].protocol, rows[i].theirs, rows[i].way, &port);

		if (sock < 0 && strchr(rows[i].theirs, ':')) {
			skip("there is no IPv6", "%s is in the way of %s", rows[i].theirs, rows[i].ours);
			continue;
		}
		claim(try(&a, rows[i].protocol, rows[i].ours, port) == -EADDRINUSE, "%s is in the way of %s", rows[i].theirs, rows[i].ours);
		claim_text(err_last()->code, "port-busy", "with a code");
		claim_text(err_last()->text,
			   arena_printf(&a, "cannot publish %s:%u: address already in use by '%s' (pid %d)", rows[i].shown, port,
					own_name(&a), getpid()),
			   "and a name");
		(void)close(sock);
	}
}

static void the_right_one_is_named(void)
{
	autoarena a = { 0 };
	uint16_t port = 0;
	int sock = take_port(PORT_TCP, "127.0.0.1", LISTENING, &port), other;
	pid_t pid;

	if ((pid = fork()) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_NAME, "a\x1b[2J'b) 7");
		(void)close(sock);
		if (take_port(PORT_TCP, "127.0.0.2", LISTENING, &port) < 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	for (int i = 0; i < 500 && try(&a, PORT_TCP, "127.0.0.2", port) == 0; i++)
		(void)usleep(10000);
	claim_text(err_last()->text,
		   arena_printf(&a, "cannot publish 127.0.0.2:%u: address already in use by 'a\\x1b[2J'b) 7' (pid %d)", port, pid),
		   "the same port of another address has another owner, whose name does nothing to a terminal");
	(void)try(&a, PORT_TCP, "127.0.0.1", port);
	claim(strstr(err_last()->text, own_name(&a)) != NULL, "and this one is ours");
	other = take_port(PORT_TCP, "127.0.0.3", BOUND, &port);
	claim(other >= 0 && try(&a, PORT_TCP, "127.0.0.3", port) == 0, "who is bound and does not listen is not in the way");
	(void)close(other);
	(void)close(sock);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* A connection that has ended lingers on the port of the side that closed first. */
static void a_lingering_connection_is_not_in_the_way(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	autoarena a = { 0 };
	uint16_t port = 0;
	char byte;
	int sock = take_port(PORT_TCP, "127.0.0.1", LISTENING, &port), client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

	addr.sin_port = htons(port);
	if (connect(client, (const struct sockaddr *)&addr, sizeof(addr)) < 0 || (server = accept4(sock, NULL, NULL, SOCK_CLOEXEC)) < 0)
		abort();
	(void)close(sock);
	(void)close(server);
	(void)!read(client, &byte, 1);
	(void)close(client);
	claim(try(&a, PORT_TCP, "127.0.0.1", port) == 0, "a connection that lingers is not in the way");
}

static void an_address_must_be_the_hosts(void)
{
	autoarena a = { 0 };

	claim(try(&a, PORT_TCP, NOBODYS_ADDRESS, 8080) == -EADDRNOTAVAIL, "the address of another host is refused");
	claim_text(err_last()->text, "cannot publish " NOBODYS_ADDRESS ":8080: the host has no such address", "in words");
	claim_text(err_last()->code, "port-address", "with a code");
	claim(try(&a, PORT_UDP, "localhost", 8080) == -EINVAL, "a name is no address");
	claim_text(err_last()->text, "cannot publish localhost:8080: this is no address", "which is said");
}

/* ---- as an unprivileged user ---- */

/* What another process comes to. */
struct report {
	int r;
	char code[64], text[512], fix[512], now[512];
};

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

static void try_as_nobody(struct report *ret, struct port_forward *p)
{
	pid_t pid = fork();

	if (pid == 0) {
		autoarena a = { 0 };

		(void)sys_close_range(STDERR_FILENO + 1, ~0U, 0); /* what is ours would be its own, too */
		if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
			_exit(1);
		ret->r = ports_try(&a, &(struct port_forwards){ .items = p, .n = 1 });
		copy(ret->code, sizeof(ret->code), err_last()->code);
		copy(ret->text, sizeof(ret->text), err_last()->text);
		copy(ret->fix, sizeof(ret->fix), err_last()->advice.fix);
		copy(ret->now, sizeof(ret->now), err_last()->advice.now);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static unsigned privileged_below(void)
{
	char text[16];

	return file_peek(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", text, sizeof(text)) > 0
		       ? (unsigned)strtoul(text, NULL, 10)
		       : 1024;
}

static void low_ports_need_a_setting(struct report *r)
{
	const unsigned start = privileged_below();
	autoarena a = { 0 };

	if (start <= 80 || start > 8053) {
		skip("net.ipv4.ip_unprivileged_port_start", "low ports are privileged");
		return;
	}
	try_as_nobody(r, &(struct port_forward){ .host_addr = "0.0.0.0", .host_port = 80, .container_port = 8000 });
	claim(r->r == -EACCES, "a low port is refused");
	claim_text(r->code, "port-privileged", "with a code");
	claim_text(r->text, arena_printf(&a, "cannot publish 0.0.0.0:80: ports below %u need a host setting", start), "in words");
	claim_text(r->fix, "echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee /etc/sysctl.d/90-ports.conf && sudo sysctl --system",
		   "with what an administrator can do");
	claim_text(r->now, arena_printf(&a, "-p 8080:8000, or a port from %u on", start), "and what goes without");
	try_as_nobody(r, &(struct port_forward){ .protocol = PORT_UDP, .host_addr = "127.0.0.1", .host_port = 53, .container_port = 5353 });
	claim_text(r->now, arena_printf(&a, "-p 127.0.0.1:8053:5353/udp, or a port from %u on", start),
		   "for the same address and protocol");
}

static void strangers_are_not_named(struct report *r)
{
	struct port_forward p = { .host_addr = "127.0.0.1" };
	autoarena a = { 0 };
	int sock;

	if (geteuid() != 0) {
		skip("only root can be two users", "a process of another user is not named");
		return;
	}
	sock = take_port(PORT_TCP, p.host_addr, LISTENING, &p.host_port);
	try_as_nobody(r, &p);
	claim_text(r->text,
		   arena_printf(&a, "cannot publish 127.0.0.1:%u: address already in use by a process of another user", p.host_port),
		   "a process of another user is not named");
	(void)close(sock);
}

int main(void)
{
	struct report *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		return 1;
	a_free_port_can_be_had();
	both_families_can_have_a_port();
	any_port_is_one_that_is_free();
	all_ports_are_different();
	who_has_it_is_named();
	the_right_one_is_named();
	a_lingering_connection_is_not_in_the_way();
	an_address_must_be_the_hosts();
	low_ports_need_a_setting(r);
	strangers_are_not_named(r);
	return tap_done();
}
