/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* seccomp_lib.h - the one seam to libseccomp, which knows the number of every system call on every architecture.
 *
 * The library is opened only when a profile must be compiled: a cached program never needs it, and starting without
 * it is faster. Only its tables are used; rules and code are ours (seccomp_compile.c, seccomp_bpf.c). */
#include "linux/seccomp.h"

enum {
	LIB_NO_SUCH_CALL = -1, /* __NR_SCMP_ERROR */
};

struct lib_version {
	unsigned int major, minor, micro;
};

struct seccomp_lib {
	void *handle;
	const char *path; /* the file, as the dynamic linker found it; valid until close */

	/* The number; LIB_NO_SUCH_CALL for a name that no architecture has; another negative number where other
	 * architectures have the call, or this one only as a part of socketcall(2) or ipc(2). */
	int (*number_of)(uint32_t token, const char *name);
	char *(*name_of)(uint32_t token, int number); /* for free(), or NULL */
	uint32_t (*arch_of)(const char *name);	      /* "x86_64" → SCMP_ARCH_X86_64, or 0 */
	uint32_t (*native_arch)(void);
	const struct lib_version *(*version)(void);
};

int seccomp_lib_open(struct seccomp_lib *ret);
void seccomp_lib_close(struct seccomp_lib *lib);

#define autolib __attribute__((cleanup(seccomp_lib_close)))

/* seccomp_compile() with a library that is open, or with one that a test has made up. */
int seccomp_compile_with(struct arena *a, const struct seccomp_lib *lib, const struct seccomp_profile *p, struct seccomp_program *ret,
			 size_t *ret_unknown);
