/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * talk - both ends of what claims about networks send. Addresses are numbers, of IPv4 or IPv6.
 *
 *	talk serve ADDR PORT           serve TCP and UDP, says "ready" first; ends with its parent
 *	talk tcp ADDR PORT WORD...     say the words and then stdin, print the answer
 *	talk udp ADDR PORT WORD...     the same, as one datagram, without stdin; said again until there is an answer
 *	talk crowd COUNT ADDR PORT     that many connections at once, all of them open before the first one says something
 *	talk pour COUNT                print as many bytes, which look like chance and are always the same
 *	talk ping ADDR                 as everybody may whose group is in net.ipv4.ping_group_range
 *
 * The words that the server knows are the first line of a connection, or a datagram:
 *
 *	who                    who the client is for the server
 *	echo COUNT             as many bytes as come after it; a datagram is returned as it is, whatever it says
 *	pour COUNT             see above
 *	sum COUNT              what sha256sum(1) says of as many bytes that come after it
 *	call tcp ADDR PORT     what the server there answers to "who"
 *	call udp ADDR PORT
 *
 * It is the server who ends a connection: the pasta of Debian 12 repeats what it has sent when the client closes its half before.
 *
 * The status of a client is 1 where nobody listens, and 2 where nobody answers. Both ends give up when nothing moves for a minute.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NOBODY_LISTENS = 1,
	NOBODY_ANSWERS = 2,
	WRONG_USE = 125,
	PATIENCE = 60,
	CONNECT_PATIENCE = 10,
	SUM_PATIENCE = 600,
	BLOCK = 65536,
	WORD = 64
};

struct place {
	struct sockaddr_storage addr;
	socklen_t len;
};

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(NOBODY_LISTENS);
}

static struct place place_parse(const char *addr, const char *port)
{
	struct place p = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&p.addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&p.addr;
	const in_port_t number = htons((in_port_t)atoi(port));

	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = number;
		p.len = sizeof(*in);
	} else if (inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = number;
		p.len = sizeof(*in6);
	} else {
		fprintf(stderr, "talk: '%s' is no address\n", addr);
		exit(WRONG_USE);
	}
	return p;
}

static size_t place_print(const struct place *p, char *buf, size_t size)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&p->addr;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&p->addr;

	if (p->addr.ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, buf, (socklen_t)size - 1);
	else
		inet_ntop(AF_INET6, &in6->sin6_addr, buf, (socklen_t)size - 1);
	strcat(buf, "\n");
	return strlen(buf);
}

static int place_connect(const struct place *p, int type)
{
	const int fd = socket(p->addr.ss_family, type | SOCK_CLOEXEC, 0);

	alarm(CONNECT_PATIENCE);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&p->addr, p->len) < 0)
		give_up("talk: cannot connect");
	alarm(PATIENCE);
	return fd;
}

static bool write_all(int fd, const char *buf, size_t size)
{
	while (size > 0) {
		const ssize_t n = write(fd, buf, size);

		if (n < 0)
			return false;
		alarm(PATIENCE);
		buf += n;
		size -= (size_t)n;
	}
	return true;
}

static void copy(int from, int to)
{
	static char buf[BLOCK];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0 && write_all(to, buf, (size_t)n))
		;
}

/* Xorshift, of Marsaglia: no byte tells where a copy has lost or repeated some. */
static void pour(int fd, size_t left)
{
	static uint64_t buf[BLOCK / sizeof(uint64_t)];
	uint64_t x = 88172645463325252;

	while (left > 0) {
		const size_t n = left < sizeof(buf) ? left : sizeof(buf);

		for (size_t i = 0; i < BLOCK / sizeof(uint64_t); i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			buf[i] = x;
		}
		if (!write_all(fd, (const char *)buf, n))
			return;
		left -= n;
	}
}

/* Byte by byte: what comes after the line belongs to the answer. */
static void read_line(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && read(fd, buf + n, 1) == 1 && buf[n] != '\n')
		n++;
	buf[n] = '\0';
}

/* ---- the clients ---- */

static char *join_words(char **words, const char *end)
{
	static char line[BLOCK];
	size_t len = 0;

	for (; *words; words++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s", *words, words[1] ? " " : end);
	return line;
}

/* Both directions at once, because the server may return what it gets. */
static int talk_tcp(const struct place *p, const char *line)
{
	const int fd = place_connect(p, SOCK_STREAM);
	static char buf[BLOCK];
	size_t begin = 0, end = 0;
	bool open = true, heard = false;
	ssize_t n;

	if (!write_all(fd, line, strlen(line)))
		give_up("talk: cannot send");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd net = { .fd = fd, .events = POLLIN };

		if (begin == end && open) {
			n = read(STDIN_FILENO, buf, sizeof(buf));
			begin = 0;
			end = n > 0 ? (size_t)n : 0;
			open = n > 0;
		}
		if (begin < end)
			net.events |= POLLOUT;
		if (poll(&net, 1, PATIENCE * 1000) <= 0)
			return NOBODY_ANSWERS;
		if (net.revents & POLLOUT) {
			n = write(fd, buf + begin, end - begin);
			if (n > 0) {
				alarm(PATIENCE);
				begin += (size_t)n;
			}
		}
		if (net.revents & (POLLIN | POLLHUP | POLLERR)) {
			static char back[BLOCK];

			n = read(fd, back, sizeof(back));
			if (n < 0 && errno == EAGAIN)
				continue;
			if (n < 0)
				give_up("talk");
			if (n == 0)
				return heard ? 0 : NOBODY_ANSWERS;
			heard = true;
			if (!write_all(STDOUT_FILENO, back, (size_t)n))
				return WRONG_USE;
		}
	}
}

static int talk_udp(const struct place *p, const char *line)
{
	const int fd = place_connect(p, SOCK_DGRAM);
	struct pollfd net = { .fd = fd, .events = POLLIN };
	static char buf[BLOCK];

	for (int i = 0; i < 5; i++) {
		ssize_t n;

		if (send(fd, line, strlen(line), 0) < 0 || poll(&net, 1, 400) <= 0)
			continue;
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0)
			give_up("talk");
		(void)write_all(STDOUT_FILENO, buf, (size_t)n);
		if (n > 0 && buf[n - 1] != '\n')
			(void)write_all(STDOUT_FILENO, "\n", 1);
		return 0;
	}
	return NOBODY_ANSWERS;
}

static int talk_ping(const struct place *p)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
	const struct icmphdr echo = { .type = ICMP_ECHO };
	struct icmphdr reply;

	alarm(CONNECT_PATIENCE);
	if (fd < 0 || sendto(fd, &echo, sizeof(echo), 0, (const struct sockaddr *)&p->addr, p->len) < 0)
		give_up("talk: cannot ping");
	if (recv(fd, &reply, sizeof(reply), 0) < 0 || reply.type != ICMP_ECHOREPLY)
		return NOBODY_ANSWERS;
	puts("alive");
	return 0;
}

static int talk_crowd(const char *count, const struct place *p)
{
	const int n = atoi(count);
	int *fds = calloc((size_t)n, sizeof(*fds)), answered = 0;
	char said[WORD], heard[WORD];

	for (int i = 0; i < n; i++)
		fds[i] = place_connect(p, SOCK_STREAM);
	for (int i = 0; i < n; i++) {
		snprintf(said, sizeof(said), "echo 5\n%04d\n", i);
		if (!write_all(fds[i], said, strlen(said)))
			give_up("talk: cannot send");
	}
	for (int i = 0; i < n; i++) {
		read_line(fds[i], heard, sizeof(heard));
		if (*heard && atoi(heard) == i)
			answered++;
	}
	printf("%d\n", answered);
	return answered == n ? 0 : NOBODY_ANSWERS;
}

/* ---- the server ---- */

static void answer_echo(int fd, size_t left)
{
	static char buf[BLOCK];

	while (left > 0) {
		const ssize_t n = read(fd, buf, left < sizeof(buf) ? left : sizeof(buf));

		if (n <= 0 || !write_all(fd, buf, (size_t)n))
			return;
		left -= (size_t)n;
	}
}

static void answer_sum(int fd, size_t count)
{
	char script[WORD];

	snprintf(script, sizeof(script), "head -c %zu | sha256sum", count);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return;
	if (fork() == 0) {
		alarm(SUM_PATIENCE);
		execlp("sh", "sh", "-c", script, (char *)NULL);
		_exit(WRONG_USE);
	}
	alarm(SUM_PATIENCE);
	signal(SIGCHLD, SIG_DFL);
	wait(NULL);
}

/* As a client, whose answer is the one of this connection. */
static void answer_call(int fd, int (*talk)(const struct place *, const char *), const char *addr, const char *port)
{
	const struct place p = place_parse(addr, port);

	if (dup2(fd, STDOUT_FILENO) >= 0)
		(void)talk(&p, talk == talk_tcp ? "who\n" : "who");
}

static _Noreturn void answer(int fd, const struct place *client)
{
	char line[2 * WORD + 16], addr[WORD], port[WORD];
	size_t count;

	alarm(PATIENCE);
	read_line(fd, line, sizeof(line));
	if (sscanf(line, "echo %zu", &count) == 1)
		answer_echo(fd, count);
	else if (sscanf(line, "pour %zu", &count) == 1)
		pour(fd, count);
	else if (sscanf(line, "sum %zu", &count) == 1)
		answer_sum(fd, count);
	else if (strcmp(line, "who") == 0)
		(void)write_all(fd, line, place_print(client, line, sizeof(line)));
	else if (sscanf(line, "call tcp %63s %63s", addr, port) == 2)
		answer_call(fd, talk_tcp, addr, port);
	else if (sscanf(line, "call udp %63s %63s", addr, port) == 2)
		answer_call(fd, talk_udp, addr, port);
	/* Whoever waits for the end sees it now, and nothing that is on its way is lost. */
	shutdown(fd, SHUT_WR);
	copy(fd, fd);
	exit(0);
}

static void take_connection(int listener)
{
	struct place client = { .len = sizeof(client.addr) };
	const int fd = accept(listener, (struct sockaddr *)&client.addr, &client.len);

	if (fd < 0)
		return;
	if (fork() == 0) {
		close(listener);
		answer(fd, &client);
	}
	close(fd);
}

static void take_datagram(int fd)
{
	static char buf[BLOCK];
	struct place client = { .len = sizeof(client.addr) };
	ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&client.addr, &client.len);

	if (n < 0)
		return;
	if (n == 3 && memcmp(buf, "who", 3) == 0)
		n = (ssize_t)place_print(&client, buf, sizeof(buf));
	(void)sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&client.addr, client.len);
}

static int place_bind(const struct place *p, int type)
{
	const int fd = socket(p->addr.ss_family, type | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&p->addr, p->len) < 0)
		give_up("talk: cannot serve");
	return fd;
}

static _Noreturn void serve(const struct place *p)
{
	struct pollfd fds[] = {
		{ .fd = place_bind(p, SOCK_STREAM), .events = POLLIN },
		{ .fd = place_bind(p, SOCK_DGRAM), .events = POLLIN },
	};

	if (listen(fds[0].fd, 1024) < 0)
		give_up("talk: cannot serve");
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			take_connection(fds[0].fd);
		if (fds[1].revents)
			take_datagram(fds[1].fd);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc >= 3 ? argv[1] : "";
	struct place p;

	signal(SIGPIPE, SIG_IGN);
	if (strcmp(what, "crowd") == 0 && argc == 5) {
		p = place_parse(argv[3], argv[4]);
		return talk_crowd(argv[2], &p);
	}
	if (strcmp(what, "pour") == 0 && argc == 3) {
		pour(STDOUT_FILENO, strtoul(argv[2], NULL, 10));
		return 0;
	}
	if (strcmp(what, "ping") == 0 && argc == 3) {
		p = place_parse(argv[2], "0");
		return talk_ping(&p);
	}
	if (argc < 4)
		return WRONG_USE;
	p = place_parse(argv[2], argv[3]);
	if (strcmp(what, "serve") == 0)
		serve(&p);
	if (strcmp(what, "tcp") == 0)
		return talk_tcp(&p, join_words(argv + 4, "\n"));
	if (strcmp(what, "udp") == 0)
		return talk_udp(&p, join_words(argv + 4, ""));
	return WRONG_USE;
}
