/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.c - build a compact seccomp program for the floor (x86_64 with i386 and x32).
 *
 *	filter <RULES >PROGRAM
 *
 * A rule is a line "ARCH NUMBER RESULT [INDEX OP VALUE VALUE2]": ARCH is 64 or 32, RESULT a SECCOMP_RET_ value, OP one
 * of EQ NE MASKED_EQ, everything decimal, sorted by ARCH and NUMBER. A call without a rule fails with EPERM.
 * Lines for the same number are alternatives. Neighbours with the same result become one range, and each
 * architecture one binary search over its ranges.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RULES = 2048, MAX_JUMP = 255, DENIED = SECCOMP_RET_ERRNO | EPERM };

enum op { OP_NONE, OP_EQ, OP_NE, OP_MASKED_EQ };

struct rule {
	uint32_t arch, number, result;
	uint32_t index;
	enum op op;
	uint64_t value, value2;
};

/* From start up to the next range: n rules for one number, or one result for all (n is 0). */
struct range {
	uint32_t start, result;
	const struct rule *rules;
	size_t n;
};

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned int size;
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "filter: %s\n", why);
	exit(1);
}

static size_t load_rules(struct rule *ret)
{
	static const char *const ops[] = { [OP_EQ] = "EQ", [OP_NE] = "NE", [OP_MASKED_EQ] = "MASKED_EQ" };
	char line[256], op[16];
	size_t n = 0;

	while (fgets(line, sizeof(line), stdin)) {
		struct rule r = { .op = OP_NONE };
		const int words = sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %15s %" SCNu64 " %" SCNu64, &r.arch,
					 &r.number, &r.result, &r.index, op, &r.value, &r.value2);

		if (words != 3 && words != 7)
			die("a rule has 3 or 7 words");
		for (enum op o = OP_EQ; words == 7 && o <= OP_MASKED_EQ; o++)
			if (strcmp(op, ops[o]) == 0)
				r.op = o;
		if (words == 7 && r.op == OP_NONE)
			die("unknown operator");
		if (n == MAX_RULES)
			die("too many rules");
		ret[n++] = r;
	}
	return n;
}

/* ---- rules → ranges ---- */

static size_t add_range(struct range *ranges, size_t n, struct range new)
{
	if (n > 0 && ranges[n - 1].start == new.start)
		n--; /* the gap before it is empty */
	if (n > 0 && !ranges[n - 1].n && !new.n && ranges[n - 1].result == new.result)
		return n;
	ranges[n] = new;
	return n + 1;
}

static size_t build_ranges(const struct rule *rules, size_t n_rules, uint32_t arch, struct range *ret)
{
	const struct range denied = { .result = DENIED };
	size_t n = add_range(ret, 0, denied);

	for (size_t i = 0, same; i < n_rules; i += same) {
		const struct rule *r = &rules[i];
		struct range new = { .start = r->number, .result = r->result };
		struct range after = { .start = r->number + 1, .result = DENIED };
		int always = 0;

		for (same = 0; i + same < n_rules; same++) {
			if (r[same].arch != r->arch || r[same].number != r->number)
				break;
			if (r[same].op == OP_NONE && !always) {
				always = 1;
				new.result = r[same].result;
			}
		}
		if (r->arch != arch)
			continue;
		if (!always) {
			new.rules = r;
			new.n = same;
		}
		n = add_range(ret, n, new);
		n = add_range(ret, n, after);
	}
	return n;
}

/* ---- ranges → program ---- */

static unsigned int emit(struct program *p, unsigned int code, unsigned int yes, unsigned int no, uint32_t k)
{
	if (p->size == BPF_MAXINSNS)
		die("the program is too long");
	if (yes > MAX_JUMP || no > MAX_JUMP)
		die("a jump is too long");
	p->code[p->size] = (struct sock_filter){ (uint16_t)code, (uint8_t)yes, (uint8_t)no, k };
	return p->size++;
}

static void emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* Arguments have 64 bits, the machine 32: two comparisons. Where one fails, jump over the rest of the rule. */
static void emit_rule(struct program *p, const struct rule *r)
{
	const size_t low = offsetof(struct seccomp_data, args) + r->index * sizeof(uint64_t);
	const size_t high = low + sizeof(uint32_t);
	const uint32_t mask[] = { (uint32_t)r->value, (uint32_t)(r->value >> 32) };
	const uint32_t datum[] = { (uint32_t)r->value2, (uint32_t)(r->value2 >> 32) };

	switch (r->op) {
	case OP_EQ:
		emit_load(p, high);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, mask[1]);
		emit_load(p, low);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, mask[0]);
		break;
	case OP_NE:
		emit_load(p, high);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, mask[1]);
		emit_load(p, low);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, mask[0]);
		break;
	case OP_MASKED_EQ:
		emit_load(p, high);
		emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask[1]);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, datum[1]);
		emit_load(p, low);
		emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask[0]);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, datum[0]);
		break;
	case OP_NONE:
		break;
	}
	emit(p, BPF_RET | BPF_K, 0, 0, r->result);
}

static void emit_search(struct program *p, const struct range *ranges, size_t n)
{
	const size_t half = n / 2;
	unsigned int jump, right;

	if (n == 1) {
		for (size_t i = 0; i < ranges->n; i++)
			emit_rule(p, &ranges->rules[i]);
		emit(p, BPF_RET | BPF_K, 0, 0, ranges->n ? (uint32_t)DENIED : ranges->result);
		return;
	}
	jump = emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 0, ranges[half].start);
	emit_search(p, ranges, half);
	right = p->size - jump - 1;
	if (right > MAX_JUMP)
		die("a jump is too long");
	p->code[jump].jt = (uint8_t)right;
	emit_search(p, ranges + half, n - half);
}

static void build_program(const struct rule *rules, size_t n, struct program *ret)
{
	static const struct {
		uint32_t word, audit;
	} arches[] = { { 64, AUDIT_ARCH_X86_64 }, { 32, AUDIT_ARCH_I386 } };
	static struct range ranges[2 * MAX_RULES + 1];

	emit_load(ret, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < sizeof(arches) / sizeof(*arches); i++) {
		unsigned int skip;

		emit(ret, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, arches[i].audit);
		skip = emit(ret, BPF_JMP | BPF_JA, 0, 0, 0);
		emit_load(ret, offsetof(struct seccomp_data, nr));
		emit_search(ret, ranges, build_ranges(rules, n, arches[i].word, ranges));
		ret->code[skip].k = ret->size - skip - 1;
	}
	emit(ret, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
}

int main(void)
{
	static struct rule rules[MAX_RULES];
	static struct program program;
	const size_t n = load_rules(rules);

	if (n == 0)
		die("no rules");
	build_program(rules, n, &program);
	if (fwrite(program.code, sizeof(*program.code), program.size, stdout) != program.size || fflush(stdout))
		die("cannot write the program");
	return 0;
}
