/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/talk.h"
#include "linux/signals.h"
#include <poll.h>
#include <signal.h>

int talk_hear(const struct talk *t, enum sync_word word, int32_t *ret_value, int *ret_fd)
{
	struct pollfd p[2] = { { .fd = t->sock, .events = POLLIN }, { .fd = t->signals, .events = POLLIN } };
	int e;

	while (!p[0].revents) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return err_sys("cannot wait for init");
		if (p[0].revents || !p[1].revents || (e = signals_ask_to_end(t->signals)) == 0)
			continue;
		if (poll(p, 1, 0) == 0)
			return e;
		/* The word has come meanwhile: the signal is for what comes of it. */
		(void)kill(getpid(), err_last()->status - 128);
	}
	return sync_expect(t->sock, word, ret_value, NULL, 0, NULL, ret_fd);
}

int talk_ask_why(const struct talk *t, int e)
{
	const struct err *ours = err_keep(t->arena);
	struct pollfd p = { .fd = t->sock, .events = POLLIN };
	int its = poll(&p, 1, 0) > 0 ? sync_expect(t->sock, SYNC_EXEC, NULL, NULL, 0, NULL, NULL) : 0;

	return its < 0 && e != -EINTR ? its : err_restore(ours);
}

int talk_pass(const struct talk *t, enum sync_word word, const void *data, size_t len, int fd)
{
	int e = sync_send(t->sock, word, 0, data, len, fd);

	return e < 0 ? talk_ask_why(t, e) : 0;
}

int talk_tell(const struct talk *t, enum sync_word word, const void *data, size_t len)
{
	return talk_pass(t, word, data, len, -1);
}
