/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/port.h"
#include "base/err.h"
#include "base/file.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { UNPRIVILEGED_DEFAULT = 1024, TABLE_MAX = 16 * 1024 * 1024, NAME_SIZE = 64 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static const struct {
	int type;
	const char *tables[2]; /* who has which port, for IPv4 and IPv6 (proc_net(5)) */
} kinds[] = {
	[PORT_TCP] = { SOCK_STREAM, { "/proc/self/net/tcp", "/proc/self/net/tcp6" } },
	[PORT_UDP] = { SOCK_DGRAM, { "/proc/self/net/udp", "/proc/self/net/udp6" } },
};

static const char *host_text(struct arena *a, const struct port_forward *p)
{
	return text_host_port(a, p->host_addr, p->host_port);
}

/* ---- who has it ---- */

enum { V4_DIGITS = 8, V6_DIGITS = 32 };

/* An address as the tables have it: words as they lie in memory. */
static const char *table_address(struct arena *a, const union address *addr)
{
	const uint32_t *w = addr->v6.sin6_addr.s6_addr32;

	if (addr->any.sa_family == AF_INET)
		return arena_printf(a, "%08X", addr->v4.sin_addr.s_addr);
	return arena_printf(a, "%08X%08X%08X%08X", w[0], w[1], w[2], w[3]);
}

static bool is_any(const char *address)
{
	return address[strspn(address, "0")] == '\0';
}

/* Whether theirs keeps ours from being bound: "::" has the addresses of IPv4 too, and ours has only those of IPv6. */
static bool is_in_the_way(struct arena *a, const char *theirs, const char *ours)
{
	const char *mapped = arena_printf(a, "0000000000000000%08X", htonl(0xffff));

	if (strlen(theirs) == V6_DIGITS && strlen(ours) == V4_DIGITS) {
		if (strncmp(theirs, mapped, strlen(mapped)) == 0)
			theirs += strlen(mapped);
		else if (!is_any(theirs))
			return false;
	} else if (strlen(theirs) != strlen(ours)) {
		return false;
	}
	return is_any(theirs) || is_any(ours) || strcmp(theirs, ours) == 0;
}

struct holder {
	uint64_t inode; /* of its socket; 0: nobody found */
	uint32_t uid;
	bool listens;
};

/* Who listens is rather meant than who has a connection that comes from there. */
static void search_table(struct arena *a, const char *table, const char *ours, uint16_t port, struct holder *ret)
{
	enum { TCP_LISTEN_ = 0x0a }; /* <netinet/tcp.h> */
	char *text, *line;
	size_t len;

	if (file_read(a, AT_FDCWD, table, TABLE_MAX, &text, &len) < 0)
		return;
	while ((line = strsep(&text, "\n"))) {
		char theirs[V6_DIGITS + 1];
		unsigned their_port, state;
		struct holder h;

		if (sscanf(line, " %*u: %32[0-9A-F]:%X %*s %X %*s %*s %*s %" SCNu32 " %*s %" SCNu64, theirs, &their_port, &state, &h.uid,
			   &h.inode) != 5)
			continue;
		h.listens = state == TCP_LISTEN_;
		if (their_port == port && h.inode && is_in_the_way(a, theirs, ours) && (!ret->inode || (h.listens && !ret->listens)))
			*ret = h;
	}
}

static bool has_socket(pid_t pid, uint64_t inode)
{
	char path[64], wanted[64], link[64];
	const struct dirent *e;
	bool found = false;
	DIR *fds;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	(void)snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	fds = opendir(path);
	while (fds && !found && (e = readdir(fds))) {
		ssize_t n = readlinkat(dirfd(fds), e->d_name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = '\0';
		found = strcmp(link, wanted) == 0;
	}
	if (fds)
		(void)closedir(fds);
	return found;
}

/* 0 where it is a process that we may not look into. */
static pid_t find_process(uint64_t inode)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;
	pid_t found = 0;

	while (proc && !found && (e = readdir(proc))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0 && has_socket(pid, inode))
			found = pid;
	}
	if (proc)
		(void)closedir(proc);
	return found;
}

/* " by 'node' (pid 4711)", or as much of it as can be known. */
static const char *by_whom(struct arena *a, const struct port_forward *p, const union address *addr)
{
	const char *ours = table_address(a, addr);
	char path[64], name[NAME_SIZE];
	struct holder h = { 0 };
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(kinds[0].tables); i++)
		search_table(a, kinds[p->protocol].tables[i], ours, p->host_port, &h);
	if (!h.inode)
		return "";
	if (!(pid = find_process(h.inode)))
		return h.uid == geteuid() ? "" : " by a process of another user";
	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (file_peek(AT_FDCWD, path, name, sizeof(name)) <= 0)
		return arena_printf(a, " by process %d", pid);
	return arena_printf(a, " by '%s' (pid %d)", text_escape(a, name), pid);
}

/* ---- why not ---- */

/* Below this, ports are for root, or for who has the capability in the user namespace of this network. */
static uint16_t unprivileged_start(void)
{
	char text[16];
	unsigned start;

	if (file_peek(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%u", &start) != 1)
		return UNPRIVILEGED_DEFAULT;
	return (uint16_t)start;
}

/* 8080 for 80, as everybody does. */
static uint16_t port_instead(uint16_t port, uint16_t start)
{
	unsigned instead = port + 8000U;

	return port < 1024 && instead >= start ? (uint16_t)instead : start;
}

static int privileged(struct arena *a, const struct port_forward *p, uint16_t start)
{
	bool all = strcmp(p->host_addr, "0.0.0.0") == 0;
	const char *ports = text_host_port(a, p->host_addr, port_instead(p->host_port, start));

	return err_advise(
		err_set(EACCES, "port-privileged", "cannot publish %s: ports below %u need a host setting", host_text(a, p), start),
		&(struct advice){
			.fix = arena_printf(a,
					    "echo net.ipv4.ip_unprivileged_port_start=%u | sudo tee /etc/sysctl.d/90-ports.conf && "
					    "sudo sysctl --system",
					    p->host_port),
			.now = arena_printf(a, "-p %s:%u%s, or a port from %u on", all ? strchr(ports, ':') + 1 : ports, p->container_port,
					    p->protocol == PORT_UDP ? "/udp" : "", start),
		});
}

static int refused(struct arena *a, const struct port_forward *p, const union address *addr)
{
	uint16_t start = unprivileged_start();
	int num = errno;

	if (num == EADDRINUSE)
		return err_set(num, "port-busy", "cannot publish %s: address already in use%s", host_text(a, p), by_whom(a, p, addr));
	if (num == EADDRNOTAVAIL)
		return err_set(num, "port-address", "cannot publish %s: the host has no such address", host_text(a, p));
	if (num == EACCES && p->host_port < start)
		return privileged(a, p, start);
	errno = num;
	return err_sys("cannot publish %s", host_text(a, p));
}

/* ---- trying ---- */

static socklen_t read_address(const struct port_forward *p, union address *ret)
{
	const in_port_t port = htons(p->host_port);

	*ret = (union address){ .v6 = { .sin6_family = AF_INET6, .sin6_port = port } };
	if (inet_pton(AF_INET6, p->host_addr, &ret->v6.sin6_addr) == 1)
		return sizeof(ret->v6);
	*ret = (union address){ .v4 = { .sin_family = AF_INET, .sin_port = port } };
	return inet_pton(AF_INET, p->host_addr, &ret->v4.sin_addr) == 1 ? sizeof(ret->v4) : 0;
}

/* As slirp4netns binds it. With SO_REUSEADDR, TCP succeeds beside connections that linger, and fails beside who listens; UDP would
 * succeed beside another that has it too. */
static int set_options(int sock, const struct port_forward *p, int family)
{
	const int one = 1;

	if (p->protocol == PORT_TCP && setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (family == AF_INET6 && setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -errno;
	return 0;
}

/* The socket that has it. */
static int take(struct arena *a, struct port_forward *p)
{
	autoclose int sock = -1;
	union address addr;
	socklen_t len = read_address(p, &addr);

	if (len == 0)
		return err_set(EINVAL, "port-address", "cannot publish %s: this is no address", host_text(a, p));
	if ((sock = socket(addr.any.sa_family, kinds[p->protocol].type | SOCK_CLOEXEC, 0)) < 0 && errno == EAFNOSUPPORT)
		return err_set(EAFNOSUPPORT, "port-address", "cannot publish %s: the host has no addresses of this kind", host_text(a, p));
	if (sock < 0 || set_options(sock, p, addr.any.sa_family) < 0)
		return err_sys("cannot publish %s", host_text(a, p));
	if (bind(sock, &addr.any, len) < 0)
		return refused(a, p, &addr);
	if (getsockname(sock, &addr.any, &len) < 0)
		return err_sys("cannot publish %s", host_text(a, p));
	p->host_port = ntohs(addr.any.sa_family == AF_INET ? addr.v4.sin_port : addr.v6.sin6_port);
	return take_fd(&sock);
}

static int take_all(struct arena *a, struct port_forwards *l, bool any, int *socks)
{
	for (size_t i = 0; i < l->n; i++)
		if (socks[i] < 0 && any == (l->items[i].host_port == 0) && (socks[i] = take(a, &l->items[i])) < 0)
			return socks[i];
	return 0;
}

/* All are held until the last one is found, which would otherwise be one of those before. */
int ports_try(struct arena *a, struct port_forwards *l)
{
	int *socks = arena_array(a, l->n, sizeof(*socks)), r;

	for (size_t i = 0; i < l->n; i++)
		socks[i] = -1;
	if ((r = take_all(a, l, false, socks)) == 0)
		r = take_all(a, l, true, socks);
	for (size_t i = 0; i < l->n; i++)
		if (socks[i] >= 0)
			(void)close(socks[i]);
	return r;
}
