/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* net_device.h - network devices from one network namespace to another, by rtnetlink(7). */
#include "plan/host.h"
#include "plan/vocabulary.h"

/* Those of our own namespace, with the addresses that move with them: permanent ones of global scope (OCI specification, config-linux.md,
 * "Network Devices"). What cannot be learned is not there. */
void net_devices_probe(struct arena *a, struct host_net_devices *ret);
/* From our own namespace to that of the process, under its new name. The kernel wants CAP_NET_ADMIN over both, and takes its addresses
 * away. */
int net_device_move(const struct net_move *d, pid_t process);
/* In the namespace where it is now: its addresses, and up. */
int net_device_set_up(const struct net_move *d);
