/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unit_value.c - GVariant texts, as annotations have them, and the words of struct unit_property.
 *
 * A value says its type by how it looks (true, 'text', ['a', 'b']), by a word (uint64 5) or by a signature (@as []). */
#include "plan/limits_parts.h"
#include <string.h>

struct reader {
	struct arena *arena;
	const char *p;
};

struct type {
	const char *signature, *word;
	const char *(*read)(struct reader *r, const struct type *t); /* the value as unit_property has it, or NULL */
	uint64_t below, above;					     /* numbers: the largest magnitudes */
};

static void skip_space(struct reader *r)
{
	r->p += strspn(r->p, " \t\n");
}

static bool skip(struct reader *r, const char *text)
{
	size_t len = strlen(text);

	skip_space(r);
	if (strncmp(r->p, text, len) != 0)
		return false;
	r->p += len;
	return true;
}

/* A word with space behind. */
static bool skip_word(struct reader *r, const char *word)
{
	const char *before = r->p;

	if (skip(r, word) && (*r->p == ' ' || *r->p == '\t'))
		return true;
	r->p = before;
	return false;
}

/* ---- booleans and numbers ---- */

static const char *read_bool(struct reader *r, const struct type *t)
{
	(void)t;
	if (skip(r, "true"))
		return "true";
	return skip(r, "false") ? "false" : NULL;
}

static int digit_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* As strtoull with base 0 has it: 0x for hexadecimal, 0 for octal. */
static bool read_magnitude(struct reader *r, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t n = 0;
	const char *first;

	if (r->p[0] == '0' && (r->p[1] == 'x' || r->p[1] == 'X')) {
		base = 16;
		r->p += 2;
	} else if (r->p[0] == '0') {
		base = 8;
	}
	for (first = r->p;; r->p++) {
		int digit = digit_value(*r->p);

		if (digit < 0 || digit >= (int)base)
			break;
		if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, (uint64_t)digit, &n))
			return false;
	}
	*ret = n;
	return r->p > first;
}

static const char *read_integer(struct reader *r, const struct type *t)
{
	bool negative = skip(r, "-");
	uint64_t n;

	if (!negative)
		(void)skip(r, "+");
	if (!read_magnitude(r, &n) || n > (negative ? t->below : t->above))
		return NULL;
	return arena_printf(r->arena, "%s%llu", negative && n ? "-" : "", (unsigned long long)n);
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* The length of "5", "5.25" or "5e-3", or 0. */
static size_t double_length(const char *s)
{
	size_t len = s[0] == '-' || s[0] == '+', some = digits(s + len), exponent;

	if (some == 0)
		return 0;
	len += some;
	if (s[len] == '.')
		len += 1 + digits(s + len + 1);
	if (s[len] == 'e' || s[len] == 'E') {
		exponent = len + 1 + (s[len + 1] == '-' || s[len + 1] == '+');
		some = digits(s + exponent);
		return some ? exponent + some : 0;
	}
	return len;
}

static const char *read_double(struct reader *r, const struct type *t)
{
	size_t len;

	(void)t;
	skip_space(r);
	len = double_length(r->p);
	r->p += len;
	return len > 0 ? arena_strndup(r->arena, r->p - len, len) : NULL;
}

/* ---- strings ---- */

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* The four or eight digits of \u and \U. */
static bool read_code_point(struct reader *r, size_t len, uint32_t *ret)
{
	uint32_t c = 0;

	for (size_t i = 0; i < len; i++, r->p++) {
		int digit = digit_value(*r->p);

		if (digit < 0)
			return false;
		c = c << 4 | (uint32_t)digit;
	}
	*ret = c;
	return c > 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* What follows a backslash. */
static char *read_escape(struct reader *r, char *out)
{
	static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
	const char *letter;
	char c = *r->p;
	uint32_t point;

	if (c == '\0')
		return NULL;
	r->p++;
	if (c == 'u' || c == 'U')
		return read_code_point(r, c == 'u' ? 4 : 8, &point) ? put_utf8(out, point) : NULL;
	if (c == '\n') /* a line that goes on */
		return out;
	letter = strchr(letters, c);
	*out++ = letter ? meanings[letter - letters] : c;
	return out;
}

static const char *read_string(struct reader *r, const struct type *t)
{
	char quote, *text, *out;

	(void)t;
	skip_space(r);
	quote = *r->p;
	if (quote != '\'' && quote != '"')
		return NULL;
	/* no escape is shorter than what it means */
	text = out = arena_alloc(r->arena, strlen(++r->p) + 1);
	while (*r->p != quote) {
		if (*r->p == '\0')
			return NULL;
		if (*r->p != '\\') {
			*out++ = *r->p++;
			continue;
		}
		r->p++;
		out = read_escape(r, out);
		if (!out)
			return NULL;
	}
	r->p++;
	return text;
}

static bool has_to_be_escaped(char c)
{
	return (unsigned char)c <= 0x20 || c == '\\' || (unsigned char)c >= 0x7f;
}

static char hex_digit(unsigned n)
{
	return "0123456789abcdef"[n & 15];
}

const char *unit_value_escape(struct arena *a, const char *word)
{
	char *text = arena_alloc(a, strlen(word) * 4 + 1), *out = text;

	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		if (has_to_be_escaped(*word)) {
			*out++ = '\\';
			*out++ = 'x';
			*out++ = hex_digit(c >> 4);
			*out++ = hex_digit(c);
		} else {
			*out++ = *word;
		}
	}
	return text;
}

/* ---- arrays ---- */

/* "" where there is none: the words of a value cannot say an empty one. */
static const char *read_word(struct reader *r)
{
	const char *text = read_string(r, NULL);

	return text ? unit_value_escape(r->arena, text) : "";
}

static const char *read_device(struct reader *r)
{
	static const struct type uint64 = { .above = UINT64_MAX };
	const char *path, *n;

	if (!skip(r, "("))
		return "";
	path = read_word(r);
	if (!*path || !skip(r, ","))
		return "";
	(void)skip_word(r, "uint64");
	n = read_integer(r, &uint64);
	return n && skip(r, ")") ? arena_printf(r->arena, "%s %s", path, n) : "";
}

static const char *read_byte(struct reader *r)
{
	static const struct type byte = { .above = UINT8_MAX };
	const char *text, *n;
	uint64_t value = 0;

	(void)skip_word(r, "byte");
	text = n = read_integer(r, &byte);
	if (!text || !number_scan(&n, &value))
		return "";
	return arena_printf(r->arena, "%c%c", hex_digit((unsigned)value >> 4), hex_digit((unsigned)value));
}

/* "[X, Y]" with between in between; NULL if read finds something else in it. */
static const char *read_array(struct reader *r, const char *(*read)(struct reader *r), const char *between)
{
	struct strv items = { 0 };
	size_t len = 1;
	char *text, *end;

	if (!skip(r, "["))
		return NULL;
	while (!skip(r, "]")) {
		const char *item;

		if (items.n > 0 && !skip(r, ","))
			return NULL;
		item = read(r);
		if (!*item)
			return NULL;
		len += strlen(item) + 1;
		strv_push(r->arena, &items, arena_strdup(r->arena, item));
	}
	text = end = arena_alloc(r->arena, len);
	for (size_t i = 0; i < items.n; i++)
		end = stpcpy(stpcpy(end, i ? between : ""), items.v[i]);
	return text;
}

static const char *read_words(struct reader *r, const struct type *t)
{
	(void)t;
	return read_array(r, read_word, " ");
}

static const char *read_bytes(struct reader *r, const struct type *t)
{
	(void)t;
	return read_array(r, read_byte, "");
}

static const char *read_devices(struct reader *r, const struct type *t)
{
	(void)t;
	return read_array(r, read_device, " ");
}

/* ---- which one it is ---- */

static const struct type types[] = {
	{ "b", "boolean", read_bool, 0, 0 },
	{ "i", "int32", read_integer, (uint64_t)INT32_MAX + 1, INT32_MAX },
	{ "u", "uint32", read_integer, 0, UINT32_MAX },
	{ "x", "int64", read_integer, (uint64_t)INT64_MAX + 1, INT64_MAX },
	{ "t", "uint64", read_integer, 0, UINT64_MAX },
	{ "d", "double", read_double, 0, 0 },
	{ "s", "string", read_string, 0, 0 },
	{ "as", NULL, read_words, 0, 0 },
	{ "ay", NULL, read_bytes, 0, 0 },
	{ "a(st)", NULL, read_devices, 0, 0 },
};

static const struct type *type_by_signature(const char *signature)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].signature, signature) == 0)
			return &types[i];
	return NULL;
}

/* The signature of what begins here and says nothing of its type, or "". */
static const char *signature_by_looks(struct reader r)
{
	size_t len;

	if (skip(&r, "[")) {
		skip_space(&r);
		if (*r.p == '(')
			return "a(st)";
		return *r.p == '\'' || *r.p == '"' ? "as" : skip_word(&r, "byte") ? "ay" : "";
	}
	skip_space(&r);
	if (*r.p == '\'' || *r.p == '"')
		return "s";
	if (*r.p == 't' || *r.p == 'f')
		return "b";
	len = double_length(r.p);
	return memchr(r.p, '.', len) || memchr(r.p, 'e', len) || memchr(r.p, 'E', len) ? "d" : "i";
}

static const struct type *read_type(struct reader *r)
{
	if (skip(r, "@")) {
		size_t len = strcspn(r->p, " \t");

		r->p += len;
		return type_by_signature(arena_strndup(r->arena, r->p - len, len));
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].word && skip_word(r, types[i].word))
			return &types[i];
	return type_by_signature(signature_by_looks(*r));
}

bool unit_value_parse(struct arena *a, const char *text, struct unit_property *ret)
{
	struct reader r = { .arena = a, .p = text };
	const struct type *t = read_type(&r);
	const char *value = t ? t->read(&r, t) : NULL;

	skip_space(&r);
	if (!value || *r.p)
		return false;
	ret->type = t->signature;
	ret->value = value;
	return true;
}
