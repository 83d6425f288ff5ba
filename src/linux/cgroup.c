/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/cgroup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/sys.h"
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE_MS = 2000, DEPTH_MAX = 64, LIST_MAX = 16 * 1024 * 1024 };

int cgroup_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

uint64_t cgroup_number(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 ? st.st_ino : 0;
}

/* The line of the unified hierarchy is "0::PATH". */
const char *cgroup_of(struct arena *a, pid_t pid)
{
	char path[64], text[PATH_MAX + 1024];
	const char *line = text;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (file_peek(AT_FDCWD, path, text, sizeof(text)) < 0)
		return NULL;
	while (line && strncmp(line, "0::", 3) != 0)
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	return line ? arena_strndup(a, line + 3, strcspn(line + 3, "\n")) : NULL;
}

/* ---- making ---- */

/* It has processes itself, and is not the root of all: then controllers that know threads (cpu, pids) could be enabled, but would make it
 * the root of threads, below which no process may be any more; the others could not (cgroups(7), "no internal processes", "Threads"). */
static bool is_occupied(int dir)
{
	char first[2];

	return faccessat(dir, "cgroup.type", F_OK, 0) == 0 && file_peek(dir, "cgroup.procs", first, sizeof(first)) > 0;
}

/* One by one: the kernel takes all or none of a line, and refuses cpu while a real-time process is there. */
void cgroup_enable(int dir, const struct strv *controllers)
{
	if (!controllers || controllers->n == 0 || is_occupied(dir))
		return;
	for (size_t i = 0; i < controllers->n; i++) {
		char word[64];
		int n = snprintf(word, sizeof(word), "+%s", controllers->v[i]);

		if (n < (int)sizeof(word))
			(void)file_poke(dir, "cgroup.subtree_control", word, (size_t)n);
	}
}

int cgroup_make(int base, const char *path, const struct strv *controllers, bool last_is_new, int *ret)
{
	autoclose int dir = -1;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		int above = dir >= 0 ? dir : base, below;
		char name[NAME_MAX + 1];
		bool is_new;

		if (len > NAME_MAX)
			return err_set(ENAMETOOLONG, "cgroup", "'%s' cannot be the name of a cgroup", path);
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
		path += len;
		cgroup_enable(above, controllers);
		is_new = mkdirat(above, name, 0755) == 0;
		if (!is_new && errno != EEXIST)
			return err_sys("cannot make the cgroup '%s'", name);
		if (!is_new && last_is_new && !path[strspn(path, "/")])
			return -EEXIST;
		if ((below = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
			return err_sys("cannot open the cgroup '%s'", name);
		if (dir >= 0)
			(void)close(dir);
		dir = below;
	}
	*ret = take_fd(&dir);
	return 0;
}

static int add(int dir, pid_t pid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);

	return file_poke(dir, "cgroup.procs", text, (size_t)n);
}

int cgroup_add(int dir, pid_t pid)
{
	int r = add(dir, pid);

	errno = -r;
	return r < 0 ? err_sys("cannot move process %d into the cgroup", pid) : 0;
}

/* Those of the cgroup itself. Of a process that our pid namespace does not have the number is 0. */
static int read_processes(struct arena *a, int dir, struct pids *ret)
{
	size_t len;
	char *list, *end;
	int r = file_read(a, dir, "cgroup.procs", LIST_MAX, &list, &len);

	for (; r == 0 && *list; list = end + (*end == '\n')) {
		pid_t pid = (pid_t)strtol(list, &end, 10);

		if (end == list)
			break;
		if (pid > 0)
			*arena_push(a, ret) = pid;
	}
	return r;
}

int cgroup_vacate(int dir, const char *name)
{
	autoclose int room = -1;
	autoarena a = { 0 };
	struct pids l = { 0 };
	int r;

	if ((r = cgroup_make(dir, name, NULL, false, &room)) < 0)
		return r;
	if ((r = read_processes(&a, dir, &l)) < 0)
		return r;
	for (size_t i = 0; i < l.n; i++)
		if ((r = add(room, l.items[i])) < 0 && r != -ESRCH) {
			errno = -r;
			return err_sys("cannot move process %d to the cgroup '%s'", l.items[i], name);
		}
	return 0;
}

static int refused(const struct cgroup_write *w, int r)
{
	if (w->optional && r == -ENOENT)
		return 0;
	errno = -r;
	return r == -ENOENT ? err_set(ENOENT, "limit", "%s: the cgroup has no '%s'", w->origin, w->file)
			    : err_sys("%s: cannot write '%s' to '%s'", w->origin, w->value, w->file);
}

int cgroup_limit(int dir, const struct cgroup_write *w)
{
	int r = file_poke(dir, w->file, w->value, strlen(w->value));

	if (r == -ENOENT && w->other_file)
		r = file_poke(dir, w->other_file, w->other_value, strlen(w->other_value));
	return r < 0 ? refused(w, r) : 0;
}

int cgroup_give(int dir, uint32_t uid, uint32_t gid)
{
	char list[1024] = "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n", name[NAME_MAX + 1];

	(void)file_peek(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list));
	if (fchown(dir, uid, gid) < 0)
		return err_sys("cannot give the cgroup to root of the container");
	for (const char *p = list; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "\n"), p);
		/* Those of controllers that are not there have no file. */
		if (fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_sys("cannot give '%s' of the cgroup to root of the container", name);
	}
	return 0;
}

/* ---- its processes ---- */

/* A number of a file of "KEY NUMBER" lines; 0 where it is not. */
static uint64_t read_key(int dir, const char *file, const char *key)
{
	char text[4096];
	size_t len = strlen(key);

	if (file_peek(dir, file, text, sizeof(text)) < 0)
		return 0;
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (strncmp(p, key, len) == 0 && p[len] == ' ')
			return strtoull(p + len, NULL, 10);
	return 0;
}

bool cgroup_has_processes(int dir)
{
	return read_key(dir, "cgroup.events", "populated") == 1;
}

bool cgroup_is_frozen(int dir)
{
	char text[8];

	return file_peek(dir, "cgroup.freeze", text, sizeof(text)) > 0 && text[0] == '1';
}

/* The kernel wakes who polls cgroup.events for an exception when a line of it has changed. */
static bool await_event(int dir, const char *key, uint64_t value)
{
	autoclose int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	const int64_t until = clock_ms() + PATIENCE_MS;
	int64_t left;

	while (fd >= 0 && read_key(dir, "cgroup.events", key) != value) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		char text[256];

		if ((left = until - clock_ms()) <= 0)
			return false;
		if (poll(&p, 1, (int)left) > 0)
			(void)!pread(fd, text, sizeof(text), 0);
	}
	return fd >= 0;
}

int cgroup_freeze(int dir, bool frozen)
{
	int r = file_poke(dir, "cgroup.freeze", frozen ? "1" : "0", 1);

	if (r < 0) {
		errno = -r;
		return err_sys("cannot write 'cgroup.freeze'");
	}
	if (await_event(dir, "frozen", frozen) || !cgroup_has_processes(dir))
		return 0;
	if (frozen)
		(void)file_poke(dir, "cgroup.freeze", "0", 1);
	return err_set(ETIMEDOUT, "freeze", "the processes of the cgroup do not %s within %d s", frozen ? "stop" : "go on",
		       PATIENCE_MS / 1000);
}

/* The names of the cgroups directly below. */
static void list_below(struct arena *a, int dir, struct strv *ret)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (entries && (e = readdir(entries)))
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			strv_push(a, ret, arena_strdup(a, e->d_name));
	if (entries)
		(void)closedir(entries);
}

static int open_below(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void collect(struct arena *a, int dir, int depth, struct pids *ret)
{
	struct strv below = { 0 };

	if (depth > DEPTH_MAX || read_processes(a, dir, ret) < 0)
		return;
	list_below(a, dir, &below);
	for (size_t i = 0; i < below.n; i++) {
		autoclose int fd = open_below(dir, below.v[i]);

		if (fd >= 0)
			collect(a, fd, depth + 1, ret);
	}
}

static int by_number(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void cgroup_processes(struct arena *a, int dir, struct pids *ret)
{
	collect(a, dir, 0, ret);
	if (ret->n > 0)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_number);
}

/* Before Linux 5.14. A process that forks faster than we read is caught because it is frozen first. */
static void kill_each(int dir)
{
	for (int round = 0; round < DEPTH_MAX && cgroup_has_processes(dir); round++) {
		autoarena a = { 0 };
		struct pids l = { 0 };

		(void)file_poke(dir, "cgroup.freeze", "1", 1);
		cgroup_processes(&a, dir, &l);
		for (size_t i = 0; i < l.n; i++)
			(void)kill(l.items[i], SIGKILL);
		(void)file_poke(dir, "cgroup.freeze", "0", 1);
	}
}

void cgroup_kill(int dir)
{
	if (file_poke(dir, "cgroup.kill", "1", 1) == -ENOENT)
		kill_each(dir);
}

/* ---- the end ---- */

static void remove_below(int dir, int depth)
{
	autoarena a = { 0 };
	struct strv below = { 0 };

	list_below(&a, dir, &below);
	for (size_t i = 0; i < below.n && depth < DEPTH_MAX; i++) {
		autoclose int fd = open_below(dir, below.v[i]);

		if (fd >= 0)
			remove_below(fd, depth + 1);
		(void)unlinkat(dir, below.v[i], AT_REMOVEDIR);
	}
}

static void remove_below_in(int userns, int dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* Who enters a user namespace may there do what root may with the files of its ids (user_namespaces(7)). */
		if (setns(userns, CLONE_NEWUSER) == 0)
			remove_below(dir, 0);
		_exit(0);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
}

int cgroup_remove(const char *path, int userns)
{
	autoclose int dir = cgroup_open(path);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	(void)await_event(dir, "populated", 0);
	for (int64_t until = clock_ms() + PATIENCE_MS;;) {
		remove_below(dir, 0);
		if (userns >= 0)
			remove_below_in(userns, dir);
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY || clock_ms() > until)
			return err_sys("cannot remove the cgroup '%s'", path);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 1000 * 1000 }, NULL);
	}
}
