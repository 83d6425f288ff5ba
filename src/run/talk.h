/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* talk.h - the supervisor's side of the conversation with a process inside (linux/sync.h): a signal that asks us to end
 * is heard too, and a refusal to listen is explained by what the other one had said before. */
#include "linux/sync.h"

struct talk {
	struct arena *arena;
	int sock;
	int signals; /* signalfd */
};

int talk_hear(const struct talk *t, enum sync_word word, int32_t *ret_value, int *ret_fd);
int talk_tell(const struct talk *t, enum sync_word word, const void *data, size_t len);
/* With a descriptor, or -1. */
int talk_pass(const struct talk *t, enum sync_word word, const void *data, size_t len, int fd);
/* Something with the other process went wrong (e < 0). If it has given up it has said why, and that is the error to tell. */
int talk_ask_why(const struct talk *t, int e);
