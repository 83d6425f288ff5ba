/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* process.h - what a process carries into exec: ids, capabilities, limits, priorities, labels. Each function changes
 * the calling process; 0 or -errno with a sentence. */
#include "plan/vocabulary.h"

/* Kill us when our parent dies; must be said again after the ids change (prctl(2), PR_SET_PDEATHSIG). */
int process_die_with_parent(void);
/* All ids at once, without touching capabilities. */
int process_become(uint32_t uid, uint32_t gid);
/* Bounding set first, while we may; then the ids with KEEPCAPS, then the other four sets. groups NULL: as they are. */
int process_set_credentials(uint32_t uid, uint32_t gid, const struct id_list *groups, const struct cap_sets *caps);
int process_set_no_new_privs(void);
int process_set_rlimits(const struct rlimit_op *l, size_t n);
int process_set_scheduler(const struct sched_op *s);
/* IOPRIO_PRIO_VALUE for the process group (ioprio_set(2)). */
int process_set_io_priority(int value);
int process_set_mempolicy(const struct mempolicy_op *m);
int process_set_personality(long persona);
/* A session keyring of our own; a refusal is no error (nested containers, quota). */
void process_join_keyring(const char *name);

/* proc is a descriptor of the host's /proc, so that no mount of the container can stand in for it. */
int process_open_proc(void);
/* A refusal is no error where the kernel reserves the value to root. */
int process_set_oom(int proc, int score);
/* The label for exec, read back after it is written. */
int process_set_apparmor(int proc, const char *profile);
int process_set_selinux(int proc, const char *label);
int process_set_sysctl(int proc, const char *path, const char *value);

/* Close all from first on, save for these (-1: none). */
void process_close_fds(int first, const int *keep, size_t n);
/* Descriptors 3 to 2+n, which are for somebody else: while we have them too nobody sees that they are closed. */
void process_drop_fds(unsigned n);
int process_set_cpus(const struct cpu_set_op *cpus);

/* In a new time namespace; text as time_namespaces(7) has it. */
int process_set_time(int proc, const char *offsets);
int process_raise_loopback(void);
int process_set_hostname(const char *hostname);
int process_set_domainname(const char *domainname);
