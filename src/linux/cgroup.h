/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* cgroup.h - one cgroup of the unified hierarchy (cgroups(7)), by a descriptor of its directory. */
#include "linux/processes.h"
#include "plan/vocabulary.h"

/* An existing one; -errno without a sentence. */
int cgroup_open(const char *path);
/* What no other cgroup has as long as this one is there (the inode number of its directory), 0 when it cannot be read. */
uint64_t cgroup_number(int dir);
/* The path below the mount of the cgroup that a process is in; NULL where procfs does not tell. */
const char *cgroup_of(struct arena *a, pid_t pid);

/* Make these controllers available to the cgroups below, each one that can be: what a limit lacks in the end is told when it is
 * written. */
void cgroup_enable(int dir, const struct strv *controllers);
/* mkdir -p below base, with the controllers (NULL: none) enabled on the way down. last_is_new: -EEXIST without a sentence when the last one
 * was there. */
int cgroup_make(int base, const char *path, const struct strv *controllers, bool last_is_new, int *ret);
/* All processes of dir go into dir/name, which is made. */
int cgroup_vacate(int dir, const char *name);
int cgroup_add(int dir, pid_t pid);
/* -errno with a sentence that names the file. */
int cgroup_limit(int dir, const struct cgroup_write *w);
/* Root of a user namespace may make cgroups below (what systemd calls delegation): the directory and the files that the kernel names
 * in /sys/kernel/cgroup/delegate get this owner. */
int cgroup_give(int dir, uint32_t uid, uint32_t gid);

/* Stop all processes in it and below, or let them go on; returns when the kernel says that it is so (cgroup.events). */
int cgroup_freeze(int dir, bool frozen);
/* It was frozen by cgroup_freeze(), whoever did it. */
bool cgroup_is_frozen(int dir);
/* SIGKILL to all of them (cgroup.kill of Linux 5.14, or one by one until there are no new ones). */
void cgroup_kill(int dir);
/* By number; of all that is below too. Numbers of processes that our pid namespace does not have are left out. */
void cgroup_processes(struct arena *a, int dir, struct pids *ret);
bool cgroup_has_processes(int dir);
/* Remove it and all below, which should be empty: what has just been killed takes a moment. Those that other ids of the container have
 * made are removed in its user namespace (-1: there is none any more). */
int cgroup_remove(const char *path, int userns);
