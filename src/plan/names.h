/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* names.h - the words of config.json that stand for numbers of the kernel, and back. */
#include "base/base.h"

/* Numbers of capabilities(7), -1 when unknown; the name may lack CAP_ and be in lower case. */
int cap_from_name(const char *name);
/* "CAP_CHOWN", or NULL beyond the last one. */
const char *cap_name(int cap);
/* RLIMIT_* (getrlimit(2)), -1 when unknown. */
int rlimit_from_name(const char *name);
const char *rlimit_name(int resource);
/* MPOL_*, MPOL_F_* (set_mempolicy(2)), SCHED_FLAG_* (sched_setattr(2)), SECCOMP_FILTER_FLAG_* (seccomp(2)); 0 when unknown. */
int mempolicy_mode(const char *name);
int mempolicy_flag(const char *name);
uint64_t sched_flag(const char *name);
uint32_t seccomp_flag(const char *name);
