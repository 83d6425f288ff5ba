/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* selfexe.h - keep the container from writing to our program file through /proc/PID/exe (CVE-2019-5736).
 *
 * A file that no id of the container can write is protected by its permissions: that is how a package installs urun.
 * Where the caller owns it (a build tree, ~/bin) a sealed copy in memory runs instead. */
#include "base/base.h"

/* Returns 0 when it is safe to go on; executes the copy, and then does not return, when it is not. */
int selfexe_protect(char *const argv[]);
/* A program to execute inside the container: the file itself, or a sealed copy. */
int selfexe_open(const char *path);
