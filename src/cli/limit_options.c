/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limit_options.c - how much of the machine a container may use: when it is made, and from then on. */
#include "cli/commands.h"

#define AT(field) offsetof(struct limit_words, field)

static const struct opt limit_rows[] = {
	{ 'm', "memory", "BYTES", OPT_STRING, AT(limits.memory), "limit memory: 64M, 1.5g; -1 for no limit" },
	{ 0, "memory-swap", "BYTES", OPT_STRING, AT(limits.memory_swap), "limit memory and swap together; -1 for no limit of swap" },
	{ 0, "memory-reservation", "BYTES", OPT_STRING, AT(limits.memory_reservation), "memory that is kept as long as possible" },
	{ 0, "cpus", "NUMBER", OPT_STRING, AT(limits.cpus), "limit CPU time to that of this many processors: 0.5, 2" },
	{ 0, "cpu-shares", "SHARES", OPT_STRING, AT(limits.cpu_shares), "relative share of CPU time (1024 is usual)" },
	{ 0, "cpu-period", "MICROSECONDS", OPT_STRING, AT(limits.cpu_period), "period of --cpu-quota" },
	{ 0, "cpu-quota", "MICROSECONDS", OPT_STRING, AT(limits.cpu_quota), "limit CPU time in a period; -1 for no limit" },
	{ 0, "cpuset-cpus", "LIST", OPT_STRING, AT(limits.cpuset_cpus), "processors it may use: 0-2,5" },
	{ 0, "cpuset-mems", "LIST", OPT_STRING, AT(limits.cpuset_mems), "memory nodes it may use" },
	{ 0, "pids-limit", "NUMBER", OPT_STRING, AT(limits.pids_limit), "limit the number of processes and threads; -1 for no limit" },
	{ 0, "blkio-weight", "WEIGHT", OPT_STRING, AT(limits.blkio_weight), "relative share of disk time, 10 to 1000" },
	{ 0, "cgroup-conf", "FILE=VALUE", OPT_LIST, AT(limits.cgroup_conf), "write VALUE to FILE of the cgroup, as memory.high=1G" },
};
const struct opt_table limit_options = OPT_TABLE(limit_rows);
