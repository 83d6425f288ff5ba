/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* bpf_eval.h - run a seccomp program without the kernel. */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a system call shows to its filter. */
struct call {
	uint32_t number, arch;
	uint64_t ip, args[6];
};

/* NULL, or why the kernel would refuse the program (the rules of bpf_check_classic and seccomp_check_filter). */
const char *bpf_check(const struct sock_filter *code, size_t n);

/* The value returned; *steps counts the instructions. The byte order of the call is that of its architecture.
 * The program must have passed bpf_check(). */
uint32_t bpf_eval(const struct sock_filter *code, const struct call *c, unsigned int *steps);
