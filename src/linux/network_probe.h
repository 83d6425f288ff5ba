/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* network_probe.h - what this machine has for the network of a container. */
#include "plan/host.h"

/* Nothing that happens here is an error: what cannot be learned is not there. connect: also what could connect a network namespace. */
void network_probe(struct arena *a, bool connect, struct host_network *ret);
/* The host's address as others see it, NULL while no route leads to others. */
char *network_own_address(struct arena *a);
