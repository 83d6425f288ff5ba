/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/opt.h"
#include "base/err.h"
#include <stdio.h>
#include <string.h>

struct parser {
	struct arena *arena;
	const struct opt_table *tables;
	size_t n_tables;
	char **argv;
	int argc, at;
	void *out;
};

static const struct opt *find_name(const struct parser *p, const char *name, size_t len)
{
	for (size_t t = 0; t < p->n_tables; t++)
		for (size_t i = 0; i < p->tables[t].n; i++) {
			const struct opt *o = &p->tables[t].rows[i];

			if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
				return o;
		}
	return NULL;
}

static const struct opt *find_letter(const struct parser *p, char letter)
{
	for (size_t t = 0; t < p->n_tables; t++)
		for (size_t i = 0; i < p->tables[t].n; i++)
			if (p->tables[t].rows[i].letter == letter)
				return &p->tables[t].rows[i];
	return NULL;
}

static int set_flag(const struct opt *o, const char *value, bool *out)
{
	if (!value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
		*out = true;
	else if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		*out = false;
	else
		return err_set(EINVAL, "usage", "--%s=%s: must be true or false", o->name, value);
	return 0;
}

static int set_choice(const struct opt *o, const char *value, int *out)
{
	const char *choice = o->arg;

	for (int i = 0;; i++) {
		size_t len = strcspn(choice, "|");

		if (strlen(value) == len && strncmp(choice, value, len) == 0) {
			*out = i;
			return 0;
		}
		if (!choice[len])
			return err_set(EINVAL, "usage", "--%s=%s: must be one of %s", o->name, value, o->arg);
		choice += len + 1;
	}
}

static int set_number(const struct opt *o, const char *value, unsigned *out)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || n > INT32_MAX)
		return err_set(EINVAL, "usage", "--%s=%s: must be a number", o->name, value);
	*out = (unsigned)n;
	return 0;
}

static int set(const struct parser *p, const struct opt *o, char *value)
{
	void *out = (char *)p->out + o->offset;

	switch (o->type) {
	case OPT_FLAG:
		return set_flag(o, value, out);
	case OPT_STRING:
		*(const char **)out = value;
		return 0;
	case OPT_LIST:
		strv_push(p->arena, out, value);
		return 0;
	case OPT_MAYBE:
		if (!value) {
			*(int *)out = 1;
			return 0;
		}
		return set_choice(o, value, out);
	case OPT_CHOICE:
		return set_choice(o, value, out);
	case OPT_NUMBER:
		return set_number(o, value, out);
	case OPT_PEER:
	case OPT_PEER_VALUE:
		strv_push(p->arena, out, (char *)(uintptr_t)o->name);
		return 0;
	}
	return -EINVAL;
}

static bool needs_value(const struct opt *o)
{
	return o->type == OPT_STRING || o->type == OPT_LIST || o->type == OPT_CHOICE || o->type == OPT_NUMBER || o->type == OPT_PEER_VALUE;
}

static int set_next(struct parser *p, const struct opt *o, char *value)
{
	if (!value && needs_value(o)) {
		if (p->at == p->argc)
			return err_set(EINVAL, "usage", "--%s needs a value: %s", o->name, o->arg);
		value = p->argv[p->at++];
	}
	return set(p, o, value);
}

static int unknown(const char *word)
{
	return err_advise(err_set(EINVAL, "usage", "unknown option '%s'", word), &(struct advice){ .now = "see --help" });
}

/* "-it", "-uroot", "-u root": letters until one takes the rest or the next word. */
static int parse_letters(struct parser *p, char *word)
{
	for (char *c = word + 1; *c; c++) {
		const struct opt *o = find_letter(p, *c);

		if (!o)
			return unknown(word);
		if (needs_value(o))
			return set_next(p, o, c[1] == '=' ? c + 2 : c[1] ? c + 1 : NULL);
		if (set(p, o, NULL) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_option(struct parser *p, char *word)
{
	char *name = word + (word[1] == '-' ? 2 : 1), *value;
	size_t len = strcspn(name, "=");
	const struct opt *o = find_name(p, name, len);

	if (!o)
		return word[1] == '-' ? unknown(word) : parse_letters(p, word);
	value = name[len] ? name + len + 1 : NULL;
	return set_next(p, o, value);
}

int opts_parse(struct arena *a, const struct opt_table *tables, size_t n_tables, enum opt_order order, int argc, char *argv[], void *out,
	       struct strv *rest)
{
	struct parser p = { .arena = a, .tables = tables, .n_tables = n_tables, .argv = argv, .argc = argc, .out = out };
	int r;

	while (p.at < p.argc) {
		char *word = p.argv[p.at];

		if (strcmp(word, "--") == 0) {
			p.at++;
			break;
		}
		if (word[0] != '-' || !word[1]) {
			if (order == OPT_FIRST || (order == OPT_AROUND_WORD && rest->n == 1))
				break;
			strv_push(a, rest, word);
			p.at++;
			continue;
		}
		p.at++;
		if ((r = parse_option(&p, word)) < 0)
			return r;
	}
	while (p.at < p.argc)
		strv_push(a, rest, p.argv[p.at++]);
	return 0;
}

const char *opts_help(struct arena *a, const struct opt_table *table)
{
	const char *text = "";

	for (size_t i = 0; i < table->n; i++) {
		const struct opt *o = &table->rows[i];
		const char *letter = o->letter ? arena_printf(a, "-%c,", o->letter) : "";
		const char *arg = o->type == OPT_MAYBE ? arena_printf(a, "[=%s]", o->arg) : o->arg ? arena_printf(a, " %s", o->arg) : "";

		if (!o->help)
			continue;
		text = arena_printf(a, "%s  %-3s --%s%s\n          %s\n", text, letter, o->name, arg, o->help);
	}
	return text;
}
