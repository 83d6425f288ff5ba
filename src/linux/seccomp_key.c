/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/seccomp_key.h"
#include <string.h>
#include <sys/auxv.h>

enum { FORMAT = 2 }; /* raise it with every change of the compiler or of this file */

void bytes_add(struct arena *a, struct bytes *b, const void *data, size_t n)
{
	if (b->room - b->n < n) {
		size_t room = (b->n + n) * 2 < 16384 ? 16384 : (b->n + n) * 2;
		char *wider = arena_alloc(a, room);

		if (b->n)
			memcpy(wider, b->items, b->n);
		b->items = wider;
		b->room = room;
	}
	memcpy(b->items + b->n, data, n);
	b->n += n;
}

static void add_number(struct arena *a, struct bytes *b, uint64_t v)
{
	bytes_add(a, b, &v, sizeof(v));
}

/* With its NUL, so that two strings cannot be cut in another place. */
static void add_string(struct arena *a, struct bytes *b, const char *s)
{
	bytes_add(a, b, s, strlen(s) + 1);
}

static void add_rule(struct arena *a, struct bytes *b, const struct seccomp_rule *r)
{
	add_string(a, b, r->name);
	add_number(a, b, (uint64_t)r->ret << 32 | r->n_args);
	for (size_t i = 0; i < r->n_args; i++) {
		add_number(a, b, (uint64_t)r->args[i].index << 32 | (uint32_t)r->args[i].op);
		add_number(a, b, r->args[i].value);
		add_number(a, b, r->args[i].mask);
	}
}

static const char *platform(void)
{
	const char *name = (const char *)getauxval(AT_PLATFORM);

	return name ? name : "";
}

/* All that decides about the program, save the library. Flags and listener are for loading it. */
struct bytes seccomp_key(struct arena *a, const struct seccomp_profile *p)
{
	struct bytes b = { .items = NULL };

	add_number(a, &b, FORMAT);
	add_string(a, &b, platform());
	add_number(a, &b, sizeof(void *));
	add_number(a, &b, (uint64_t)p->default_ret << 32 | p->newer_is_enosys);
	add_number(a, &b, p->archs.n);
	for (size_t i = 0; i < p->archs.n; i++)
		add_string(a, &b, p->archs.v[i]);
	add_number(a, &b, p->rules.n);
	for (size_t i = 0; i < p->rules.n; i++)
		add_rule(a, &b, &p->rules.items[i]);
	return b;
}

/* What is left to read; bad once something was not there. */
struct reader {
	const char *at, *end;
	bool bad;
};

static uint64_t take_number(struct reader *r)
{
	uint64_t v = 0;

	if (r->bad || (size_t)(r->end - r->at) < sizeof(v)) {
		r->bad = true;
		return 0;
	}
	memcpy(&v, r->at, sizeof(v));
	r->at += sizeof(v);
	return v;
}

static const char *take_string(struct reader *r)
{
	const char *s = r->at, *nul = r->bad ? NULL : memchr(s, '\0', (size_t)(r->end - s));

	if (!nul) {
		r->bad = true;
		return "";
	}
	r->at = nul + 1;
	return s;
}

static struct seccomp_arg take_arg(struct reader *r)
{
	uint64_t what = take_number(r), value = take_number(r), mask = take_number(r);

	return (struct seccomp_arg){ .index = (uint32_t)(what >> 32), .op = (enum seccomp_op)(uint32_t)what, .value = value, .mask = mask };
}

static struct seccomp_rule take_rule(struct arena *a, struct reader *r)
{
	enum { ARGS_MAX = 6 };
	struct seccomp_rule rule = { .name = take_string(r) };
	uint64_t head = take_number(r);
	struct seccomp_arg *args;

	rule.ret = (uint32_t)(head >> 32);
	rule.n_args = (uint32_t)head;
	if (rule.n_args > ARGS_MAX) {
		r->bad = true;
		rule.n_args = 0;
	}
	rule.args = args = arena_array(a, rule.n_args, sizeof(*args));
	for (size_t i = 0; i < rule.n_args; i++)
		args[i] = take_arg(r);
	return rule;
}

int seccomp_key_parse(struct arena *a, const char *key, size_t len, struct seccomp_profile *ret)
{
	struct reader r = { .at = key, .end = key + len };
	struct seccomp_profile p = { 0 };
	uint64_t head, n;

	if (take_number(&r) != FORMAT || strcmp(take_string(&r), platform()) != 0 || take_number(&r) != sizeof(void *))
		return -EINVAL;
	head = take_number(&r);
	p.default_ret = (uint32_t)(head >> 32);
	p.newer_is_enosys = (uint32_t)head == 1;
	r.bad = r.bad || (uint32_t)head > 1;
	for (n = take_number(&r); n > 0 && !r.bad; n--)
		strv_push(a, &p.archs, (char *)(uintptr_t)take_string(&r));
	for (n = take_number(&r); n > 0 && !r.bad; n--)
		*arena_push(a, &p.rules) = take_rule(a, &r);
	if (r.bad || r.at != r.end)
		return -EINVAL;
	*ret = p;
	return 0;
}
