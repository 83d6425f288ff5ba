/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* cgroup_stats.h - what a cgroup has used and may use, as its files say (the kernel's admin-guide/cgroup-v2).
 *
 * Numbers of files that are not there, because their controller is not available or the kernel is older, are 0. */
#include "base/mem.h"

#define CGROUP_MAX UINT64_MAX /* "max": no limit */

/* Pressure stall information (psi(7)): the share of the last 10, 60 and 300 seconds in hundredths of a percent, and microseconds. */
struct cgroup_stall {
	uint64_t avg10, avg60, avg300, total;
};

struct cgroup_pressure {
	bool known;
	struct cgroup_stall some, full;
};

enum { CGROUP_READ, CGROUP_WRITE, CGROUP_DISCARD, CGROUP_IO_COUNT };

struct cgroup_device {
	unsigned major, minor;
	uint64_t bytes[CGROUP_IO_COUNT], operations[CGROUP_IO_COUNT];
};

struct cgroup_huge_pages {
	const char *size; /* "2MB" */
	uint64_t usage, limit, failures;
};

struct cgroup_number {
	const char *key;
	uint64_t value;
};

struct cgroup_stats {
	struct {
		uint64_t usage_ns, user_ns, system_ns, periods, throttled_periods, throttled_ns;
		struct cgroup_pressure pressure;
		const char *cpus, *nodes; /* lists as "0-2,5" that it may run and allocate on; "" where that is not known */
	} cpu;
	struct {
		bool known; /* the controller is there */
		uint64_t usage, peak, limit, swap_usage, swap_peak, swap_limit, failures;
		uint64_t cache;
		struct {
			struct cgroup_number *items;
			size_t n, room;
		} raw; /* all of memory.stat */
		struct cgroup_pressure pressure;
	} memory;
	struct {
		bool known;
		uint64_t current, limit;
	} pids;
	struct {
		bool known;
		struct {
			struct cgroup_device *items;
			size_t n, room;
		} devices;
		struct cgroup_pressure pressure;
	} io;
	struct {
		struct cgroup_huge_pages *items;
		size_t n, room;
	} huge_pages;
};
void cgroup_stats_read(struct arena *a, int dir, struct cgroup_stats *ret);
