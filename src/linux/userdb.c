/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/userdb.h"
#include "base/file.h"
#include "linux/inroot.h"
#include <fcntl.h>
#include <string.h>

enum { FIELDS_MAX = 7 };

/* Split the line at ':'; returns how many fields there are. */
static size_t split(struct arena *a, const char *line, size_t len, const char *fields[FIELDS_MAX])
{
	size_t n = 0;

	while (n < FIELDS_MAX) {
		const char *colon = memchr(line, ':', len);
		size_t field = colon ? (size_t)(colon - line) : len;

		fields[n++] = arena_strndup(a, line, field);
		if (!colon)
			break;
		line += field + 1;
		len -= field + 1;
	}
	return n;
}

static bool parse_id(const char *s, uint32_t *ret)
{
	unsigned long long v;
	char *end;

	if (!*s || strspn(s, "0123456789") != strlen(s))
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	*ret = (uint32_t)v;
	return !errno && !*end && v < UINT32_MAX;
}

static bool is_wanted(const char *line, size_t len, const char *name)
{
	size_t n = name ? strlen(name) : 0;

	return !name || (len > n && memcmp(line, name, n) == 0 && line[n] == ':');
}

bool userdb_find_user(struct arena *a, const char *text, const char *name, uint32_t uid, struct user_entry *ret)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		const char *f[FIELDS_MAX];
		struct user_entry e = { 0 };

		len = strcspn(text, "\n");
		if (!is_wanted(text, len, name) || split(a, text, len, f) < 6)
			continue;
		if (!parse_id(f[2], &e.uid) || !parse_id(f[3], &e.gid) || (!name && e.uid != uid))
			continue;
		e.name = f[0];
		e.home = f[5];
		*ret = e;
		return true;
	}
	return false;
}

bool userdb_find_group(struct arena *a, const char *text, const char *name, uint32_t *ret_gid)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		const char *f[FIELDS_MAX];

		len = strcspn(text, "\n");
		if (is_wanted(text, len, name) && split(a, text, len, f) >= 3 && parse_id(f[2], ret_gid))
			return true;
	}
	return false;
}

static bool is_member(const char *members, const char *user)
{
	size_t n = strlen(user);

	for (size_t len; *members; members += len + (members[len] == ',')) {
		len = strcspn(members, ",");
		if (len == n && memcmp(members, user, n) == 0)
			return true;
	}
	return false;
}

void userdb_find_groups_of(struct arena *a, const char *text, const char *user, struct id_list *ret)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		const char *f[FIELDS_MAX];
		uint32_t gid;

		len = strcspn(text, "\n");
		if (split(a, text, len, f) >= 4 && parse_id(f[2], &gid) && is_member(f[3], user))
			*arena_push(a, ret) = gid;
	}
}

const char *userdb_read(struct arena *a, int root, const char *path)
{
	autoclose int fd = inroot_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, INROOT_FOLLOW);
	char *text;
	size_t len;

	if (fd < 0 || file_read_fd(a, fd, path, USERDB_SIZE_MAX, &text, &len) < 0)
		return "";
	return text;
}
