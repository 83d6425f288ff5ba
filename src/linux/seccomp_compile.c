/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp_compile.c - names become numbers, rules become tables of numbers.
 *
 * The meaning of a profile is what libseccomp makes of it for runc and crun (measured against it by
 * tests/unit/test_seccomp.c):
 *
 * - a rule that returns what the default returns is left out before anything else looks at it;
 * - an unconditional rule beats the conditional ones of the same call, and the first unconditional one beats the others;
 * - an argument of a 32-bit architecture (x32 too) has 32 bits: upper halves are not looked at;
 * - a masked comparison whose mask is 0 always holds and is no condition at all; bits of its value outside the mask
 *   do not count;
 * - where a call is also a part of socketcall(2) or ipc(2), its rules hold there too, but the first argument is the
 *   number of the call then, and what the rule wants of it cannot be checked.
 *
 * Among conditional rules that match one call libseccomp has an order of its own and refuses some combinations. Here
 * the strictest result decides, as among several filters in the kernel, and then the profile's order: never weaker. */
#include "base/err.h"
#include "base/log.h"
#include "linux/seccomp_bpf.h"
#include "linux/seccomp_lib.h"
#include <ctype.h>
#include <elf.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARG_MAX_INDEX = 5,
	MAX_ARCHS = 4, /* of one family */

	X32_TOKEN = EM_X86_64 | __AUDIT_ARCH_LE, /* SCMP_ARCH_X32: the kernel shows AUDIT_ARCH_X86_64 */
	X32_BIT = 0x40000000,			 /* in the number of every x32 call */

	/* libseccomp's numbers for the calls inside socketcall(2) and ipc(2): -100 or -200 minus the call number. */
	PSEUDO_SOCKET = -100,
	PSEUDO_SOCKET_LAST = -120,
	PSEUDO_IPC = -200,
	PSEUDO_IPC_LAST = -224,
	N_PSEUDO = 125,

	/* All calls of ipc(2) and socketcall(2) have numbers of their own since Linux 5.1, the last one 402. */
	DIRECT_END = 512,

	N32_CONVENTION = 0x20000000, /* __AUDIT_ARCH_CONVENTION_MIPS64_N32, not in old headers */
};

/* ---- architectures ---- */

/* What one kernel can show. Any other architecture of a profile is unreachable there and left out: bad architecture
 * and no table mean the same, and the program stays short. */
static const char *const families[][MAX_ARCHS] = {
	{ "x86_64", "x86", "x32" },
	{ "aarch64", "arm" },
	{ "ppc64", "ppc" },
	{ "s390x", "s390" },
	{ "mips64", "mips", "mips64n32" },
	{ "mipsel64", "mipsel", "mipsel64n32" },
	{ "parisc64", "parisc" },
};

struct arch_set {
	uint32_t tokens[MAX_ARCHS]; /* the native one first */
	size_t n;
};

static bool set_has(const struct arch_set *s, uint32_t token)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->tokens[i] == token)
			return true;
	return false;
}

/* The architectures that the kernel of the native one can show, or only the native one. */
static struct arch_set family_of(const struct seccomp_lib *lib, uint32_t native)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		struct arch_set s = { .n = 0 };

		for (size_t i = 0; i < ARRAY_SIZE(families[f]) && families[f][i]; i++)
			s.tokens[s.n++] = lib->arch_of(families[f][i]);
		if (set_has(&s, native))
			return s;
	}
	return (struct arch_set){ .tokens = { native }, .n = 1 };
}

/* "SCMP_ARCH_X86_64" → token */
static int resolve_arch(const struct seccomp_lib *lib, const char *name, uint32_t *ret)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[32];
	size_t n = 0;

	if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		for (const char *p = name + sizeof(prefix) - 1; *p && n < sizeof(lower) - 1; p++)
			lower[n++] = (char)tolower((unsigned char)*p);
	lower[n] = '\0';
	*ret = lib->arch_of(lower);
	if (*ret == 0)
		return err_set(EINVAL, "seccomp-arch", "libseccomp does not know the architecture '%s' of the seccomp profile", name);
	return 0;
}

static int choose_archs(const struct seccomp_lib *lib, const struct strv *names, struct arch_set *ret)
{
	struct arch_set s = { .tokens = { lib->native_arch() }, .n = 1 };
	const struct arch_set family = family_of(lib, s.tokens[0]);

	for (size_t i = 0; i < names->n; i++) {
		uint32_t token;
		int r = resolve_arch(lib, names->v[i], &token);

		if (r < 0)
			return r;
		if (set_has(&family, token) && !set_has(&s, token))
			s.tokens[s.n++] = token;
	}
	*ret = s;
	return 0;
}

static uint32_t kernel_token(uint32_t token)
{
	return token == X32_TOKEN ? AUDIT_ARCH_X86_64 : token;
}

static bool has_64bit_args(uint32_t token)
{
	return (token & __AUDIT_ARCH_64BIT) && !(token & N32_CONVENTION);
}

static bool is_s390(uint32_t token)
{
	return (token & 0xffff) == EM_S390;
}

/* ---- the numbers of one architecture ---- */

/* A rule that applies to a number, as it is added: one per rule, or two where a call has two ways in. */
struct entry {
	uint32_t number;
	size_t order;
	bool wide;
	const char *unchecked; /* the call inside another one whose conditions on the first argument had to go, or NULL */
	struct bpf_rule rule;
};

struct entries {
	struct entry *items;
	size_t n, room;
};

/* What applies from a number on where no rule does. */
struct floor {
	uint32_t start, ret;
};

/* All that ends up under one token of the kernel. */
struct table {
	uint32_t token;
	struct entries entries;
	struct floor floors[4];
	size_t n_floors;
};

struct compiler {
	struct arena *arena;
	const struct seccomp_lib *lib;
	const struct seccomp_profile *profile;
	struct arch_set archs;
};

/* How an architecture multiplexes; all 0 where it does not. */
struct mux {
	uint32_t socketcall, ipc;
	int direct[N_PSEUDO]; /* by minus the pseudo number less 100: the direct number, or 0 */
};

/* libseccomp tells the number of socket(2) on such an architecture only backwards: from the number to the name. */
static struct mux learn_mux(const struct seccomp_lib *lib, uint32_t token)
{
	struct mux m = { 0 };
	int socketcall = lib->number_of(token, "socketcall");
	int ipc = lib->number_of(token, "ipc");
	int first;

	if (socketcall < 0 || ipc < 0)
		return m;
	m.socketcall = (uint32_t)socketcall;
	m.ipc = (uint32_t)ipc;
	first = socketcall / 1000 * 1000; /* o32 of MIPS counts from 4000 */
	for (int number = first; number < first + DIRECT_END; number++) {
		autofree char *name = lib->name_of(token, number);
		int pseudo = name ? lib->number_of(token, name) : number;

		if (pseudo < PSEUDO_SOCKET && pseudo >= PSEUDO_IPC_LAST)
			m.direct[PSEUDO_SOCKET - pseudo] = number;
	}
	return m;
}

static struct seccomp_arg call_is(int pseudo)
{
	return (struct seccomp_arg){ .index = 0, .op = SECCOMP_OP_EQ, .value = (uint64_t)(-pseudo % 100) };
}

/* Conditions that always hold on this architecture go, so that a rule without conditions can be told by its count. */
static struct bpf_rule rule_for(struct compiler *c, const struct seccomp_rule *r, bool wide)
{
	struct seccomp_arg *args = arena_array(c->arena, r->n_args, sizeof(*args));
	struct bpf_rule rule = { .args = args, .ret = r->ret };

	for (size_t i = 0; i < r->n_args; i++) {
		const uint64_t mask = wide ? r->args[i].mask : (uint32_t)r->args[i].mask;

		if (r->args[i].op != SECCOMP_OP_MASKED_EQ || mask != 0)
			args[rule.n_args++] = r->args[i];
	}
	return rule;
}

static struct bpf_rule rule_inside(struct compiler *c, const struct bpf_rule *r, int pseudo)
{
	struct seccomp_arg *args = arena_array(c->arena, r->n_args + 1, sizeof(*args));
	struct bpf_rule rule = { .args = args, .n_args = 1, .ret = r->ret };

	args[0] = call_is(pseudo);
	for (size_t i = 0; i < r->n_args; i++)
		if (r->args[i].index != 0)
			args[rule.n_args++] = r->args[i];
	return rule;
}

static struct entry *add_entry(struct compiler *c, struct table *t, uint32_t number, struct bpf_rule rule, bool wide)
{
	struct entry *e = arena_push(c->arena, &t->entries);

	*e = (struct entry){ .number = number, .order = t->entries.n, .wide = wide, .rule = rule };
	return e;
}

static bool uses_first_arg(const struct bpf_rule *r)
{
	for (size_t i = 0; i < r->n_args; i++)
		if (r->args[i].index == 0)
			return true;
	return false;
}

static bool is_socket(int number)
{
	return number < PSEUDO_SOCKET && number >= PSEUDO_SOCKET_LAST;
}

static bool is_ipc(int number)
{
	return number < PSEUDO_IPC && number >= PSEUDO_IPC_LAST;
}

static void add_rule(struct compiler *c, struct table *t, const struct mux *mux, const struct seccomp_rule *r, int number, bool wide)
{
	const struct bpf_rule rule = rule_for(c, r, wide);
	struct entry *inside;
	int direct;

	if (number >= 0) {
		(void)add_entry(c, t, (uint32_t)number, rule, wide);
		return;
	}
	if (mux->socketcall == 0 || !(is_socket(number) || is_ipc(number)))
		return; /* a call of other architectures */
	inside = add_entry(c, t, is_socket(number) ? mux->socketcall : mux->ipc, rule_inside(c, &rule, number), wide);
	if (uses_first_arg(&rule))
		inside->unchecked = r->name;
	direct = mux->direct[PSEUDO_SOCKET - number];
	if (direct)
		(void)add_entry(c, t, (uint32_t)direct, rule, wide);
}

/* Add the rules of the profile; *ret_last is the largest number it knows here, 0 if none. */
static void add_rules(struct compiler *c, struct table *t, uint32_t token, uint32_t *ret_last)
{
	const struct mux mux = learn_mux(c->lib, token);
	int last = 0;

	for (size_t i = 0; i < c->profile->rules.n; i++) {
		const struct seccomp_rule *r = &c->profile->rules.items[i];
		int number = c->lib->number_of(token, r->name);

		if (number > last)
			last = number;
		if (r->ret != c->profile->default_ret)
			add_rule(c, t, &mux, r, number, has_64bit_args(token));
	}
	*ret_last = (uint32_t)last;
}

static void add_floor(struct table *t, uint32_t start, uint32_t ret)
{
	t->floors[t->n_floors++] = (struct floor){ .start = start, .ret = ret };
}

/* From first on the default; above the last number known to the profile "no such call", so that a program which tries
 * a newer call falls back to an older one, instead of believing that it is forbidden. */
static void add_default_floors(const struct compiler *c, struct table *t, uint32_t first, uint32_t last)
{
	add_floor(t, first, c->profile->default_ret);
	if (c->profile->newer_is_enosys && last > 0)
		add_floor(t, last + 1, SECCOMP_RET_ERRNO | ENOSYS);
}

static void add_plain_arch(struct compiler *c, struct table *t, uint32_t token)
{
	uint32_t last;

	t->token = token;
	/* s390 maps a number that its kernel does not know to 0, once setup(2), which no program calls. */
	if (is_s390(token) && c->profile->newer_is_enosys)
		(void)add_entry(c, t, 0, (struct bpf_rule){ .ret = SECCOMP_RET_ERRNO | ENOSYS }, true);
	add_rules(c, t, token, &last);
	add_default_floors(c, t, 0, last);
}

/* x86_64 and x32 come under one token and share the numbers: whichever is not in the profile is a bad architecture.
 * A tracer that skips a call sets its number to -1: that is of neither. */
static void add_x86_64(struct compiler *c, struct table *t, bool with_64, bool with_x32)
{
	uint32_t last;

	t->token = AUDIT_ARCH_X86_64;
	if (with_64) {
		add_rules(c, t, AUDIT_ARCH_X86_64, &last);
		add_default_floors(c, t, 0, last);
	} else {
		add_floor(t, 0, SECCOMP_RET_KILL_THREAD);
	}
	if (with_x32) {
		add_rules(c, t, X32_TOKEN, &last);
		add_default_floors(c, t, X32_BIT, last);
	} else {
		add_floor(t, X32_BIT, SECCOMP_RET_KILL_THREAD);
		add_floor(t, UINT32_MAX, c->profile->default_ret);
	}
}

/* ---- entries → ranges ---- */

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static uint32_t floor_at(const struct table *t, uint32_t number)
{
	size_t i = t->n_floors;

	while (t->floors[i - 1].start > number)
		i--;
	return t->floors[i - 1].ret;
}

static void add_range(struct compiler *c, struct bpf_arch *arch, struct bpf_range new)
{
	struct bpf_range *last = arch->n ? &arch->ranges[arch->n - 1] : NULL;
	struct {
		struct bpf_range *items;
		size_t n, room;
	} list = { arch->ranges, arch->n, arch->room };

	if (last && last->n_rules == 0 && new.n_rules == 0 && last->ret == new.ret)
		return;
	*arena_push(c->arena, &list) = new;
	arch->ranges = list.items;
	arch->n = list.n;
	arch->room = list.room;
}

static const uint64_t numbers_end = UINT64_C(1) << 32;

/* Where no rule applies, from start up to end. */
static void add_floor_ranges(struct compiler *c, struct bpf_arch *arch, const struct table *t, uint64_t start, uint64_t end)
{
	if (start == end)
		return;
	add_range(c, arch, (struct bpf_range){ .start = (uint32_t)start, .ret = floor_at(t, (uint32_t)start) });
	for (size_t i = 0; i < t->n_floors; i++)
		if (t->floors[i].start > start && t->floors[i].start < end)
			add_range(c, arch, (struct bpf_range){ .start = t->floors[i].start, .ret = t->floors[i].ret });
}

static bool has_condition(const struct bpf_rule *r, const struct seccomp_arg *a)
{
	for (size_t i = 0; i < r->n_args; i++) {
		const struct seccomp_arg *b = &r->args[i];

		if (a->index == b->index && a->op == b->op && a->value == b->value && (a->op != SECCOMP_OP_MASKED_EQ || a->mask == b->mask))
			return true;
	}
	return false;
}

/* Does the wider rule hold wherever the narrower one does? */
static bool covers(const struct bpf_rule *wider, const struct bpf_rule *narrower)
{
	for (size_t i = 0; i < wider->n_args; i++)
		if (!has_condition(narrower, &wider->args[i]))
			return false;
	return true;
}

/* Two rules that differ in what they want of the first argument say different things about the same call where it
 * cannot be checked. Taking either one would be a guess; libseccomp refuses it too. */
static int check_contradiction(const struct entry *earlier, const struct entry *later)
{
	const char *name = later->unchecked ? later->unchecked : earlier->unchecked;
	static const struct advice advice = {
		.cause = "32-bit programs can call it by way of socketcall(2) or ipc(2), where its first argument is not visible",
		.now = "add a rule for 'socketcall' or 'ipc' to the profile, which then decides",
	};

	if (!name || later->rule.ret == earlier->rule.ret || !covers(&later->rule, &earlier->rule))
		return 0;
	return err_advise(err_set(EINVAL, "seccomp-rule", "the rules of the seccomp profile for '%s' contradict each other", name),
			  &advice);
}

static int check_contradictions(const struct entry *e, size_t n)
{
	for (size_t later = 1; later < n; later++)
		for (size_t earlier = 0; earlier < later; earlier++) {
			int r = check_contradiction(&e[earlier], &e[later]);

			if (r < 0)
				return r;
		}
	return 0;
}

/* The kernel's own order: the smaller the action as a signed number, the stricter (seccomp(2), "Return values"). */
static int32_t leniency(uint32_t ret)
{
	return (int32_t)(ret & SECCOMP_RET_ACTION_FULL);
}

/* Keeps rules sorted: the strictest first, equal ones in the order of the profile. */
static void insert_by_strictness(struct bpf_rule *rules, size_t n, struct bpf_rule rule)
{
	for (; n > 0 && leniency(rules[n - 1].ret) > leniency(rule.ret); n--)
		rules[n] = rules[n - 1];
	rules[n] = rule;
}

/* The entries of one number: one result, or rules to try in order. */
static int build_range(struct compiler *c, const struct table *t, const struct entry *e, size_t n, struct bpf_range *ret)
{
	struct bpf_rule *rules;
	int r;

	*ret = (struct bpf_range){ .start = e->number, .ret = floor_at(t, e->number), .wide = e->wide };
	for (size_t i = 0; i < n; i++)
		if (e[i].rule.n_args == 0) {
			ret->ret = e[i].rule.ret;
			return 0;
		}
	r = check_contradictions(e, n);
	if (r < 0)
		return r;
	rules = arena_array(c->arena, n, sizeof(*rules));
	for (size_t i = 0; i < n; i++)
		insert_by_strictness(rules, i, e[i].rule);
	ret->rules = rules;
	ret->n_rules = n;
	return 0;
}

static int build_arch(struct compiler *c, const struct table *t, struct bpf_arch *ret)
{
	struct bpf_arch arch = { .token = t->token };
	const struct entry *e = t->entries.items;
	uint64_t next = 0;

	if (t->entries.n)
		qsort(t->entries.items, t->entries.n, sizeof(*e), compare_entries);
	for (size_t i = 0, same; i < t->entries.n; i += same) {
		struct bpf_range range;
		int r;

		for (same = 1; i + same < t->entries.n && e[i + same].number == e[i].number;)
			same++;
		r = build_range(c, t, &e[i], same, &range);
		if (r < 0)
			return r;
		add_floor_ranges(c, &arch, t, next, e[i].number);
		add_range(c, &arch, range);
		next = (uint64_t)e[i].number + 1;
	}
	add_floor_ranges(c, &arch, t, next, numbers_end);
	*ret = arch;
	return 0;
}

/* ---- the profile ---- */

static int check_rule(const struct seccomp_rule *r)
{
	if (r->n_args > ARG_MAX_INDEX + 1)
		return err_set(EINVAL, "seccomp-rule", "the seccomp rule for '%s' has too many conditions", r->name);
	for (size_t i = 0; i < r->n_args; i++) {
		if (r->args[i].index > ARG_MAX_INDEX)
			return err_set(EINVAL, "seccomp-rule", "the seccomp rule for '%s' compares argument %u, but there are only 6",
				       r->name, r->args[i].index);
		if (r->args[i].op < SECCOMP_OP_NE || r->args[i].op > SECCOMP_OP_MASKED_EQ)
			return err_set(EINVAL, "seccomp-rule", "the seccomp rule for '%s' has an unknown comparison", r->name);
	}
	return 0;
}

static int check_rules(const struct compiler *c, size_t *ret_unknown)
{
	size_t unknown = 0;

	for (size_t i = 0; i < c->profile->rules.n; i++) {
		const struct seccomp_rule *r = &c->profile->rules.items[i];
		int err = check_rule(r);

		if (err < 0)
			return err;
		unknown += c->lib->number_of(c->archs.tokens[0], r->name) == LIB_NO_SUCH_CALL;
	}
	*ret_unknown = unknown;
	return 0;
}

int seccomp_compile_with(struct arena *a, const struct seccomp_lib *lib, const struct seccomp_profile *p, struct seccomp_program *ret,
			 size_t *ret_unknown)
{
	struct compiler c = { .arena = a, .lib = lib, .profile = p };
	struct bpf_arch archs[MAX_ARCHS];
	size_t n = 0, unknown;
	bool done_x86_64 = false;
	int r;

	r = choose_archs(lib, &p->archs, &c.archs);
	if (r == 0)
		r = check_rules(&c, &unknown);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < c.archs.n; i++) {
		const uint32_t token = c.archs.tokens[i];
		struct table t = { 0 };

		if (kernel_token(token) != AUDIT_ARCH_X86_64) {
			add_plain_arch(&c, &t, token);
		} else if (!done_x86_64) {
			add_x86_64(&c, &t, set_has(&c.archs, AUDIT_ARCH_X86_64), set_has(&c.archs, X32_TOKEN));
			done_x86_64 = true;
		} else {
			continue;
		}
		r = build_arch(&c, &t, &archs[n++]);
	}
	if (r < 0)
		return r;
	r = bpf_build(a, archs, n, SECCOMP_RET_KILL_THREAD, ret);
	if (r < 0)
		return r;
	log_debug("seccomp: %zu instructions for %zu rules, %zu of unknown calls, with libseccomp %u.%u.%u", ret->n, p->rules.n, unknown,
		  lib->version()->major, lib->version()->minor, lib->version()->micro);
	*ret_unknown = unknown;
	return 0;
}

int seccomp_compile(struct arena *a, const struct seccomp_profile *p, struct seccomp_program *ret, size_t *ret_unknown)
{
	autolib struct seccomp_lib lib = { .handle = NULL };
	int r = seccomp_lib_open(&lib);

	if (r < 0)
		return r;
	return seccomp_compile_with(a, &lib, p, ret, ret_unknown);
}
