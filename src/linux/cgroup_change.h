/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* cgroup_change.h - change the limits of a cgroup that is in use. */
#include "base/mem.h"
#include "plan/vocabulary.h"

/* All of them, in this order where the kernel does not need another one, or none: -errno with a sentence that names the file. Lines
 * for devices (io.*) cannot be taken back, so they should come last. */
int cgroup_change(struct arena *a, int dir, const struct cgroup_writes *l, struct cgroup_writes *ret_undo);
/* As it was before. */
void cgroup_undo(int dir, const struct cgroup_writes *undo);
