/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* systemd_bus.h - a conversation with a systemd manager: of the user, or of the system. */
#include "base/mem.h"
#include <systemd/sd-bus.h>

/* All that is said to the manager once it is reached has to be answered within this time. It answers in milliseconds;
 * it is deaf for seconds while it reloads its units or the machine swaps. Whoever waits for a container would
 * rather have a sentence than more than that. */
enum { CONVERSATION_MS = 10 * 1000 };

struct conversation {
	sd_bus *bus;
	uint64_t until; /* CLOCK_MONOTONIC, µs */
};
void conversation_close(struct conversation *c);
#define autoconversation __attribute__((cleanup(conversation_close))) struct conversation

/* Find a manager that answers. -ENOTCONN with a sentence about all the places where none did. */
int conversation_open(struct arena *a, bool system, struct conversation *ret);

/* A call of the manager's interface, to be filled. Below zero is what sd-bus says, here and in what follows. */
int conversation_method(const struct conversation *c, const char *member, sd_bus_message **ret);
int conversation_call(const struct conversation *c, sd_bus_message *m, sd_bus_error *e, sd_bus_message **ret);
/* Let callbacks run, or wait for something that calls them; -ETIMEDOUT. */
int conversation_go_on(const struct conversation *c);
