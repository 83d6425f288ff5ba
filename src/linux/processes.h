/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* processes.h - other processes, as procfs shows them: which are the container's, and is it still the same one. */
#include "base/mem.h"

/* Field 22 of /proc/PID/stat, in clock ticks since boot: with the pid it names one process for good (proc(5)). 0: no such
 * process, or one that has ended and only waits for its parent to take notice. */
uint64_t process_start_time(pid_t pid);
bool process_is(pid_t pid, uint64_t start_time);
/* What no other process ever gets (pidfs, Linux 6.9); 0 where the kernel does not tell. */
uint64_t process_unique(int pidfd);
/* The same as process_is() for who knows that number, and faster. */
bool process_is_unique(pid_t pid, uint64_t unique);
/* A pidfd of exactly this process, or -ESRCH without a sentence. */
int process_open(pid_t pid, uint64_t start_time);
/* The number of a namespace of the process ("mnt", "pid", …), 0 where it cannot be read. The kernel gives it to another
 * namespace when nobody is in this one any more. */
uint64_t process_namespace(pid_t pid, const char *name);
/* What no other mount namespace ever gets (Linux 6.11); 0 where the kernel does not tell. */
uint64_t process_mount_namespace_id(pid_t pid);

/* Which processes are a container's: those in one of the namespaces (0: none), and what descends from them. */
struct members {
	uint64_t mount_ns, pid_ns;
	uint64_t mount_ns_id; /* 0: not known, and mount_ns is trusted */
};

struct pids {
	pid_t *items;
	size_t n, room;
};

/* By number. Processes may come and go meanwhile. */
void processes_find(struct arena *a, const struct members *m, struct pids *ret);
/* Send the signal to all of them, again and again until there are no new ones; true when there was one. */
bool processes_signal(const struct members *m, int sig);

/* The kernel drops the signal for a process 1 of a pid namespace of which this is true before it is sent and after that
 * (pid_namespaces(7)): the process neither catches, blocks nor ignores it, and does not wait for it in sigwait(3), where it does not
 * block the signal either. One look is not enough: who catches one signal only has caught it. Who runs all the time may be looked at
 * for some milliseconds. */
bool process_drops_signal(pid_t pid, int sig);
/* How a process that is not our child has ended, as 0-255 or 128+n: Linux 6.15 keeps it for who had a pidfd of it before its
 * parent took notice. -ENODATA without a sentence where nobody knows. */
int process_exit_status(int pidfd);

/* What a process looks like from inside its pid namespace. */
struct process_info {
	int64_t pid;	/* inside */
	int64_t parent; /* as we see it */
	uint32_t uid;	/* as we see it */
	char state;
	uint64_t start, user_ticks, system_ticks, child_user_ticks, child_system_ticks; /* clock ticks */
	int tty;
	const char *command; /* its words, or its name in brackets */
};
bool process_read(struct arena *a, pid_t pid, struct process_info *ret);
