/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* stage.h - a process inside namespaces that exist already.
 *
 * A short-lived process, the stage, enters them and makes the one we want with CLONE_PARENT, so that it is our child; then
 * the stage is gone. Others are in those namespaces, so it is not traceable from there (CVE-2016-9962). */
#include "run/talk.h"

enum { STAGE_KEEP_MAX = 4 };

struct stage {
	int (*prepare)(void *ctx, bool outside); /* in the stage, while its files of procfs are ours; or NULL */
	int (*enter)(void *ctx);		 /* in the stage: 0, or -errno with a sentence */
	uint64_t new_namespaces;		 /* CLONE_NEW* of the child */
	void (*inside)(void *ctx, int sock);	 /* the child; does not return. sock is its end of the talk */
	void *ctx;
	const int *keep; /* descriptors that the child needs; all others are closed before it can be seen inside */
	size_t n_keep;
	unsigned preserved; /* and these, from 3 on */
	int cgroup;	    /* a directory: the stage is born there, and so is the child; or -1 */
};

struct child {
	pid_t pid;
	int pidfd;    /* -1: there is none */
	bool outside; /* the kernel has refused the cgroup */
};

/* ret->pid is set as soon as there is a child that has to be waited for, also when this fails. their_end: of the talk. */
int stage_run(const struct talk *t, int their_end, const struct stage *s, struct child *ret);
/* Also where there is none. */
void child_kill(const struct child *c);
