/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* idmap.h - give the first process of a user namespace its user and group ids. It must wait until the maps are there. */
#include "plan/vocabulary.h"

/* Through newuidmap(1) and newgidmap(1), both at the same time. idmap_begin() returns while they run. */
struct idmap_job {
	struct arena *arena; /* theirs, too */
	pid_t helpers[2];
	int words; /* what they have to say when they fail */
};
int idmap_begin(struct arena *a, pid_t pid, const char *newuidmap, const char *newgidmap, const struct id_map *uid,
		const struct id_map *gid, struct idmap_job *ret);
/* Wait for both. A signal that asks to end (signals.h; -1: none is watched) ends them too. */
int idmap_end(struct idmap_job *job, int signal_fd);

/* Write the maps ourselves. deny_setgroups: the only way without privileges (user_namespaces(7)). */
int idmap_write(struct arena *a, pid_t pid, const struct id_map *uid, const struct id_map *gid, bool deny_setgroups);

/* A user namespace that has these maps and no process, for an idmapped mount. */
int idmap_userns(const struct id_map *uid, const struct id_map *gid);
