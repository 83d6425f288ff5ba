/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* file_mount.h - mounts of single files that are nowhere else: a small tmpfs holds them, which the container's root covers. Who may
 * write them in there cannot fill more than that. */
#include "base/base.h"

/* Attach the tmpfs for them at the directory; returns it. */
int file_mount_begin(int dir);
/* The mount of a new file with this text (0644), hanging nowhere. number is its own among the files of this tmpfs. */
int file_mount_make(int tmpfs, size_t number, const char *text);
