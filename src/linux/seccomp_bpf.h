/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* seccomp_bpf.h - from tables of system call numbers to one classic BPF program. Pure: no system call, no library.
 *
 * The program finds the architecture, then the range of the number by binary search, then tries the rules of the range.
 * Equal tails are shared: two numbers with the same rules cost no more than one. */
#include "linux/seccomp.h"
/* The kernel's header of that name: with -Isrc our own would answer. */
#include_next <linux/seccomp.h>

/* All conditions hold: ret. */
struct bpf_rule {
	const struct seccomp_arg *args;
	size_t n_args;
	uint32_t ret;
};

/* All numbers from start up to the start of the next range. The first rule that holds decides, otherwise ret. */
struct bpf_range {
	uint32_t start;
	uint32_t ret;
	const struct bpf_rule *rules;
	size_t n_rules;
	bool wide; /* arguments have 64 bits; otherwise the upper half of argument, value and mask is not looked at */
};

struct bpf_arch {
	uint32_t token;		  /* AUDIT_ARCH_* */
	struct bpf_range *ranges; /* ascending, the first starts at 0 */
	size_t n, room;
};

/* other_ret: for every architecture that is not in archs. Fails only if the program exceeds BPF_MAXINSNS. */
int bpf_build(struct arena *a, const struct bpf_arch *archs, size_t n, uint32_t other_ret, struct seccomp_program *ret);
