/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* output.h - where the output of a container in the background goes: to the journal, or else to a file of the user. */
#include "base/mem.h"

/* A new one, or -errno with a sentence. */
int output_open(struct arena *a, const char *id);
/* The file of an id, also when there is none. */
const char *output_path(struct arena *a, const char *id);
