/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* slirp_api.h - tell a running slirp4netns which ports of the host lead into the container: its API socket (slirp4netns(1)).
 *
 * What it answers may come from a container that has taken it over, so an answer is bounded in size, time and depth, and
 * every part of it is checked. A refusal and an answer that nobody can understand are errors. */
#include "plan/vocabulary.h"

enum {
	SLIRP_TIMEOUT_MS = 5000,
	SLIRP_REPLY_MAX = 64 * 1024,
	SLIRP_LIST_MAX = 1024 * 1024, /* some thousand forwards; it has a descriptor for each */
};

struct slirp_forward {
	int64_t id; /* what slirp4netns calls it */
	struct port_forward port;
	const char *guest_addr; /* the address in the container's network */
};

struct slirp_forwards {
	struct slirp_forward *items;
	size_t n, room;
};

/* The socket is called socket_name in the directory dir. guest_addr NULL: the address that --configure gave. p->host_port is not 0. */
int slirp_add(struct arena *a, int dir, const char *socket_name, const struct port_forward *p, const char *guest_addr, int64_t *ret_id);
int slirp_list(struct arena *a, int dir, const char *socket_name, struct slirp_forwards *ret);
int slirp_remove(struct arena *a, int dir, const char *socket_name, int64_t id);

/* ---- the parts ---- */

/* One request, one reply of at most max bytes, and no more than timeout_ms for both. */
int slirp_exchange(struct arena *a, int dir, const char *socket_name, const char *request, size_t max, int timeout_ms, char **ret,
		   size_t *ret_len);

/* slirp_words.c: what is said, as text; pure. */
const char *slirp_say_add(struct arena *a, const struct port_forward *p, const char *guest_addr);
const char *slirp_say_list(struct arena *a);
const char *slirp_say_remove(struct arena *a, int64_t id);
int slirp_hear_added(struct arena *a, const char *text, size_t len, int64_t *ret_id);
int slirp_hear_list(struct arena *a, const char *text, size_t len, struct slirp_forwards *ret);
int slirp_hear_removed(struct arena *a, const char *text, size_t len);
