/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/usage.h"
#include "base/file.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* "Pss:   123 kB" of /proc/PID/smaps_rollup (proc(5)). */
static uint64_t memory_of(pid_t pid)
{
	char path[64], text[4096];
	const char *line;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	if (file_peek(AT_FDCWD, path, text, sizeof(text)) < 0 || !(line = strstr(text, "\nPss:")))
		return 0;
	return strtoull(line + strlen("\nPss:"), NULL, 10) * 1024;
}

void usage_read(struct arena *a, const struct pids *l, struct usage *ret)
{
	const uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	*ret = (struct usage){ 0 };
	for (size_t i = 0; i < l->n; i++) {
		struct process_info p;

		if (!process_read(a, l->items[i], &p))
			continue;
		ret->processes++;
		ret->user_ns += (p.user_ticks + p.child_user_ticks) * tick_ns;
		ret->system_ns += (p.system_ticks + p.child_system_ticks) * tick_ns;
		ret->memory += memory_of(l->items[i]);
	}
}

void usage_read_network(struct arena *a, pid_t pid, struct net_devices *ret)
{
	enum { DEVICES_MAX = 1024 * 1024 };
	const char *path = arena_printf(a, "/proc/%d/net/dev", pid);
	size_t len;
	char *text;

	if (file_read(a, AT_FDCWD, path, DEVICES_MAX, &text, &len) < 0)
		return;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned long long rx[4], tx[4];
		struct net_device d;

		if (sscanf(line, " %31[^:]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu", d.name, &rx[0], &rx[1], &rx[2],
			   &rx[3], &tx[0], &tx[1], &tx[2], &tx[3]) != 9 ||
		    strcmp(d.name, "lo") == 0)
			continue;
		for (int i = 0; i < 4; i++) {
			d.rx[i] = rx[i];
			d.tx[i] = tx[i];
		}
		*arena_push(a, ret) = d;
	}
}
