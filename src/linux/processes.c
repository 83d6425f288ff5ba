/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/processes.h"
#include "base/file.h"
#include "linux/sys.h"
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

/* What follows the name in /proc/PID/stat, from field 3 on; the name may contain anything, but what follows has no ')'. */
static const char *read_stat(pid_t pid, char *text, size_t size)
{
	char path[64];
	const char *p;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_peek(AT_FDCWD, path, text, size) < 0)
		return NULL;
	p = strrchr(text, ')');
	return p && p[1] == ' ' ? p + 2 : NULL;
}

uint64_t process_start_time(pid_t pid)
{
	char text[1024];
	const char *p = read_stat(pid, text, sizeof(text));

	if (p && (*p == 'Z' || *p == 'X'))
		return 0;
	for (int field = 3; p && field < 22; field++)
		if ((p = strchr(p, ' ')))
			p++;
	return p ? strtoull(p, NULL, 10) : 0;
}

bool process_is(pid_t pid, uint64_t start_time)
{
	return pid > 0 && start_time && process_start_time(pid) == start_time;
}

uint64_t process_unique(int pidfd)
{
	enum { PID_FS_MAGIC_ = 0x50494446 }; /* <linux/magic.h> of Linux 6.9 */
	struct statfs fs;
	struct stat st;

	return sizeof(ino_t) == 8 && fstatfs(pidfd, &fs) == 0 && fs.f_type == PID_FS_MAGIC_ && fstat(pidfd, &st) == 0 ? st.st_ino : 0;
}

bool process_is_unique(pid_t pid, uint64_t unique)
{
	autoclose int fd = sys_pidfd_open(pid);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == unique && poll(&p, 1, 0) == 0;
}

int process_open(pid_t pid, uint64_t start_time)
{
	/* Taken before the start time is compared, so that it cannot be another process's. */
	autoclose int fd = pid > 0 ? sys_pidfd_open(pid) : -1;

	return fd >= 0 && process_is(pid, start_time) ? take_fd(&fd) : -ESRCH;
}

uint64_t process_namespace(pid_t pid, const char *name)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* <linux/nsfs.h> of Linux 6.11 */
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)

uint64_t process_mount_namespace_id(pid_t pid)
{
	autoclose int fd = -1;
	char path[64];
	uint64_t id = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 || ioctl(fd, NS_GET_MNTNS_ID, &id) < 0)
		return 0;
	return id;
}

/* ---- all of a container ---- */

struct one {
	pid_t pid, parent;
	bool inside;
};

struct all {
	struct one *items;
	size_t n, room;
};

static pid_t parent_of(pid_t pid)
{
	char text[1024];
	const char *p = read_stat(pid, text, sizeof(text));

	if (!p || *p == 'Z' || *p == 'X')
		return 0;
	return (pid_t)strtol(p + 2, NULL, 10);
}

static bool is_inside(const struct members *m, pid_t pid)
{
	if (m->mount_ns && process_namespace(pid, "mnt") == m->mount_ns &&
	    (!m->mount_ns_id || process_mount_namespace_id(pid) == m->mount_ns_id))
		return true;
	return m->pid_ns && process_namespace(pid, "pid") == m->pid_ns;
}

static void read_all(struct arena *a, const struct members *m, struct all *ret)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	while (proc && (e = readdir(proc))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10), parent = pid > 0 ? parent_of(pid) : 0;

		if (pid <= 0 || parent < 0)
			continue;
		*arena_push(a, ret) = (struct one){
			.pid = pid,
			.parent = parent,
			.inside = is_inside(m, pid),
		};
	}
	if (proc)
		(void)closedir(proc);
}

static bool has_parent_inside(const struct all *l, const struct one *of)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].inside && l->items[i].pid == of->parent)
			return true;
	return false;
}

/* A process that has made namespaces of its own still descends from one that has not. */
static void add_descendants(struct all *l)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < l->n; i++)
			if (!l->items[i].inside && l->items[i].parent > 1 && has_parent_inside(l, &l->items[i]))
				again = l->items[i].inside = true;
	}
}

void processes_find(struct arena *a, const struct members *m, struct pids *ret)
{
	struct all l = { 0 };

	read_all(a, m, &l);
	add_descendants(&l);
	for (size_t i = 0; i < l.n; i++)
		if (l.items[i].inside)
			*arena_push(a, ret) = l.items[i].pid;
}

static bool has(const struct pids *l, pid_t pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i] == pid)
			return true;
	return false;
}

bool processes_signal(const struct members *m, int sig)
{
	autoarena a = { 0 };
	struct pids known = { 0 };
	bool again = true;

	/* What a process forks between our look and the signal shows up in the next round. */
	while (again) {
		struct pids now = { 0 };

		again = false;
		processes_find(&a, m, &now);
		for (size_t i = 0; i < now.n; i++) {
			autoclose int fd = -1;

			if (has(&known, now.items[i]) || (fd = sys_pidfd_open(now.items[i])) < 0)
				continue;
			(void)sys_pidfd_send_signal(fd, sig);
			*arena_push(&a, &known) = now.items[i];
			again = true;
		}
	}
	return known.n > 0;
}

/* ---- one of a container ---- */

static bool has_bit(const char *status, const char *field, int sig)
{
	const char *line = strstr(status, field);

	return line && (strtoull(line + strlen(field), NULL, 16) & (UINT64_C(1) << (sig - 1)));
}

/* It catches, blocks or ignores the signal, or has it already. Who waits for it in sigwait(3) does nothing of that. */
static bool has_use_for(pid_t pid, int sig)
{
	char path[64], status[8192];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (file_peek(AT_FDCWD, path, status, sizeof(status)) < 0)
		return true;
	return has_bit(status, "\nSigCgt:", sig) || has_bit(status, "\nSigBlk:", sig) || has_bit(status, "\nSigIgn:", sig) ||
	       has_bit(status, "\nShdPnd:", sig);
}

enum place { SLEEPS, MAY_AWAIT_SIGNALS, RUNS };

static bool runs(pid_t pid)
{
	char text[1024];
	const char *state = read_stat(pid, text, sizeof(text));

	return state && *state == 'R';
}

/* In which function of the kernel it sleeps (proc(5), "wchan"): Yama allows this where it does not allow /proc/PID/syscall. "0" is for who
 * runs, and where the kernel does not tell. */
static enum place place_of(pid_t pid)
{
	static const char awaiting[] = "do_sigtimedwait"; /* with what a compiler has put behind it */
	char path[64], function[128];

	(void)snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	if (file_peek(AT_FDCWD, path, function, sizeof(function)) < 0)
		return MAY_AWAIT_SIGNALS;
	if (strcmp(function, "0") == 0)
		return runs(pid) ? RUNS : MAY_AWAIT_SIGNALS;
	return strncmp(function, awaiting, sizeof(awaiting) - 1) == 0 ? MAY_AWAIT_SIGNALS : SLEEPS;
}

bool process_drops_signal(pid_t pid, int sig)
{
	enum { LOOKS = 10, PAUSE_NS = 1000 * 1000 };

	for (int i = 0; i < LOOKS; i++) {
		enum place place;

		if (has_use_for(pid, sig))
			return false;
		place = place_of(pid);
		if (place != RUNS)
			return place == SLEEPS && !has_use_for(pid, sig);
		/* On its way into sigwait(3) or out of it, perhaps. */
		(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
	}
	return true;
}

/* <linux/pidfd.h> of Linux 6.15 */
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
enum { PIDFD_INFO_EXIT = 1 << 3 };

int process_exit_status(int pidfd)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };

	if (ioctl(pidfd, PIDFD_GET_INFO, &info) < 0 || !(info.mask & PIDFD_INFO_EXIT))
		return -ENODATA;
	return WIFSIGNALED(info.exit_code) ? 128 + WTERMSIG(info.exit_code) : WEXITSTATUS(info.exit_code);
}

/* The last number of the line: the one in the innermost namespace. */
static int64_t innermost(const char *status, const char *field)
{
	const char *line = strstr(status, field);
	char *end;
	int64_t n = 0, last = 0;

	for (line = line ? line + strlen(field) : ""; *line && *line != '\n'; line = end) {
		n = strtol(line, &end, 10);
		if (end == line)
			break;
		last = n;
	}
	return last;
}

static const char *command_of(struct arena *a, pid_t pid, const char *name)
{
	char path[64], text[4096];
	int n;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	if ((n = file_peek(AT_FDCWD, path, text, sizeof(text))) <= 0)
		return arena_printf(a, "[%s]", name);
	while (n > 0 && !text[n - 1])
		n--;
	for (int i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	return arena_strndup(a, text, (size_t)n);
}

bool process_read(struct arena *a, pid_t pid, struct process_info *ret)
{
	char path[64], text[1024], status[8192], name[64] = "";
	const char *p = read_stat(pid, text, sizeof(text)), *uid;
	unsigned long long user, system, child_user, child_system, start;
	int parent, tty;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (!p || file_peek(AT_FDCWD, path, status, sizeof(status)) < 0)
		return false;
	if (sscanf(p, "%c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %*d %*d %llu", &ret->state, &parent, &tty,
		   &user, &system, &child_user, &child_system, &start) != 8)
		return false;
	(void)sscanf(text, "%*d (%63[^)]", name);
	uid = strstr(status, "\nUid:");
	ret->pid = innermost(status, "\nNSpid:");
	ret->parent = parent;
	ret->uid = uid ? (uint32_t)strtoul(uid + 5, NULL, 10) : 0;
	ret->start = start;
	ret->user_ticks = user;
	ret->system_ticks = system;
	ret->child_user_ticks = child_user;
	ret->child_system_ticks = child_system;
	ret->tty = tty;
	ret->command = command_of(a, pid, name);
	return true;
}
