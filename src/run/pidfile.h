/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* pidfile.h - the number of a process in a file, for callers. */
#include "base/mem.h"

/* All or nothing, and no newline: callers parse the whole as a number. path NULL: nothing is written. */
int pidfile_write(struct arena *a, const char *path, pid_t pid);
