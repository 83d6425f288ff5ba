/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* places.h - mount points that will be made in a root file system, so that a failed start can take them away again.
 *
 * Who uses a root file system that it may write holds a shared lock on it (flock(2)): removing a directory would end the
 * mount that another container has there. */
#include "base/mem.h"

struct place {
	char *path;  /* inside the root */
	size_t from; /* the first component that was not there begins here */
};

struct places {
	int root;
	struct place *items;
	size_t n, room;
};

/* Look before they are made; the root is ours to share until places_end(). */
void places_begin(struct arena *a, const char *root, const struct strv *missing, struct places *ret);
void places_end(struct places *p);
/* Remove what is empty, directories and files of no size, unless another container uses this root. */
void places_remove(struct places *p);
