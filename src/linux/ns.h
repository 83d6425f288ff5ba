/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* ns.h - make and join namespaces. Flags are CLONE_NEW* (clone(2)). */
#include "plan/vocabulary.h"

/* fork(2) into new namespaces, all at once. The parent gets the pid and a pidfd, the child 0. sibling: the new process
 * is a child of our parent, not of us; it has no pidfd then. cgroup: a directory that it is born in (CLONE_INTO_CGROUP, Linux 5.7:
 * moving it later costs milliseconds), or -1. Not for use after threads exist. */
pid_t ns_fork(uint64_t flags, bool sibling, int cgroup, int *ret_pidfd);

struct ns_join {
	const char *path;
	int flag;
};

/* Enter all of them: what we may before a user namespace is joined, the rest after it. */
int ns_join_all(const struct ns_join *l, size_t n);

/* The CLONE_NEW* flags of the namespaces in which the process is and we are not. known: what need not be looked at. */
int ns_differing(pid_t pid, int known, int *ret_flags);
/* Enter these namespaces of the process, all in one call (setns(2), Linux 5.8). */
int ns_join_process(int pidfd, int flags);

/* What procfs says of a user namespace to who is inside; all empty where it cannot be joined. */
enum { NS_MAP_MAX = 4096 }; /* user_namespaces(7): less than a page */
struct ns_maps {
	char uid_map[NS_MAP_MAX], gid_map[NS_MAP_MAX], setgroups[16];
};
void ns_read_maps(const char *path, struct ns_maps *ret);

/* The user namespace of a process, or -1: for what is done in there when it is gone. */
int ns_open_user(pid_t pid);

/* Facts for the message when the kernel refuses a user namespace. */
struct ns_refusal {
	int num;		 /* errno */
	bool seccomp;		 /* a seccomp filter is on us */
	bool apparmor_restricts; /* kernel.apparmor_restrict_unprivileged_userns */
	bool clone_off;		 /* kernel.unprivileged_userns_clone = 0 */
	bool max_zero;		 /* user.max_user_namespaces = 0 */
	char exe[256];
};
void ns_probe_refusal(int num, struct ns_refusal *ret);
/* Ubuntu lets the user namespace be made, but moves who made it into a profile that can do nothing in there. */
bool ns_is_confined(pid_t pid);
