/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* network.h - the program that connects the container's network, slirp4netns(1) or pasta(1): started when the namespace has its ids, ready
 * before the container's program runs, and gone with the container, however that or its supervisor ends.
 *
 * The state directory has, while it runs: "network", who it is and which ports lead in; "slirp.sock", where slirp4netns takes orders. */
#include "plan/plan.h"
#include "run/talk.h"

#define NETWORK_SOCKET "slirp.sock"

struct network {
	struct arena *arena;
	const struct plan_network *plan; /* helper NETWORK_NOBODY: nothing to do */
	int state_dir;
	struct port_forwards ports; /* as in the plan, with the numbers that were free */
	pid_t pid;		    /* 0: it is not running */
	int pidfd;
	int ready; /* something can be read from it when it is ready */
	int words; /* what it says on standard error */
	int life;  /* it ends when nobody has this any more */
};

#define NETWORK_UNBEGUN                                                                                                                    \
	{                                                                                                                                  \
		.pidfd = -1, .ready = -1, .words = -1, .life = -1                                                                          \
	}

/* Nothing is started: only whether the ports can be had, and which. pasta copies the host's addresses and routes: they are waited for, as a
 * user's services may start before them. signals: as for network_await(). */
int network_begin(struct network *n, struct arena *a, const struct plan_network *plan, int state_dir, int signals);
/* Start it, for the network namespace of this process, whose user namespace is its own, or ours. */
int network_start(struct network *n, pid_t init, bool own_userns);
/* Wait until it is ready, if that has not been done, and publish the ports. */
int network_await(struct network *n, const struct talk *talk);
/* Its pidfd, for poll(2): it should not end before network_end(); -1 when there is none. */
int network_fd(const struct network *n);
/* It has ended all the same: say so. */
void network_tell_end(struct network *n, const char *id);
void network_end(struct network *n);

/* ---- what is in "network", for who has not started it ---- */

struct networked {
	enum network_helper helper;
	pid_t pid;
	uint64_t start; /* processes.h */
	const char *address, *nameserver;
	struct port_forwards ports;
};
/* -ENOENT without a sentence where there is none. */
int networked_read(struct arena *a, int state_dir, struct networked *ret);
/* A crash has left it, and its supervisor's end did not end it. */
void networked_remove(struct arena *a, int state_dir);
