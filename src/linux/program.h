/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* program.h - which file a command is, and why it cannot be executed. */
#include "base/mem.h"

/* As execvp(3): a name without a slash is looked up in PATH of env. Says before anything is executed what is wrong. */
int program_find(struct arena *a, const struct strv *env, const char *name, char **ret);
/* For programs of the host: the next absolute directory of a PATH, which moves on, and its length; NULL after the last one. */
const char *program_next_dir(const char **path, size_t *ret_len);
/* After execve(2) has refused what program_find() had found: -errno with a sentence. */
int program_exec_failed(const char *name);
