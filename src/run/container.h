/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* container.h - a container that somebody has made: found by its id, asked, and acted on.
 *
 * Nothing here waits for a lock: what a container is follows from its record, from whether its process 1 is alive, and
 * from which files are in its directory. So a hook may ask about its own container, and a crash leaves no lock behind. */
#include "plan/plan.h"
#include "linux/cgroup_stats.h"
#include "linux/processes.h"
#include "run/record.h"
#include <time.h>

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

struct container {
	struct arena *arena;
	int root, dir; /* the state root, and its directory in there */
	const char *id;
	struct record record; /* pid 0: there is none */
	enum status status;   /* when it was opened */
	bool recorded;	      /* there was a record, although it may be unreadable */
};

#define autocontainer __attribute__((cleanup(container_close))) struct container

/* -ENOENT "container '…' does not exist". With another error and dir >= 0 its record is unreadable: only
 * container_delete() makes sense then. A container whose record is not there yet, or never came, has only an id. */
int container_open(struct arena *a, int root, const char *id, struct container *ret);
/* The same for lists of many: nothing stays open where there is a record; with brief only what a struct brief has. */
int container_peek(struct arena *a, int root, const char *id, bool brief, struct container *ret);
/* The same to act on it: one that is being made is waited for, for some seconds. */
int container_open_settled(struct arena *a, int root, const char *id, struct container *ret);
void container_close(const struct container *c);
/* The ids in the state root, sorted; by reading one directory. */
int container_list(struct arena *a, int root, struct strv *ret);

const char *status_name(enum status s);
/* The OCI state (runtime.md, "State") with rootfs, created and owner, as runc prints it. */
void container_write(struct json_writer *w, const struct container *c, const char *owner);
/* config.json as it was when the container was made, with all options applied. */
int container_read_config(const struct container *c, size_t max, char **ret, size_t *ret_len);

/* Let a created container run its program; returns when it does. When a hook fails the container is deleted. */
int container_start(const struct container *c, const struct plan_hooks *hooks);
/* To process 1, or to all processes. -ESRCH "container not running" when there is nobody. */
int container_kill(const struct container *c, int sig, bool all);
int container_pause(const struct container *c);
int container_resume(const struct container *c);
/* Remove all that is left of it. One that is not stopped is refused (EBUSY), unless it has only been created, or with
 * force, which kills it first. -EAGAIN without a sentence: it had no record when it was opened, and has one now. */
int container_delete(const struct container *c, bool force, const struct hook_list *poststop);
struct container_change {
	const struct cgroup_writes *writes;
	struct unit_properties properties;	/* the same for a unit that the container is in */
	int64_t memory_at_least, swap_at_least; /* refused if more is in use; 0 or less: not asked */
	const char *config;			/* config.json from then on */
};
/* Other limits: all of them or, as far as the kernel can take them back, none. */
int container_update(const struct container *c, const struct container_change *change);
/* Ask it to end, wait, and kill it if it has not. */
int container_stop(const struct container *c, int sig, int timeout_ms);
/* Wait until it has ended; its exit status (128+n when signal n killed it), or -ENODATA with a sentence where nobody knows. */
int container_exit_status(const struct container *c);
/* Until process 1 has ended, or the time is over: true when it has ended. */
bool container_ends_within(const struct container *c, const struct timespec *time);
/* It has a network namespace that is not ours. */
bool container_has_own_network(const struct container *c);
/* A user id of ours as the container sees it; 65534, which stands for what has none (user_namespaces(7)). */
uint32_t container_uid(const struct container *c, uint32_t uid);
/* It runs, and nothing else has to be known for a list. */
void container_write_brief(const struct container *c);
/* How its processes are told from others. Of one that has ended: what it left, where it had no pid namespace of its own and
 * the kernel can tell its mount namespace from a later one; false when there can be nothing. */
bool container_members(const struct container *c, struct members *ret);
/* The directory of its cgroup, or -1: it has none of its own, or it is gone. */
int container_cgroup(const struct container *c);
/* By number, as the host counts them. */
void container_processes(const struct container *c, struct pids *ret);
/* What it uses: as its cgroup says, and what no cgroup says is added up from its processes (usage.h). */
void container_stats(const struct container *c, struct cgroup_stats *ret);
