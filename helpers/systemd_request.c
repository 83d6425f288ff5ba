/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd_request.h"
#include "base/err.h"
#include <inttypes.h>
#include <string.h>

static int malformed(const char *what, const char *text)
{
	return err_set(EBADMSG, "manager", "the request is malformed: '%s' is not %s", text, what);
}

/* ---- texts ---- */

/* How many bytes follow this first one, or -1. */
static int utf8_tail(unsigned char c)
{
	if (c < 0x80)
		return 0;
	if (c >= 0xc2 && c < 0xe0)
		return 1;
	if (c >= 0xe0 && c < 0xf0)
		return 2;
	return c >= 0xf0 && c < 0xf5 ? 3 : -1;
}

bool request_is_utf8(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		const unsigned char *first = p++;
		int n = utf8_tail(*first);

		if (n < 0)
			return false;
		/* Overlong forms, surrogates, and what is above U+10FFFF. */
		if ((*first == 0xe0 && *p < 0xa0) || (*first == 0xed && *p >= 0xa0) || (*first == 0xf0 && *p < 0x90) ||
		    (*first == 0xf4 && *p >= 0x90))
			return false;
		for (; n > 0; n--)
			if ((*p++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that two digits mean, or -1. */
static int hex_byte(const char *p)
{
	int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

	return low < 0 ? -1 : high * 16 + low;
}

static int parse_text(struct arena *a, const char *text, union scalar *ret)
{
	char *plain = arena_alloc(a, strlen(text) + 1), *end = plain;

	for (const char *p = text; *p; p++) {
		int byte = *p;

		if (*p == '\\') {
			byte = p[1] == 'x' ? hex_byte(p + 2) : -1;
			if (byte <= 0)
				return malformed("an escaped text", text);
			p += 3;
		}
		*end++ = (char)byte;
	}
	if (!request_is_utf8(plain))
		return malformed("UTF-8", text);
	ret->s = plain;
	return 0;
}

/* ---- numbers ---- */

static int parse_signed(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end || errno || n < min || n > max)
		return malformed("a number of its type", text);
	*ret = n;
	return 0;
}

static int parse_unsigned(const char *text, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n > max)
		return malformed("a number of its type", text);
	*ret = n;
	return 0;
}

static int parse_b(struct arena *a, char *text, struct scalars *ret)
{
	bool yes = strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "false") != 0)
		return malformed("true or false", text);
	*arena_push(a, ret) = (union scalar){ .b = yes };
	return 0;
}

static int parse_i(struct arena *a, char *text, struct scalars *ret)
{
	int64_t n;
	int r = parse_signed(text, INT32_MIN, INT32_MAX, &n);

	if (r == 0)
		*arena_push(a, ret) = (union scalar){ .i = (int32_t)n };
	return r;
}

static int parse_u(struct arena *a, char *text, struct scalars *ret)
{
	uint64_t n;
	int r = parse_unsigned(text, UINT32_MAX, &n);

	if (r == 0)
		*arena_push(a, ret) = (union scalar){ .u = (uint32_t)n };
	return r;
}

static int parse_x(struct arena *a, char *text, struct scalars *ret)
{
	int64_t n;
	int r = parse_signed(text, INT64_MIN, INT64_MAX, &n);

	if (r == 0)
		*arena_push(a, ret) = (union scalar){ .x = n };
	return r;
}

static int parse_t(struct arena *a, char *text, struct scalars *ret)
{
	uint64_t n;
	int r = parse_unsigned(text, UINT64_MAX, &n);

	if (r == 0)
		*arena_push(a, ret) = (union scalar){ .t = n };
	return r;
}

static int parse_d(struct arena *a, char *text, struct scalars *ret)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end)
		return malformed("a number of its type", text);
	*arena_push(a, ret) = (union scalar){ .d = n };
	return 0;
}

static int parse_s(struct arena *a, char *text, struct scalars *ret)
{
	return parse_text(a, text, arena_push(a, ret));
}

/* ---- lists ---- */

static int parse_as(struct arena *a, char *text, struct scalars *ret)
{
	char *word;
	int r = 0;

	while (r == 0 && (word = strsep(&text, " ")))
		if (*word)
			r = parse_s(a, word, ret);
	return r;
}

static int parse_ay(struct arena *a, char *text, struct scalars *ret)
{
	for (const char *p = text; *p; p += 2) {
		int byte = hex_byte(p);

		if (byte < 0)
			return malformed("bytes in hexadecimal", text);
		*arena_push(a, ret) = (union scalar){ .y = (uint8_t)byte };
	}
	return 0;
}

static int parse_pairs(struct arena *a, char *text, struct scalars *ret)
{
	char *word, *number;
	int r;

	while ((word = strsep(&text, " "))) {
		if (!(number = strsep(&text, " ")))
			return malformed("followed by a number", word);
		if ((r = parse_s(a, word, ret)) < 0 || (r = parse_t(a, number, ret)) < 0)
			return r;
	}
	return 0;
}

/* ---- types ---- */

struct value_type {
	const char *signature;
	int (*parse)(struct arena *a, char *text, struct scalars *ret);
	int (*append)(sd_bus_message *m, const char *signature, const struct scalars *value);
};

static int append_scalar(sd_bus_message *m, const char *signature, const struct scalars *value)
{
	const union scalar *v = value->items;

	return sd_bus_message_append_basic(m, *signature, *signature == 's' ? (const void *)v->s : v);
}

static int append_texts(sd_bus_message *m, const char *signature, const struct scalars *value)
{
	int r = sd_bus_message_open_container(m, 'a', signature + 1);

	for (size_t i = 0; r >= 0 && i < value->n; i++)
		r = sd_bus_message_append_basic(m, 's', value->items[i].s);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_bytes(sd_bus_message *m, const char *signature, const struct scalars *value)
{
	int r = sd_bus_message_open_container(m, 'a', signature + 1);

	for (size_t i = 0; r >= 0 && i < value->n; i++)
		r = sd_bus_message_append_basic(m, 'y', &value->items[i].y);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_pairs(sd_bus_message *m, const char *signature, const struct scalars *value)
{
	int r = sd_bus_message_open_container(m, 'a', signature + 1);

	for (size_t i = 0; r >= 0 && i + 1 < value->n; i += 2)
		r = sd_bus_message_append(m, signature + 1, value->items[i].s, value->items[i + 1].t);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static const struct value_type types[] = {
	{ "b", parse_b, append_scalar },	{ "i", parse_i, append_scalar },  { "u", parse_u, append_scalar },
	{ "x", parse_x, append_scalar },	{ "t", parse_t, append_scalar },  { "d", parse_d, append_scalar },
	{ "s", parse_s, append_scalar },	{ "as", parse_as, append_texts }, { "ay", parse_ay, append_bytes },
	{ "a(st)", parse_pairs, append_pairs },
};

static const struct value_type *find_type(const char *signature)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].signature, signature) == 0)
			return &types[i];
	return NULL;
}

int request_append_property(sd_bus_message *m, const struct property *p)
{
	const char *signature = p->type->signature;
	int r;

	if ((r = sd_bus_message_open_container(m, 'r', "sv")) < 0 || (r = sd_bus_message_append_basic(m, 's', p->name)) < 0 ||
	    (r = sd_bus_message_open_container(m, 'v', signature)) < 0 || (r = p->type->append(m, signature, &p->value)) < 0 ||
	    (r = sd_bus_message_close_container(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

int request_append_pids(sd_bus_message *m, const struct pids *pids)
{
	return sd_bus_message_append_array(m, 'u', pids->items, pids->n * sizeof(*pids->items));
}

/* ---- lines ---- */

static int line_unit(struct arena *a, char *rest, struct request *q)
{
	(void)a;
	if (!*rest || !request_is_utf8(rest))
		return malformed("a name of a unit", rest);
	q->unit = rest;
	return 0;
}

int request_parse_pid(struct arena *a, const char *text, struct pids *pids)
{
	uint64_t n;
	int r = parse_unsigned(text, INT32_MAX, &n);

	if (r < 0 || n == 0)
		return malformed("a process id", text);
	*arena_push(a, pids) = (uint32_t)n;
	return 0;
}

static int line_pid(struct arena *a, char *rest, struct request *q)
{
	return request_parse_pid(a, rest, &q->pids);
}

static int line_property(struct arena *a, char *rest, struct request *q)
{
	char *name = strsep(&rest, " "), *type = strsep(&rest, " ");
	struct property *p;

	if (!type || !*name || !request_is_utf8(name))
		return malformed("a property", name);
	p = arena_push(a, &q->properties);
	*p = (struct property){ .name = name, .type = find_type(type) };
	if (!p->type)
		return malformed("a type of a property", type);
	if (!rest && strcmp(type, "s") != 0 && *type != 'a')
		return malformed("a property with a value", name);
	return p->type->parse(a, rest ? rest : type + strlen(type), &p->value);
}

static const struct line {
	const char *word;
	int (*parse)(struct arena *a, char *rest, struct request *q);
} lines[] = {
	{ "unit", line_unit },
	{ "pid", line_pid },
	{ "property", line_property },
};

static int parse_line(struct arena *a, char *text, struct request *q)
{
	char *word = strsep(&text, " ");

	for (size_t i = 0; text && i < ARRAY_SIZE(lines); i++)
		if (strcmp(lines[i].word, word) == 0)
			return lines[i].parse(a, text, q);
	return malformed("a line of a request", word);
}

int request_parse(struct arena *a, char *text, struct request *ret)
{
	struct request q = { 0 };
	char *line;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n")))
		if (*line)
			r = parse_line(a, line, &q);
	if (r == 0)
		*ret = q;
	return r;
}
