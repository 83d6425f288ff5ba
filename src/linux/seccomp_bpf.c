/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/seccomp_bpf.h"
#include "base/err.h"
#include <linux/audit.h>

/* The program is written backwards, its last instruction first. Classic BPF only jumps forward, so a jump is always
 * written after its targets, and how far they are is known at once. A label is a position counted from the end. */
typedef uint32_t label;

enum {
	JUMP_MAX = UINT8_MAX - 1, /* one less than possible: a trampoline for the other branch may still come between */
};

struct insn {
	struct sock_filter raw;
	label yes, no; /* what was meant; a jump may take a trampoline to get there */
};

struct writer {
	struct insn insns[BPF_MAXINSNS];
	uint32_t n;
	bool overflow;
};

/* A place to continue at. The accumulator must hold word & mask there; with mask 0 it does not matter. */
struct place {
	label at;
	uint32_t word, mask;
};

static bool is_ret(const struct insn *i)
{
	return i->raw.code == (BPF_RET | BPF_K);
}

static bool is_goto(const struct insn *i)
{
	return i->raw.code == (BPF_JMP | BPF_JA);
}

static label put(struct writer *w, struct insn i)
{
	if (w->n == BPF_MAXINSNS) {
		w->overflow = true; /* told at the end; until then any label will do */
		return 0;
	}
	w->insns[w->n] = i;
	return w->n++;
}

/* How many instructions one that is written now has to skip. */
static uint32_t distance(const struct writer *w, label to)
{
	return w->n - to - 1;
}

/* What means the same and is already there needs not be written again: this is how tails get shared. */
static bool find(const struct writer *w, uint16_t code, uint32_t k, label yes, label no, label *ret)
{
	for (label at = w->n; at-- > 0;) {
		const struct insn *i = &w->insns[at];

		if (i->raw.code != code || i->yes != yes || i->no != no)
			continue;
		if (!is_goto(i) && i->raw.k != k)
			continue;
		*ret = at;
		return true;
	}
	return false;
}

static label put_ret(struct writer *w, uint32_t value)
{
	label at;

	if (find(w, BPF_RET | BPF_K, value, 0, 0, &at))
		return at;
	return put(w, (struct insn){ .raw = BPF_STMT(BPF_RET | BPF_K, value) });
}

/* A label close enough for a conditional jump that ends at `to`: itself, a copy of it or a goto. */
static label put_near(struct writer *w, label to)
{
	const struct insn *end = &w->insns[to];

	for (label at = w->n; at-- > 0 && distance(w, at) <= JUMP_MAX;) {
		const struct insn *i = &w->insns[at];

		if (at == to || (is_goto(i) && i->yes == to) || (is_ret(i) && is_ret(end) && i->raw.k == end->raw.k))
			return at;
	}
	if (is_ret(end))
		return put(w, *end);
	return put(w, (struct insn){ .raw = BPF_STMT(BPF_JMP | BPF_JA, distance(w, to)), .yes = to });
}

static label put_branch(struct writer *w, uint16_t op, uint32_t k, label yes, label no)
{
	const uint16_t code = (uint16_t)(BPF_JMP | op | BPF_K);
	label at, near_yes, near_no;

	if (yes == no)
		return yes;
	if (find(w, code, k, yes, no, &at))
		return at;
	near_yes = put_near(w, yes);
	near_no = put_near(w, no);
	return put(w, (struct insn){
			      .raw = BPF_JUMP(code, k, (uint8_t)distance(w, near_yes), (uint8_t)distance(w, near_no)),
			      .yes = yes,
			      .no = no,
		      });
}

/* An instruction that changes the accumulator and goes on at next, which must stand right behind it. */
static label put_step(struct writer *w, uint16_t code, uint32_t k, label next)
{
	label at;

	if (find(w, code, k, next, 0, &at))
		return at;
	if (next != w->n - 1)
		(void)put(w, (struct insn){ .raw = BPF_STMT(BPF_JMP | BPF_JA, distance(w, next)), .yes = next });
	return put(w, (struct insn){ .raw = BPF_STMT(code, k), .yes = next });
}

static label put_load(struct writer *w, uint32_t word, label next)
{
	return put_step(w, BPF_LD | BPF_W | BPF_ABS, word, next);
}

/* ---- conditions ---- */

static struct place place_ret(struct writer *w, uint32_t value)
{
	return (struct place){ .at = put_ret(w, value) };
}

/* Enter p with anything in the accumulator. */
static label enter(struct writer *w, struct place p)
{
	label at = p.at;

	if (p.mask == 0)
		return at;
	if (p.mask != UINT32_MAX)
		at = put_step(w, BPF_ALU | BPF_AND | BPF_K, p.mask, at);
	return put_load(w, p.word, at);
}

/* Enter p from where the accumulator holds word & mask: without loading it again, if that is what p wants. */
static label enter_with(struct writer *w, struct place p, uint32_t word, uint32_t mask)
{
	return p.word == word && p.mask == mask ? p.at : enter(w, p);
}

static struct place test(struct writer *w, uint32_t word, uint32_t mask, uint16_t op, uint32_t k, struct place yes, struct place no)
{
	const label at_no = enter_with(w, no, word, mask);
	const label at_yes = enter_with(w, yes, word, mask);

	return (struct place){ .at = put_branch(w, op, k, at_yes, at_no), .word = word, .mask = mask };
}

/* The two words of an argument. */
struct arg_words {
	uint32_t low, high; /* offsets in struct seccomp_data */
	bool wide;
};

static struct arg_words arg_words(uint32_t index, uint32_t token, bool wide)
{
	const uint32_t first = (uint32_t)(offsetof(struct seccomp_data, args) + index * sizeof(uint64_t));
	const uint32_t second = first + (uint32_t)sizeof(uint32_t);

	if (token & __AUDIT_ARCH_LE)
		return (struct arg_words){ .low = first, .high = second, .wide = wide };
	return (struct arg_words){ .low = second, .high = first, .wide = wide };
}

static struct place test_equal(struct writer *w, struct arg_words arg, uint64_t value, uint64_t mask, struct place yes, struct place no)
{
	const uint32_t low = (uint32_t)mask, high = (uint32_t)(mask >> 32);

	if (low)
		yes = test(w, arg.low, low, BPF_JEQ, (uint32_t)value & low, yes, no);
	if (high && arg.wide)
		yes = test(w, arg.high, high, BPF_JEQ, (uint32_t)(value >> 32) & high, yes, no);
	return yes;
}

/* op is BPF_JGT or BPF_JGE for the lower half; the upper half must be greater, or equal and the lower half decides. */
static struct place test_above(struct writer *w, struct arg_words arg, uint16_t op, uint64_t value, struct place yes, struct place no)
{
	const uint32_t high = (uint32_t)(value >> 32);
	struct place p = test(w, arg.low, UINT32_MAX, op, (uint32_t)value, yes, no);

	if (!arg.wide)
		return p;
	p = test(w, arg.high, UINT32_MAX, BPF_JEQ, high, p, no);
	return test(w, arg.high, UINT32_MAX, BPF_JGT, high, yes, p);
}

static struct place test_arg(struct writer *w, const struct seccomp_arg *c, struct arg_words arg, struct place yes, struct place no)
{
	switch (c->op) {
	case SECCOMP_OP_EQ:
		return test_equal(w, arg, c->value, UINT64_MAX, yes, no);
	case SECCOMP_OP_NE:
		return test_equal(w, arg, c->value, UINT64_MAX, no, yes);
	case SECCOMP_OP_MASKED_EQ:
		return test_equal(w, arg, c->value, c->mask, yes, no);
	case SECCOMP_OP_GT:
		return test_above(w, arg, BPF_JGT, c->value, yes, no);
	case SECCOMP_OP_LE:
		return test_above(w, arg, BPF_JGT, c->value, no, yes);
	case SECCOMP_OP_GE:
		return test_above(w, arg, BPF_JGE, c->value, yes, no);
	case SECCOMP_OP_LT:
		return test_above(w, arg, BPF_JGE, c->value, no, yes);
	}
	abort(); /* the compiler has checked the profile */
}

/* ---- ranges ---- */

static label put_range(struct writer *w, uint32_t token, const struct bpf_range *range)
{
	struct place next = place_ret(w, range->ret);

	for (size_t r = range->n_rules; r-- > 0;) {
		const struct bpf_rule *rule = &range->rules[r];
		struct place yes = place_ret(w, rule->ret);

		for (size_t i = rule->n_args; i-- > 0;)
			yes = test_arg(w, &rule->args[i], arg_words(rule->args[i].index, token, range->wide), yes, next);
		next = yes;
	}
	return enter(w, next);
}

/* One number between two ranges that are alike is one comparison, not two. */
static bool is_exception(const struct bpf_range *three)
{
	return three[2].start - three[1].start == 1 && three[0].n_rules == 0 && three[2].n_rules == 0 && three[0].ret == three[2].ret;
}

static label put_search(struct writer *w, uint32_t token, const struct bpf_range *ranges, size_t n)
{
	const size_t half = n / 2;
	label below, above;

	if (n == 1)
		return put_range(w, token, ranges);
	if (n == 3 && is_exception(ranges)) {
		above = put_range(w, token, &ranges[1]);
		below = put_range(w, token, &ranges[0]);
		return put_branch(w, BPF_JEQ, ranges[1].start, above, below);
	}
	above = put_search(w, token, ranges + half, n - half);
	below = put_search(w, token, ranges, half);
	return put_branch(w, BPF_JGE, ranges[half].start, above, below);
}

int bpf_build(struct arena *a, const struct bpf_arch *archs, size_t n, uint32_t other_ret, struct seccomp_program *ret)
{
	struct writer *w = arena_alloc(a, sizeof(*w));
	label next = put_ret(w, other_ret);
	struct sock_filter *code;

	for (size_t i = n; i-- > 0;) {
		const struct bpf_arch *arch = &archs[i];
		label body = put_search(w, arch->token, arch->ranges, arch->n);

		body = put_load(w, offsetof(struct seccomp_data, nr), body);
		next = put_branch(w, BPF_JEQ, arch->token, body, next);
	}
	(void)put_load(w, offsetof(struct seccomp_data, arch), next);
	if (w->overflow)
		return err_set(E2BIG, "seccomp-size", "the seccomp profile needs more than %d instructions", BPF_MAXINSNS);

	code = arena_array(a, w->n, sizeof(*code));
	for (uint32_t i = 0; i < w->n; i++)
		code[i] = w->insns[w->n - 1 - i].raw;
	*ret = (struct seccomp_program){ .code = code, .n = w->n };
	return 0;
}
