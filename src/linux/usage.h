/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* usage.h - what processes use, added up from procfs: for a container that has no cgroup to ask. */
#include "linux/processes.h"

struct usage {
	uint64_t user_ns, system_ns; /* CPU time, with that of children that have ended */
	uint64_t memory;	     /* bytes, pages that are shared divided by who shares them */
	size_t processes;
};
void usage_read(struct arena *a, const struct pids *l, struct usage *ret);

struct net_device {
	char name[32];
	uint64_t rx[4], tx[4]; /* bytes, packets, errors, dropped */
};

struct net_devices {
	struct net_device *items;
	size_t n, room;
};
/* The interfaces of the network namespace of a process, without the loopback. */
void usage_read_network(struct arena *a, pid_t pid, struct net_devices *ret);
