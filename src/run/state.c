/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/state.h"
#include "base/err.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/processes.h"
#include "linux/sys.h"
#include "linux/userdb.h"
#include "run/network.h"
#include "run/placement.h"
#include "run/record.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { STATE_PATIENCE_MS = 10 * 1000 };

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
	int r = access(path, F_OK) == 0 ? 0 : make_parents(a, path);

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

/* The system calls themselves: glibc's wrappers tell other threads, of which there are none. */
static int become(uid_t uid, gid_t gid)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0)
		return err_sys("cannot become user %u, whose state directory it is", uid);
	return 0;
}

/* The user's own, as the machine says. The group of the directory says nothing: with the setgid bit of the directory above
 * (mkdir(2)) it can be any. Whom /etc/passwd does not know gets the one that has no rights. */
static gid_t group_of(struct arena *a, uid_t uid)
{
	enum { NO_GROUP = 65534 };
	autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct user_entry e;

	return userdb_find_user(a, userdb_read(a, root, "/etc/passwd"), NULL, uid, &e) ? e.gid : NO_GROUP;
}

int state_find_root(struct arena *a, const char *option, int *ret)
{
	const char *given = option ? option : getenv("URUN_ROOT");
	struct stat st;
	int r;

	if (geteuid() == 0 && given && *given && lstat(given, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid != 0 &&
	    (r = become(st.st_uid, group_of(a, st.st_uid))) < 0)
		return r;
	return state_open_root(a, option, ret);
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

/* ---- the directory of one container ---- */

/* Whoever has the lock has it for a moment: it is never held while a hook or the container runs. */
static bool lock(int dir)
{
	const struct timespec round = { .tv_nsec = 1000 * 1000 };

	for (int waited = 0; flock(dir, LOCK_EX | LOCK_NB) < 0; waited++) {
		if (waited >= STATE_PATIENCE_MS)
			return false;
		(void)nanosleep(&round, NULL);
	}
	return true;
}

/* Nobody has removed it, or made another one of that name, meanwhile. */
static bool is_named(int root, const char *id, int dir)
{
	struct stat by_name, by_fd;

	return fstatat(root, id, &by_name, AT_SYMLINK_NOFOLLOW) == 0 && fstat(dir, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
	       by_name.st_ino == by_fd.st_ino;
}

static void empty(int dir)
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

int state_remove(int root, const char *id, int dir, bool seen_record)
{
	if (!lock(dir) || !is_named(root, id, dir))
		return 0;
	if (!seen_record && faccessat(dir, "state.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		(void)flock(dir, LOCK_UN);
		return -EAGAIN;
	}
	(void)unlinkat(dir, "state.json", 0);
	(void)unlinkat(dir, "config.json", 0);
	(void)unlinkat(dir, RECORD_BRIEF, 0);
	if (unlinkat(root, id, AT_REMOVEDIR) == 0)
		return 1;
	empty(dir);
	return unlinkat(root, id, AT_REMOVEDIR) == 0;
}

bool state_is_named(const struct state *s)
{
	return is_named(s->root, s->id, s->dir);
}

int state_await_record(int dir)
{
	if (!lock(dir))
		return -ETIMEDOUT;
	(void)flock(dir, LOCK_UN);
	return 0;
}

bool state_is_begun(int dir)
{
	if (flock(dir, LOCK_SH | LOCK_NB) < 0)
		return true;
	(void)flock(dir, LOCK_UN);
	return false;
}

static int in_use(const char *id)
{
	return err_advise(err_set(EEXIST, "id-in-use", "container '%s' already exists", id),
			  &(struct advice){ .now = "urun delete removes it; run --replace stops it first; another id runs beside it" });
}

/* Locked, so nobody else is making it: without a record it is new, or a crash came before the record. Of those with one only what
 * a crash has left in the foreground is nobody's: others are there until they are deleted. */
static bool is_free(struct arena *a, int dir)
{
	struct record r;
	int e = record_read(a, dir, "state.json", &r);

	if (e == -ENOENT)
		return true;
	return e == 0 && !r.kept && !process_is((pid_t)r.supervisor, r.supervisor_start) && !process_is((pid_t)r.pid, r.pid_start);
}

/* -EAGAIN without a sentence: it has gone, or become another one, before we had it. */
static int take(struct arena *a, int root, const char *id, bool is_new, int *ret)
{
	autoclose int dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? -EAGAIN : err_sys("cannot open the state of '%s'", id);
	if (!lock(dir))
		return in_use(id);
	if (!is_named(root, id, dir))
		return -EAGAIN;
	if (!is_free(a, dir))
		return in_use(id);
	if (!is_new) {
		networked_remove(a, dir);
		placed_remove(a, dir, -1, true);
		empty(dir);
	}
	*ret = take_fd(&dir);
	return 0;
}

int state_begin(struct arena *a, int root, const char *id, struct state *ret)
{
	int r, dir = -1;

	if ((r = state_check_id(id)) < 0)
		return r;
	do {
		/* Whether it is new does not decide whose it is: the lock does. */
		bool is_new = mkdirat(root, id, 0700) == 0;

		if (!is_new && errno != EEXIST)
			return err_sys("cannot make the state of '%s'", id);
		r = take(a, root, id, is_new, &dir);
	} while (r == -EAGAIN);
	if (r < 0)
		return r;
	*ret = (struct state){ .root = root, .dir = dir, .id = id };
	return 0;
}

static int write_config(const struct state *s, const char *text)
{
	int r = file_create(s->dir, "config.json", text, strlen(text));

	if (r < 0) {
		errno = -r;
		return err_sys("cannot write the configuration of '%s'", s->id);
	}
	return 0;
}

int state_record(struct arena *a, const struct state *s, const struct kept_config *config, struct record *r)
{
	int e;

	r->created = arena_strdup(a, text_now(a));
	r->pid_start = process_start_time((pid_t)r->pid);
	r->supervisor = getpid();
	r->supervisor_start = process_start_time(getpid());
	r->mount_ns = process_namespace((pid_t)r->pid, "mnt");
	r->mount_ns_id = process_mount_namespace_id((pid_t)r->pid);
	if ((e = write_config(s, config->text(a, config->of))) < 0)
		return e;
	e = record_write(s->dir, r);
	(void)flock(s->dir, LOCK_UN);
	return e;
}

int state_write_exit(int dir, int status)
{
	autoclose int fd = openat(dir, "exit", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 || dprintf(fd, "%d", status) < 0 ? err_sys("cannot write the exit status") : 0;
}

int state_read_exit(int dir)
{
	char text[16];

	return file_peek(dir, "exit", text, sizeof(text)) > 0 ? atoi(text) : -ENODATA;
}

void state_leave(struct state *s)
{
	if (s->dir >= 0)
		(void)close(take_fd(&s->dir));
}

bool state_end(struct state *s)
{
	bool removed = s->dir >= 0 && state_remove(s->root, s->id, s->dir, true) == 1;

	state_leave(s);
	return removed;
}
