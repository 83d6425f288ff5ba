/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bpf_eval.h"
#include <linux/audit.h>
#include <stdlib.h>

enum {
	DATA_SIZE = 64, /* of struct seccomp_data */
};

static const char *check_insn(const struct sock_filter *i, size_t left)
{
	switch (i->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return i->k % 4 == 0 && i->k < DATA_SIZE ? NULL : "a load from outside of the data";
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_RET | BPF_K:
		return NULL;
	case BPF_JMP | BPF_JA:
		return i->k < left ? NULL : "a jump behind the end";
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		return i->jt < left && i->jf < left ? NULL : "a branch behind the end";
	default:
		return "an instruction that is not expected here";
	}
}

const char *bpf_check(const struct sock_filter *code, size_t n)
{
	if (n == 0 || n > BPF_MAXINSNS)
		return "a bad length";
	for (size_t pc = 0; pc < n; pc++) {
		const char *why = check_insn(&code[pc], n - pc - 1);

		if (why)
			return why;
	}
	return code[n - 1].code == (BPF_RET | BPF_K) ? NULL : "no return at the end";
}

/* The 32-bit word at an offset of struct seccomp_data. */
static uint32_t word(const struct call *c, uint32_t offset)
{
	uint64_t v;

	switch (offset) {
	case 0:
		return c->number;
	case 4:
		return c->arch;
	case 8:
	case 12:
		v = c->ip;
		break;
	default:
		v = c->args[(offset - 16) / 8];
	}
	return (offset % 8 == 0) == !!(c->arch & __AUDIT_ARCH_LE) ? (uint32_t)v : (uint32_t)(v >> 32);
}

uint32_t bpf_eval(const struct sock_filter *code, const struct call *c, unsigned int *steps)
{
	uint32_t a = 0;

	*steps = 0;
	for (const struct sock_filter *i = code;; i++) {
		++*steps;
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = word(c, i->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			i += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			i += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			i += a & i->k ? i->jt : i->jf;
			break;
		default:
			abort();
		}
	}
}
