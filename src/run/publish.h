/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* publish.h - ports of the host that lead into a container that runs. */
#include "run/container.h"
#include "run/network.h"

struct publisher {
	const struct container *container;
	struct networked network;
};

/* -ESRCH with a sentence when it, or who connects its network, does not run. Where nobody of ours connects its network there are no ports,
 * and none to be changed. */
int publisher_open(const struct container *c, struct publisher *ret);
int publisher_list(const struct publisher *p, struct port_forwards *ret);
/* All of them, or none. *ret: as wanted, with the numbers that were free. */
int publisher_add(const struct publisher *p, const struct port_forwards *wanted, struct port_forwards *ret);
/* All of them, or none. One without a port of the host is every one that leads to its port of the container. -ENOENT when nothing is like
 * one. */
int publisher_remove(const struct publisher *p, const struct port_forwards *wanted);
