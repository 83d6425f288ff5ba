/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* state.h - what outlives a process: one directory per container below the state root.
 *
 * Whoever has the lock (flock(2)) of the directory that the id names, without a record in it, has the id; and keeps it until the
 * record says who the supervisor and process 1 are. So it can always be told whether a container begins, runs, or is what a crash
 * has left. It is removed under the lock as well. The lock is never held while a hook or the container runs.
 *
 *	state.json	 record.h
 *	brief		 a part of it for lists, while it runs or when it has run
 *	config.json	 the configuration with all options applied
 *	start, result	 start.h, until it has been started
 *	paused		 it has been stopped by signals
 *	cgroup, unit	 placement.h
 *	network, slirp.sock	 network.h
 *	exit		 its exit status, when it has ended and is kept */
#include "run/record.h"

struct state {
	int root; /* the state root */
	int dir;  /* the container's directory, -1 when there is none */
	const char *id;
};

/* --root, $URUN_ROOT, $XDG_RUNTIME_DIR/urun, /run/user/UID/urun, ${TMPDIR:-/tmp}/urun-UID: the first that is ours.
 * Made (0700) where missing. */
int state_open_root(struct arena *a, const char *option, int *ret);
/* The same, to look for containers that are there. Root may look into the directory of a user, and becomes that user for good
 * before anything is read there: records, hooks and process numbers are what the user says they are. */
int state_find_root(struct arena *a, const char *option, int *ret);
/* Letters, digits and _+-. with no dot in front. */
int state_check_id(const char *id);
/* Take the id. What a crash has left of a container in the foreground is removed; any other is EEXIST. */
int state_begin(struct arena *a, int root, const char *id, struct state *ret);
/* The configuration that is kept beside the state: made while others work, by who knows what it is. */
struct kept_config {
	const char *(*text)(struct arena *a, const void *of);
	const void *of;
};
/* Say who process 1 is (r->pid); the rest of the record is completed here. */
int state_record(struct arena *a, const struct state *s, const struct kept_config *config, struct record *r);
/* The container lives on: only our descriptor goes. */
void state_leave(struct state *s);
/* Give the id back; nothing is left. False when somebody else has removed it. */
bool state_end(struct state *s);
bool state_is_named(const struct state *s);

/* The exit status of a container that is kept; -ENODATA without a sentence where none was written. */
int state_write_exit(int dir, int status);
int state_read_exit(int dir);
/* Remove the directory with all that is in it, if id still names it: then it is 1, otherwise 0. -EAGAIN without a sentence when
 * there is a record by now, and whoever wants it removed has not seen one. */
int state_remove(int root, const char *id, int dir, bool seen_record);
/* Somebody has taken the id and has not written the record yet. */
bool state_is_begun(int dir);
/* Wait for the record, or for the end of who should have written it; -ETIMEDOUT without a sentence. */
int state_await_record(int dir);
