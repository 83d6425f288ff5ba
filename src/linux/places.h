/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* places.h - mount points that will be made in a root file system, so that a failed start can take them away again. */
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

/* Look before they are made. Nothing to note is no work. */
void places_note(struct arena *a, const char *root, const struct strv *missing, struct places *ret);
/* Remove what is empty: directories, and files of no size. What somebody has used stays. */
void places_remove(struct places *p);
