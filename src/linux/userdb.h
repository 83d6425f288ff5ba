/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* userdb.h - passwd(5) and group(5) files, of the host or of a hostile root: regular files of bounded size only. */
#include "plan/vocabulary.h"

struct user_entry {
	uint32_t uid, gid;
	const char *name, *home;
};

enum { USERDB_SIZE_MAX = 1024 * 1024 };

/* By name, or by uid where name is NULL. Malformed lines are passed over. */
bool userdb_find_user(struct arena *a, const char *text, const char *name, uint32_t uid, struct user_entry *ret);
bool userdb_find_group(struct arena *a, const char *text, const char *name, uint32_t *ret_gid);
/* The groups that list this user as a member. */
void userdb_find_groups_of(struct arena *a, const char *text, const char *user, struct id_list *ret);
/* The text of a file inside root ("" where there is none or it is not fit to be read). */
const char *userdb_read(struct arena *a, int root, const char *path);
