/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/inroot.h"
#include "linux/sys.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEPTH_MAX = 256, /* directories below the root that the walker holds open */
	LINKS_MAX = 40,	 /* path_resolution(7) */
	RETRIES = 32,	 /* openat2(2): EAGAIN when a rename races with "..", which only hostile rootfs do */
};

/* The directories from the root down to where the walk is: ".." pops one, so it can never leave. */
struct walk {
	int fds[DEPTH_MAX];
	size_t depth;
	unsigned links;
	char rest[PATH_MAX];
};

static void walk_end(struct walk *w)
{
	while (w->depth > 0)
		(void)close(w->fds[--w->depth]);
}

static int walk_top(const struct walk *w, int root)
{
	return w->depth ? w->fds[w->depth - 1] : root;
}

/* Put the text of a symbolic link before what is left of the path. */
static int walk_link(struct walk *w, int fd, const char *rest)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	target[n] = '\0';
	if ((size_t)snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= sizeof(joined))
		return -ENAMETOOLONG;
	memcpy(w->rest, joined, sizeof(joined));
	if (target[0] == '/')
		walk_end(w);
	return 0;
}

/* One component: enter a directory, follow a link, or stop at the last one and say so. */
static int walk_step(struct walk *w, int root, bool strict, bool nofollow, char *name, const char *rest, bool *ret_last)
{
	struct stat st;
	autoclose int fd = -1;

	*ret_last = false;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		if (name[1] && w->depth > 0)
			(void)close(w->fds[--w->depth]);
		return 0;
	}
	fd = openat(walk_top(w, root), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && !(nofollow && !*rest))
		return strict ? -ELOOP : walk_link(w, fd, rest);
	if (*rest && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (w->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	w->fds[w->depth++] = take_fd(&fd);
	*ret_last = !*rest;
	return 0;
}

/* A descriptor for real use of what an O_PATH one names; a magic link of procfs is the only way there. */
static int reopen(int fd, int flags)
{
	char path[64];
	int opened;

	if (flags & O_PATH) {
		opened = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return opened < 0 ? -errno : opened;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	opened = open(path, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
	return opened < 0 ? -errno : opened;
}

static int walk_open(int root, const char *path, int flags, bool strict)
{
	struct walk w = { 0 };
	struct stat st;
	bool last;
	int r = 0;

	if (!*path)
		return -ENOENT;
	if ((size_t)snprintf(w.rest, sizeof(w.rest), "%s", path) >= sizeof(w.rest))
		return -ENAMETOOLONG;
	if (path[strlen(path) - 1] == '/')
		flags |= O_DIRECTORY;
	for (;;) {
		char name[NAME_MAX + 1], rest[PATH_MAX];
		size_t skip = strspn(w.rest, "/"), len = strcspn(w.rest + skip, "/");

		if (len == 0)
			break;
		if (len > NAME_MAX) {
			r = -ENAMETOOLONG;
			break;
		}
		memcpy(name, w.rest + skip, len);
		name[len] = '\0';
		(void)snprintf(rest, sizeof(rest), "%s", w.rest + skip + len + strspn(w.rest + skip + len, "/"));
		memcpy(w.rest, rest, sizeof(rest));
		if ((r = walk_step(&w, root, strict, flags & O_NOFOLLOW, name, rest, &last)) < 0)
			break;
	}
	if (r == 0 && (flags & O_DIRECTORY) && fstat(walk_top(&w, root), &st) == 0 && !S_ISDIR(st.st_mode))
		r = -ENOTDIR;
	if (r == 0)
		r = reopen(walk_top(&w, root), flags);
	walk_end(&w);
	return r;
}

int inroot_open(int root, const char *path, int flags, enum inroot_rule rule)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (rule == INROOT_STRICT ? RESOLVE_NO_SYMLINKS : 0),
	};

	for (int i = 0; i < RETRIES; i++) {
		int fd = sys_openat2(root, path, &how);

		if (fd >= 0)
			return fd;
		/* ENOSYS: Linux < 5.6; EPERM: the seccomp profile of an outer container. */
		if (errno == ENOSYS || errno == EPERM)
			return walk_open(root, path, flags, rule == INROOT_STRICT);
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

/* Open path as a directory, after making its last component below parent if it is missing. */
static int enter_or_make(int root, int parent, const char *path, const char *name, enum inroot_rule rule)
{
	int fd = inroot_open(root, path, O_PATH | O_DIRECTORY, rule);

	if (fd != -ENOENT)
		return fd;
	/* EEXIST: somebody was faster, or a dangling link is there, which the second try finds out. */
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return inroot_open(root, path, O_PATH | O_DIRECTORY, rule);
}

int inroot_make_dir(int root, const char *path, enum inroot_rule rule)
{
	autoclose int dir = inroot_open(root, path, O_PATH | O_DIRECTORY, rule);
	char prefix[PATH_MAX];
	size_t at = 0;

	if (dir != -ENOENT)
		return take_fd(&dir);
	if (strlen(path) >= sizeof(prefix))
		return -ENAMETOOLONG;
	if ((dir = inroot_open(root, "/", O_PATH | O_DIRECTORY, rule)) < 0)
		return dir;
	while (path[at += strspn(path + at, "/")]) {
		size_t len = strcspn(path + at, "/");
		int next;

		memcpy(prefix, path, at + len);
		prefix[at + len] = '\0';
		if ((next = enter_or_make(root, dir, prefix, prefix + at, rule)) < 0)
			return next;
		(void)close(dir);
		dir = next;
		at += len;
	}
	return take_fd(&dir);
}

int inroot_make_parent(int root, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	*ret_name = slash ? slash + 1 : path;
	if ((size_t)(*ret_name - path) >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, (size_t)(*ret_name - path));
	parent[*ret_name - path] = '\0';
	return inroot_make_dir(root, *parent ? parent : "/", INROOT_FOLLOW);
}

static int make_file(int root, const char *path, enum inroot_rule rule, unsigned links);

static int make_linked_file(int root, int parent, const char *path, const char *name, unsigned links)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof(target) - 1);

	if (n < 0 || links == LINKS_MAX)
		return -ENOENT;
	target[n] = '\0';
	if (target[0] == '/')
		return make_file(root, target, INROOT_FOLLOW, links + 1);
	if ((size_t)snprintf(joined, sizeof(joined), "%.*s%s", (int)(name - path), path, target) >= sizeof(joined))
		return -ENAMETOOLONG;
	return make_file(root, joined, INROOT_FOLLOW, links + 1);
}

static int make_file(int root, const char *path, enum inroot_rule rule, unsigned links)
{
	autoclose int fd = inroot_open(root, path, O_PATH, rule);
	autoclose int parent = -1;
	const char *name;

	if (fd != -ENOENT)
		return take_fd(&fd);
	if ((parent = inroot_make_parent(root, path, &name)) < 0)
		return parent;
	/* O_EXCL never follows a link at the end (open(2)), so nothing can be made anywhere else. */
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 && errno != EEXIST)
		return -errno;
	if (fd >= 0)
		(void)close(take_fd(&fd));
	fd = inroot_open(root, path, O_PATH, rule);
	return fd == -ENOENT && rule == INROOT_FOLLOW ? make_linked_file(root, parent, path, name, links) : take_fd(&fd);
}

int inroot_make_file(int root, const char *path, enum inroot_rule rule)
{
	return make_file(root, path, rule, LINKS_MAX);
}

int inroot_make_linked_file(int root, const char *path)
{
	return make_file(root, path, INROOT_FOLLOW, 0);
}
