/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/sync.h"
#include "base/file.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static const char *const words[] = {
	[SYNC_LOG] = "LOG", [SYNC_ERROR] = "ERROR",	[SYNC_INIT_PID] = "INIT_PID", [SYNC_MAPPED] = "MAPPED",	  [SYNC_BUILT] = "BUILT",
	[SYNC_GO] = "GO",   [SYNC_CONSOLE] = "CONSOLE", [SYNC_LISTENER] = "LISTENER", [SYNC_CREATED] = "CREATED", [SYNC_EXEC] = "EXEC",
};

struct head {
	uint32_t word;
	int32_t value;
};

int sync_pair(int ret[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0)
		return err_sys("cannot make a socket pair");
	return 0;
}

int sync_send(int sock, enum sync_word word, int32_t value, const void *data, size_t len, int fd)
{
	struct head h = { .word = word, .value = value };
	struct iovec iov[] = { { &h, sizeof(h) }, { (void *)(uintptr_t)data, len } };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };

	if (fd >= 0) {
		struct cmsghdr *c = &control.align;

		*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
	}
	while (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return err_sys("cannot say %s to the other process", words[word]);
	return 0;
}

/* Texts one after the other, each with its NUL; an absent one is empty. */
static size_t pack(char *buf, size_t size, const char *const *texts, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = texts[i] ? strlen(texts[i]) : 0;

		if (used + len + (n - i) > size)
			len = 0;
		if (len)
			memcpy(buf + used, texts[i], len);
		used += len;
		buf[used++] = '\0';
	}
	return used;
}

static void unpack(const char *buf, size_t len, const char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t text = strnlen(buf, len);

		texts[i] = text > 0 && text < len ? buf : NULL;
		text += text < len;
		buf += text;
		len -= text;
	}
}

enum { TEXTS = 5, TEXTS_MAX = TEXTS * ERR_TEXT_MAX };

int sync_send_error(int sock)
{
	const struct err *e = err_last();
	const char *const texts[TEXTS] = { e->code, e->text, e->advice.cause, e->advice.fix, e->advice.now };
	char buf[TEXTS_MAX];

	return sync_send(sock, SYNC_ERROR, e->status << 16 | (e->num & 0xffff), buf, pack(buf, sizeof(buf), texts, TEXTS), -1);
}

/* A FIFO has no records and no room for ancillary data, but there is only one thing to say. */
void sync_write_error(int fifo)
{
	const struct err *e = err_last();
	const char *const texts[TEXTS] = { e->code, e->text, e->advice.cause, e->advice.fix, e->advice.now };
	const struct head h = { .word = SYNC_ERROR, .value = e->status << 16 | (e->num & 0xffff) };
	char buf[sizeof(h) + TEXTS_MAX];

	memcpy(buf, &h, sizeof(h));
	(void)write_all(fifo, buf, sizeof(h) + pack(buf + sizeof(h), TEXTS_MAX, texts, TEXTS));
}

static int adopt_error(int32_t value, const char *buf, size_t len)
{
	const char *t[TEXTS];

	unpack(buf, len, t, TEXTS);
	return err_restore(&(struct err){
		.num = value & 0xffff ? value & 0xffff : EIO,
		.status = value >> 16,
		.code = t[0],
		.text = t[1] ? t[1] : "unknown error",
		.advice = { .cause = t[2], .fix = t[3], .now = t[4] },
	});
}

int sync_write(int sock, enum sync_word word)
{
	const struct head h = { .word = word };

	return write(sock, &h, sizeof(h)) < 0 ? err_sys("cannot say %s to the other process", words[word]) : 0;
}

int sync_read(int sock, enum sync_word word)
{
	struct head h = { 0 };
	ssize_t n;

	while ((n = read(sock, &h, sizeof(h))) < 0)
		if (errno != EINTR && errno != ECONNRESET)
			return err_sys("cannot hear the other process");
	if (n == 0)
		return err_set(EPIPE, "peer-died", "the other process ended before it said %s", words[word]);
	return n == (ssize_t)sizeof(h) && h.word == word ? 0 : err_set(EPROTO, "protocol", "the other process did not say %s", words[word]);
}

int sync_read_error(int fifo)
{
	char buf[sizeof(struct head) + TEXTS_MAX];
	struct pollfd p = { .fd = fifo, .events = POLLIN };
	struct head h;
	size_t len = 0;
	ssize_t n;

	do {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return err_sys("cannot hear the container's first process");
		n = read(fifo, buf + len, sizeof(buf) - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	if (len < sizeof(h))
		return 0;
	memcpy(&h, buf, sizeof(h));
	return adopt_error(h.value, buf + sizeof(h), len - sizeof(h));
}

static void adopt_log(int32_t level, const char *buf, size_t len)
{
	const char *t[TEXTS];

	unpack(buf, len, t, TEXTS);
	log_say(&(struct log_line){
		.level = (enum log_level)level,
		.code = t[0],
		.text = t[1] ? t[1] : "",
		.advice = { .cause = t[2], .fix = t[3], .now = t[4] },
	});
}

static int take_passed_fd(struct msghdr *msg)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* One record; 0 is the end of the conversation, otherwise the length of data plus sizeof(struct head). */
static ssize_t receive(int sock, struct head *h, void *data, size_t size, int *ret_fd)
{
	struct iovec iov[] = { { h, sizeof(*h) }, { data, size } };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n;

	/* ECONNRESET: the peer ended without hearing our last word. The kernel says that once, before what the peer
	 * itself had said, which is still there. */
	while ((n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC)) < 0)
		if (errno != EINTR && errno != ECONNRESET)
			return err_sys("cannot hear the other process");
	*ret_fd = take_passed_fd(&msg);
	if (n > 0 && ((size_t)n < sizeof(*h) || (msg.msg_flags & MSG_TRUNC)))
		return err_set(EPROTO, "protocol", "the other process sent half a word");
	return n;
}

int sync_expect(int sock, enum sync_word word, int32_t *ret_value, void *data, size_t size, size_t *ret_len, int *ret_fd)
{
	char texts[TEXTS_MAX];
	void *into = size > sizeof(texts) ? data : texts;

	for (;;) {
		autoclose int fd = -1;
		struct head h = { 0 };
		ssize_t n = receive(sock, &h, into, size > sizeof(texts) ? size : sizeof(texts), &fd);
		size_t len = n > 0 ? (size_t)n - sizeof(h) : 0;

		if (n < 0)
			return (int)n;
		if (n == 0 && word == SYNC_EXEC)
			return 0;
		if (n == 0)
			return err_set(EPIPE, "peer-died", "the other process ended before it said %s", words[word]);
		if (h.word == SYNC_LOG) {
			adopt_log(h.value, into, len);
			continue;
		}
		if (h.word == SYNC_ERROR)
			return adopt_error(h.value, into, len);
		if (h.word != word || len > size)
			return err_set(EPROTO, "protocol", "the other process said %s instead of %s",
				       h.word < ARRAY_SIZE(words) ? words[h.word] : "nonsense", words[word]);
		if (into != data && len)
			memcpy(data, into, len);
		if (ret_value)
			*ret_value = h.value;
		if (ret_len)
			*ret_len = len;
		if (ret_fd)
			*ret_fd = take_fd(&fd);
		return 0;
	}
}

bool sync_alive(int sock)
{
	char byte;

	return recv(sock, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

static void send_line(void *data, const struct log_line *l)
{
	const char *const texts[TEXTS] = { l->code, l->text, l->advice.cause, l->advice.fix, l->advice.now };
	char buf[TEXTS_MAX];

	(void)sync_send(*(int *)data, SYNC_LOG, (int32_t)l->level, buf, pack(buf, sizeof(buf), texts, TEXTS), -1);
}

void sync_log_to(int *sock, enum log_level up_to)
{
	log_listen(send_line, sock, up_to);
}
