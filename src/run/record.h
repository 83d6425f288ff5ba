/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* record.h - state.json: what is known of a container as long as its directory is there. */
#include "base/mem.h"

struct record {
	char *oci_version, *id, *bundle, *rootfs;
	char *created; /* RFC 3339 */
	struct key_values annotations;
	int64_t pid; /* process 1, and what tells it from a later one of the same number (processes.h) */
	uint64_t pid_start;
	int64_t supervisor; /* who made it, and in the foreground stays with it */
	uint64_t supervisor_start;
	uint64_t mount_ns, pid_ns; /* numbers of its own namespaces; pid_ns 0: it has none of its own */
	uint64_t mount_ns_id;	   /* what no other namespace ever gets, or 0 */
	int64_t new_ns;		   /* CLONE_NEW* of those that were made for it, its user namespace aside */
	bool kept;		   /* it is there until it is deleted, also when it has ended */
	bool has_hooks;		   /* poststart or poststop, in config.json beside it */
};

enum { RECORD_MAX = 1024 * 1024 };

/* path is "state.json" of the container's directory dir, or the way there. -ENOENT without a sentence when nothing is recorded. */
int record_read(struct arena *a, int dir, const char *path, struct record *ret);
/* Written whole or not at all. */
int record_write(int dir, const struct record *r);

/* What a list shows of a container that runs or has run, as the target of a symbolic link: one system call reads it, and nothing
 * has to be parsed. Only a copy: where it is missing the record itself is read and the directory is looked at. */
#define RECORD_BRIEF "brief"
struct brief {
	pid_t pid;
	uint64_t unique; /* processes.h */
	const char *created, *bundle;
};
void brief_write(int dir, const struct brief *b);
void brief_remove(int dir);
/* False when there is none. */
bool brief_read(struct arena *a, int dir, const char *path, struct brief *ret);
