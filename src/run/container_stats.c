/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/usage.h"
#include "run/container.h"

/* Every cgroup counts CPU time; the rest needs controllers that it may not have. */
static void add_up(const struct container *c, bool has_cgroup, struct cgroup_stats *s)
{
	struct pids pids = { 0 };
	struct usage u;

	if (has_cgroup && s->memory.known && s->pids.known)
		return;
	container_processes(c, &pids);
	usage_read(c->arena, &pids, &u);
	if (!has_cgroup) {
		s->cpu.user_ns = u.user_ns;
		s->cpu.system_ns = u.system_ns;
		s->cpu.usage_ns = u.user_ns + u.system_ns;
	}
	if (!s->memory.known) {
		s->memory.usage = u.memory;
		s->memory.limit = s->memory.swap_limit = CGROUP_MAX;
	}
	if (!s->pids.known) {
		s->pids.current = u.processes;
		s->pids.limit = CGROUP_MAX;
	}
}

void container_stats(const struct container *c, struct cgroup_stats *ret)
{
	autoclose int cgroup = container_cgroup(c);

	*ret = (struct cgroup_stats){ 0 };
	if (cgroup >= 0)
		cgroup_stats_read(c->arena, cgroup, ret);
	add_up(c, cgroup >= 0, ret);
}
