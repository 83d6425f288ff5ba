/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* seccomp.h - from a profile to a loaded filter.
 *
 * compile: names become numbers through libseccomp (opened only here), rules become one compact BPF program.
 * cache: a program is kept beside the text of everything that went into it, and used again only if all of it is equal.
 * load: init installs the program. */
#include "plan/vocabulary.h"
#include <linux/filter.h>

struct seccomp_program {
	struct sock_filter *code;
	size_t n; /* at most BPF_MAXINSNS */
};

/* Unknown system call names are passed over and counted in *ret_unknown (old kernels and libraries, other
 * architectures). The program belongs to the arena. */
int seccomp_compile(struct arena *a, const struct seccomp_profile *p, struct seccomp_program *ret, size_t *ret_unknown);

/* The same through the cache directory below dirfd (created if missing, 0700). A cache that cannot be read or written
 * only costs time. */
int seccomp_compile_cached(struct arena *a, int dirfd, const struct seccomp_profile *p, struct seccomp_program *ret);

/* Install it for this thread. With SECCOMP_FILTER_FLAG_NEW_LISTENER in flags returns the listener, else 0.
 * Needs no_new_privs or CAP_SYS_ADMIN in the own user namespace (seccomp(2)). */
int seccomp_load(const struct seccomp_program *program, uint32_t flags);
/* SECCOMP_FILTER_FLAG_* that this kernel takes. */
uint32_t seccomp_known_flags(void);
