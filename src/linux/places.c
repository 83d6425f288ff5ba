/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/places.h"
#include "linux/inroot.h"
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* Where the part of the path begins that does not exist. */
static size_t first_missing(struct arena *a, int root, const char *path)
{
	size_t at = 0;

	while (path[at += strspn(path + at, "/")]) {
		size_t len = strcspn(path + at, "/");
		autoclose int fd = inroot_open(root, arena_strndup(a, path, at + len), O_PATH, INROOT_FOLLOW);

		if (fd == -ENOENT)
			return at;
		at += len;
	}
	return at;
}

void places_begin(struct arena *a, const char *root, const struct strv *missing, struct places *ret)
{
	*ret = (struct places){ .root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (ret->root < 0 || flock(ret->root, LOCK_SH | LOCK_NB) < 0)
		return;
	for (size_t i = 0; i < missing->n; i++)
		*arena_push(a, ret) = (struct place){
			.path = arena_strdup(a, missing->v[i]),
			.from = first_missing(a, ret->root, missing->v[i]),
		};
}

void places_end(struct places *p)
{
	if (p->root >= 0)
		(void)close(take_fd(&p->root));
}

/* The last component of path: rmdir(2) takes only an empty directory, and of files only ours are empty. */
static bool remove_last(int root, char *path)
{
	char *slash = strrchr(path, '/'), *name = slash + 1;
	autoclose int parent = -1;
	struct stat st;

	*slash = '\0';
	parent = inroot_open(root, *path ? path : "/", O_PATH | O_DIRECTORY, INROOT_FOLLOW);
	*slash = '/';
	if (parent < 0)
		return false;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return true;
	if (errno != ENOTDIR || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) || st.st_size > 0)
		return errno == ENOENT;
	return unlinkat(parent, name, 0) == 0;
}

void places_remove(struct places *p)
{
	if (p->n == 0 || flock(p->root, LOCK_EX | LOCK_NB) < 0)
		return;
	for (size_t i = p->n; i-- > 0;) {
		char *path = p->items[i].path;

		while (strlen(path) > p->items[i].from && remove_last(p->root, path))
			*strrchr(path, '/') = '\0';
	}
}
