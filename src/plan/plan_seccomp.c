/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_seccomp.c - the seccomp profile of config.json in the words of the kernel. */
#include "plan/names.h"
#include "plan/parts.h"
#include <linux/seccomp.h>
#include <string.h>

static uint32_t return_value(int action, const struct opt_u32 *errno_ret)
{
	uint32_t num = errno_ret->set ? errno_ret->value : EPERM; /* config-linux.md: EPERM when absent */

	switch (action) {
	case SPEC_ACT_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case SPEC_ACT_TRAP:
		return SECCOMP_RET_TRAP;
	case SPEC_ACT_ERRNO:
		return SECCOMP_RET_ERRNO | (num & SECCOMP_RET_DATA);
	case SPEC_ACT_TRACE:
		return SECCOMP_RET_TRACE | (num & SECCOMP_RET_DATA);
	case SPEC_ACT_ALLOW:
		return SECCOMP_RET_ALLOW;
	case SPEC_ACT_LOG:
		return SECCOMP_RET_LOG;
	case SPEC_ACT_NOTIFY:
		return SECCOMP_RET_USER_NOTIF;
	default:
		return SECCOMP_RET_KILL_THREAD;
	}
}

/* For SCMP_CMP_MASKED_EQ the specification puts the mask into value and the datum into valueTwo (seccomp_rule_add(3)). */
static struct seccomp_arg argument(const struct spec_syscall_arg *s)
{
	static const enum seccomp_op ops[] = {
		[SPEC_CMP_NE] = SECCOMP_OP_NE,
		[SPEC_CMP_LT] = SECCOMP_OP_LT,
		[SPEC_CMP_LE] = SECCOMP_OP_LE,
		[SPEC_CMP_EQ] = SECCOMP_OP_EQ,
		[SPEC_CMP_GE] = SECCOMP_OP_GE,
		[SPEC_CMP_GT] = SECCOMP_OP_GT,
		[SPEC_CMP_MASKED_EQ] = SECCOMP_OP_MASKED_EQ,
	};
	bool masked = s->op == SPEC_CMP_MASKED_EQ;

	return (struct seccomp_arg){
		.index = s->index,
		.op = ops[s->op],
		.value = masked ? s->value_two : s->value,
		.mask = masked ? s->value : UINT64_MAX,
	};
}

static bool repeats_index(const struct spec_syscall_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		for (size_t j = 0; j < i; j++)
			if (args->items[i].index == args->items[j].index)
				return true;
	return false;
}

/* Conditions hold together; where an argument stands more than once each condition is a rule of its own, as in
 * runc and crun (libseccomp knows one condition per argument). */
static void add_rules(const struct planner *b, const char *name, const struct spec_syscall *c, const struct seccomp_arg *args,
		      struct seccomp_profile *p)
{
	struct seccomp_rule rule = { .name = name, .ret = return_value(c->action, &c->errno_ret), .args = args, .n_args = c->args.n };

	if (!repeats_index(&c->args)) {
		*arena_push(b->arena, &p->rules) = rule;
		return;
	}
	for (rule.n_args = 1; rule.args < args + c->args.n; rule.args++)
		*arena_push(b->arena, &p->rules) = rule;
}

/* All names of one entry share its conditions. */
static void add_entry(const struct planner *b, const struct spec_syscall *c, struct seccomp_profile *p)
{
	struct seccomp_arg *args = arena_array(b->arena, c->args.n, sizeof(*args));

	for (size_t i = 0; i < c->args.n; i++)
		args[i] = argument(&c->args.items[i]);
	for (size_t i = 0; i < c->names.n; i++)
		add_rules(b, c->names.v[i], c, args, p);
}

static uint32_t filter_flags(const struct spec_seccomp *s)
{
	uint32_t flags = 0;

	/* Without flags runc and crun ask for SPEC_ALLOW: the mitigation costs much and protects only browsers' JITs. */
	if (s->flags.n == 0)
		return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < s->flags.n; i++)
		flags |= seccomp_flag(s->flags.v[i]);
	return flags;
}

/* The agent's socket has a meaning only where it is asked (config-linux.md, "listenerPath"). */
static bool asks_agent(const struct spec_seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.n; i++)
		if (s->syscalls.items[i].action == SPEC_ACT_NOTIFY)
			return true;
	return s->default_action == SPEC_ACT_NOTIFY;
}

int plan_seccomp(const struct planner *b)
{
	const struct spec_seccomp *s = b->spec->linux_->seccomp;
	struct seccomp_profile *p;

	if (!s)
		return 0;
	p = arena_alloc(b->arena, sizeof(*p));
	*p = (struct seccomp_profile){
		.default_ret = return_value(s->default_action, &s->default_errno_ret),
		.filter_flags = filter_flags(s),
		.newer_is_enosys =
			s->default_action != SPEC_ACT_ALLOW && s->default_action != SPEC_ACT_LOG && s->default_action != SPEC_ACT_TRACE,
		.archs = s->architectures,
		.listener_path = asks_agent(s) ? s->listener_path : NULL,
		.listener_metadata = s->listener_metadata,
	};
	for (size_t i = 0; i < s->syscalls.n; i++)
		add_entry(b, &s->syscalls.items[i], p);
	/* WAIT_KILLABLE_RECV means something only with a listener, and the kernel insists on it. */
	if (!p->listener_path)
		p->filter_flags &= ~(uint32_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	b->plan->process.seccomp = p;
	return 0;
}
