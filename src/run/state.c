/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/state.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/sys.h"
#include "run/oci_state.h"
#include <dirent.h>
#include <poll.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { STATE_MAX = 1024 * 1024, REPLACE_TIMEOUT_MS = 10 * 1000 };

/* ---- the state root ---- */

static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* Open path, made where missing; a symbolic link or a directory of somebody else's is refused. */
static int open_dir(const char *path)
{
	autoclose int fd = -1;

	/* The sticky bit keeps systemd-tmpfiles from pruning what looks old (tmpfiles.d(5)). */
	if (mkdir(path, 0700) == 0)
		(void)chmod(path, 01700);
	else if (errno != EEXIST)
		return err_sys("cannot make the state directory '%s'", path);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_sys("cannot open the state directory '%s'", path);
	if (!is_ours(fd))
		return err_set(EPERM, "state-root", "the state directory '%s' belongs to somebody else or is writable for others", path);
	return take_fd(&fd);
}

static int make_parents(struct arena *a, const char *path)
{
	char *prefix = arena_strdup(a, path);

	for (char *p = strchr(prefix + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(prefix, 0700) < 0 && errno != EEXIST)
			return err_sys("cannot make the directory '%s'", prefix);
		*p = '/';
	}
	return 0;
}

static int open_given(struct arena *a, const char *path)
{
	int r = make_parents(a, path);

	return r < 0 ? r : open_dir(path);
}

/* A runtime directory that is not ours (after su) or missing is nothing to talk about: the next one will do. */
static int try_runtime_dir(struct arena *a, const char *dir)
{
	autoclose int fd = dir && dir[0] == '/' ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || !is_ours(fd))
		return -1;
	return open_dir(arena_printf(a, "%s/urun", dir));
}

int state_open_root(struct arena *a, const char *option, int *ret)
{
	const char *given = option ? option : getenv("URUN_ROOT"), *tmp = getenv("TMPDIR");
	int fd;

	if (given && *given) {
		fd = open_given(a, given);
	} else {
		fd = try_runtime_dir(a, getenv("XDG_RUNTIME_DIR"));
		if (fd < 0)
			fd = try_runtime_dir(a, arena_printf(a, "/run/user/%u", geteuid()));
		if (fd < 0)
			fd = open_dir(arena_printf(a, "%s/urun-%u", tmp && *tmp ? tmp : "/tmp", geteuid()));
	}
	if (fd < 0)
		return fd;
	*ret = fd;
	return 0;
}

int state_check_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";

	if (!*id || id[0] == '.' || strspn(id, allowed) != strlen(id) || strlen(id) > NAME_MAX)
		return err_set(EINVAL, "bad-id",
			       "'%s' cannot be the id of a container: letters, digits and _+-. are allowed, "
			       "at most %d, and no dot in front",
			       id, NAME_MAX);
	return 0;
}

/* ---- who is alive ---- */

/* Field 22 of /proc/PID/stat, in clock ticks since boot: with the pid it names one process for good. 0: no such
 * process, or one that has ended and only waits for its parent to take notice. */
static uint64_t start_time(pid_t pid)
{
	char path[64], text[1024];
	const char *p;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_peek(AT_FDCWD, path, text, sizeof(text)) < 0)
		return 0;
	p = strrchr(text, ')'); /* the name may contain anything, but what follows has no ')' */
	if (p && (p[2] == 'Z' || p[2] == 'X'))
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

struct remains {
	pid_t supervisor, init;
	uint64_t supervisor_start, init_start;
};

static int64_t member(const struct json *o, const char *key)
{
	const struct json *v = json_get(o, key);

	return v && v->type == JSON_NUMBER ? strtoll(v->text, NULL, 10) : 0;
}

static struct remains read_remains(struct arena *a, int dir)
{
	struct json tree;
	size_t len;
	char *text;

	if (file_read(a, dir, "state.json", STATE_MAX, &text, &len) < 0 || json_parse(a, "state.json", text, len, &tree) < 0)
		return (struct remains){ 0 };
	return (struct remains){
		.supervisor = (pid_t)member(&tree, "supervisor"),
		.supervisor_start = (uint64_t)member(&tree, "supervisorStart"),
		.init = (pid_t)member(&tree, "pid"),
		.init_start = (uint64_t)member(&tree, "pidStart"),
	};
}

static bool is_alive(pid_t pid, uint64_t start)
{
	return pid > 0 && start && start_time(pid) == start;
}

/* The pidfd is taken before the start time is compared, so that it cannot be another process's. */
static void kill_and_wait(pid_t pid, uint64_t start, int sig)
{
	autoclose int fd = pid > 0 ? sys_pidfd_open(pid) : -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0 || !is_alive(pid, start))
		return;
	(void)sys_pidfd_send_signal(fd, sig);
	(void)poll(&p, 1, REPLACE_TIMEOUT_MS);
}

static void empty_dir(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (entries && (e = readdir(entries)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dir, e->d_name, 0);
	if (entries)
		(void)closedir(entries);
}

static void remove_dir(int root, const char *name, int dir)
{
	(void)unlinkat(dir, "state.json", 0);
	if (unlinkat(root, name, AT_REMOVEDIR) == 0 || errno != ENOTEMPTY)
		return;
	empty_dir(dir);
	(void)unlinkat(root, name, AT_REMOVEDIR);
}

static int in_use(const char *id)
{
	return err_advise(err_set(EEXIST, "id-in-use", "container '%s' already exists", id),
			  &(struct advice){ .now = "--replace stops it first; another --name runs beside it" });
}

/* The supervisor of a killed container cleans up and ends by itself; one that hangs is killed too. */
static void stop(const struct remains *r)
{
	kill_and_wait(r->init, r->init_start, SIGKILL);
	kill_and_wait(r->supervisor, r->supervisor_start, 0);
	kill_and_wait(r->supervisor, r->supervisor_start, SIGKILL);
}

/* 0 when the id is free now. */
static int clear_id(struct arena *a, int root, const char *id, bool replace)
{
	autoclose int dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct remains r;

	if (dir < 0)
		return errno == ENOENT ? 0 : err_sys("cannot open the state of '%s'", id);
	/* Locked as long as its supervisor has not said who it is. */
	if (flock(dir, LOCK_EX | LOCK_NB) < 0)
		return in_use(id);
	r = read_remains(a, dir);
	if (!replace && (is_alive(r.supervisor, r.supervisor_start) || is_alive(r.init, r.init_start)))
		return in_use(id);
	stop(&r);
	remove_dir(root, id, dir);
	return 0;
}

/* ---- the record ---- */

static int write_record(struct arena *a, int dir, const struct plan *p, const char *status, pid_t pid)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	autoclose int fd = -1;
	const char *text;
	size_t len;
	int r;

	json_open_object(w);
	oci_state_members(w, p, status, pid);
	json_member(w, "rootfs", p->root.path);
	json_member(w, "created", text_now(a));
	json_member_int(w, "pidStart", (int64_t)start_time(pid));
	json_member_int(w, "supervisor", getpid());
	json_member_int(w, "supervisorStart", (int64_t)start_time(getpid()));
	json_close_object(w);
	text = json_text(w, &len);
	/* No fsync: the record is worth nothing after a crash of the machine. */
	if ((fd = openat(dir, "state.json", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return err_sys("cannot write the state of '%s'", p->id);
	if ((r = write_all(fd, text, len)) < 0) {
		errno = -r;
		return err_sys("cannot write the state of '%s'", p->id);
	}
	return 0;
}

static bool is_named(int root, const char *id, int dir)
{
	struct stat by_name, by_fd;

	return fstatat(root, id, &by_name, AT_SYMLINK_NOFOLLOW) == 0 && fstat(dir, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
	       by_name.st_ino == by_fd.st_ino;
}

int state_begin(struct arena *a, int root, const struct plan *p, bool replace, struct state *ret)
{
	autoclose int dir = -1;
	int r;

	if ((r = state_check_id(p->id)) < 0)
		return r;
	/* Almost always the id is free: ask by taking it. */
	if (mkdirat(root, p->id, 0700) < 0) {
		if (errno != EEXIST)
			return err_sys("cannot make the state of '%s'", p->id);
		if ((r = clear_id(a, root, p->id, replace)) < 0)
			return r;
		if (mkdirat(root, p->id, 0700) < 0)
			return errno == EEXIST ? in_use(p->id) : err_sys("cannot make the state of '%s'", p->id);
	}
	if ((dir = openat(root, p->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_sys("cannot open the state of '%s'", p->id);
	/* Between the two calls another run may have taken it for the remains of a crash. */
	if (flock(dir, LOCK_EX | LOCK_NB) < 0 || !is_named(root, p->id, dir))
		return in_use(p->id);
	*ret = (struct state){ .root = root, .dir = take_fd(&dir), .id = p->id };
	return 0;
}

int state_record(struct arena *a, const struct state *s, const struct plan *p, pid_t pid)
{
	int r = write_record(a, s->dir, p, "created", pid);

	(void)flock(s->dir, LOCK_UN);
	return r;
}

void state_end(struct state *s)
{
	if (s->dir < 0)
		return;
	remove_dir(s->root, s->id, s->dir);
	(void)close(take_fd(&s->dir));
}
