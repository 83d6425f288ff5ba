/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* update.c - other limits for a container that is there. */
#include "base/err.h"
#include "base/file.h"
#include "linux/cgroup_change.h"
#include "plan/limits.h"
#include "run/container.h"
#include "run/network.h"
#include "run/placement.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char config[] = "config.json", new_config[] = ".config.json";

static int cannot_keep(const struct container *c, int num)
{
	errno = num;
	return err_sys("cannot write the configuration of '%s'", c->id);
}

static int write_config(const struct container *c, const char *text)
{
	int r;

	(void)unlinkat(c->dir, new_config, 0); /* what a crash has left */
	r = file_create(c->dir, new_config, text, strlen(text));
	return r < 0 ? cannot_keep(c, -r) : 0;
}

static int check_memory(const struct cgroup_stats *s, const struct container_change *change)
{
	const struct {
		const char *what;
		int64_t limit;
		uint64_t usage;
	} rows[] = {
		{ "memory", change->memory_at_least, s->memory.usage },
		{ "memory and swap", change->swap_at_least, s->memory.usage + s->memory.swap_usage },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].limit > 0 && (uint64_t)rows[i].limit < rows[i].usage)
			return err_set(EBUSY, "limit", "the limit of %s would be %lld bytes, and %llu are in use", rows[i].what,
				       (long long)rows[i].limit, (unsigned long long)rows[i].usage);
	return 0;
}

/* A unit limits the cgroup above ours. */
static int set_unit(const struct container *c, int cgroup, const struct container_change *change)
{
	struct unit_properties l = change->properties;
	struct networked network;
	struct placed p;
	int r;

	placed_read(c->arena, c->dir, "", &p);
	if (!p.unit || l.n == 0)
		return 0;
	if (faccessat(cgroup, "../" CGROUP_SUPERVISOR, F_OK, 0) == 0)
		l = limits_with_room(c->arena, &l, networked_read(c->arena, c->dir, &network) == 0);
	r = manager_set(c->arena, p.system, p.unit, &l);
	return r < 0 ? err_in(r, "cannot change the limits of '%s'", p.unit) : 0;
}

static int keep_config(const struct container *c)
{
	return renameat(c->dir, new_config, c->dir, config) < 0 ? cannot_keep(c, errno) : 0;
}

static int change_it(const struct container *c, int cgroup, const struct container_change *change)
{
	struct cgroup_writes undo = { 0 };
	const struct err *why;
	int r = cgroup_change(c->arena, cgroup, change->writes, &undo);

	if (r < 0)
		return r;
	if ((r = set_unit(c, cgroup, change)) == 0)
		return keep_config(c);
	why = err_keep(c->arena);
	cgroup_undo(cgroup, &undo);
	return err_restore(why);
}

int container_update(const struct container *c, const struct container_change *change)
{
	autoclose int cgroup = container_cgroup(c);
	struct cgroup_stats s;
	int r;

	if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
		return err_set(ESRCH, "not-running", "container not running: '%s' is %s", c->id, status_name(c->status));
	if (cgroup < 0)
		return err_advise(
			err_set(ENOTSUP, "no-cgroup", "the limits of container '%s' cannot be changed: it has no cgroup of its own", c->id),
			&(struct advice){ .cause = "limits belong to a cgroup, and this container runs in the cgroup of who started it" });
	cgroup_stats_read(c->arena, cgroup, &s);
	if ((r = check_memory(&s, change)) < 0 || (r = write_config(c, change->config)) < 0)
		return r;
	if ((r = change_it(c, cgroup, change)) < 0)
		(void)unlinkat(c->dir, new_config, 0);
	return r;
}
