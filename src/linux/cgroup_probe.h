/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* cgroup_probe.h - where we are among the cgroups, and what we may do there. Changes nothing. */
#include "plan/host.h"

/* system: the manager that would be asked is the machine's, not the user's. */
void cgroup_probe(struct arena *a, bool system, struct host_cgroup *ret);
