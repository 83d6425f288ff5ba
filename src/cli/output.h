/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* output.h - where the output of a container in the background goes: to the journal, or else to a file of the user. */
#include "base/mem.h"

struct output {
	int fd;
	const char *temporary; /* the file until the container runs, or NULL */
};

/* A new one, or -errno with a sentence. The log of an earlier container of this id is replaced when this one runs. */
int output_open(struct arena *a, const char *id, struct output *ret);
void output_keep(struct arena *a, const char *id, const struct output *o);
void output_drop(const struct output *o);
/* There is a journal that may have it. */
bool output_has_journal(void);
/* The file of an id, also when there is none. */
const char *output_path(struct arena *a, const char *id);
