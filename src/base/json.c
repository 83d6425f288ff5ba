/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"
#include "base/err.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

/* An array or object whose end has not been read yet. */
struct frame {
	enum json_type type;
	struct {
		struct json *items;
		size_t n, room;
	} values;
	struct {
		const char **items;
		size_t n, room;
	} keys;
};

/* yajl keeps its own parser state on a heap stack, and we keep ours in frames: no recursion, so depth costs no stack. */
struct builder {
	struct arena *arena;
	struct frame frames[JSON_DEPTH_MAX];
	size_t depth, count;
	struct json root;
	const char *refusal; /* why we, not yajl, stopped */
};

static int refuse(struct builder *b, const char *why)
{
	b->refusal = why;
	return 0;
}

static int add_value(struct builder *b, struct json v)
{
	if (++b->count > JSON_COUNT_MAX)
		return refuse(b, "too many values");
	if (b->depth == 0)
		b->root = v;
	else
		*arena_push(b->arena, &b->frames[b->depth - 1].values) = v;
	return 1;
}

static int add_text(struct builder *b, enum json_type type, const void *text, size_t len)
{
	return add_value(b, (struct json){ .type = type, .text = arena_strndup(b->arena, text, len) });
}

static int on_null(void *ctx)
{
	return add_value(ctx, (struct json){ .type = JSON_NULL });
}

static int on_bool(void *ctx, int v)
{
	return add_value(ctx, (struct json){ .type = JSON_BOOL, .boolean = v != 0 });
}

static int on_number(void *ctx, const char *text, size_t len)
{
	return add_text(ctx, JSON_NUMBER, text, len);
}

/* yajl lets overlong forms, surrogates and what is beyond U+10FFFF pass (RFC 3629). */
static bool is_strict_utf8(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char next = i + 1 < len ? s[i + 1] : 0;

		if (s[i] == 0xc0 || s[i] == 0xc1 || s[i] > 0xf4 || (s[i] == 0xe0 && next < 0xa0) || (s[i] == 0xed && next > 0x9f) ||
		    (s[i] == 0xf0 && next < 0x90) || (s[i] == 0xf4 && next > 0x8f))
			return false;
	}
	return true;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	if (!is_strict_utf8(text, len))
		return refuse(ctx, "a string is not UTF-8");
	if (memchr(text, '\0', len))
		return refuse(ctx, "a string contains a NUL character");
	return add_text(ctx, JSON_STRING, text, len);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct builder *b = ctx;

	if (memchr(text, '\0', len))
		return refuse(b, "a key contains a NUL character");
	*arena_push(b->arena, &b->frames[b->depth - 1].keys) = arena_strndup(b->arena, (const char *)text, len);
	return 1;
}

static int open_frame(struct builder *b, enum json_type type)
{
	if (b->depth == JSON_DEPTH_MAX)
		return refuse(b, "nested too deeply");
	b->frames[b->depth++] = (struct frame){ .type = type };
	return 1;
}

static int on_start_map(void *ctx)
{
	return open_frame(ctx, JSON_OBJECT);
}

static int on_start_array(void *ctx)
{
	return open_frame(ctx, JSON_ARRAY);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *find_duplicate(struct arena *a, const char *const *keys, size_t n)
{
	const char **sorted = arena_array(a, n, sizeof(*sorted));

	if (n)
		memcpy(sorted, keys, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			return sorted[i];
	return NULL;
}

static int close_frame(void *ctx)
{
	struct builder *b = ctx;
	const struct frame *f = &b->frames[--b->depth];
	const char *twice = find_duplicate(b->arena, f->keys.items, f->keys.n);

	if (twice)
		return refuse(b, arena_printf(b->arena, "the key \"%s\" stands twice in one object", twice));
	return add_value(b, (struct json){
				    .type = f->type,
				    .n = f->values.n,
				    .items = f->values.items,
				    .keys = f->keys.items,
			    });
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = close_frame,
	.yajl_start_array = on_start_array,
	.yajl_end_array = close_frame,
};

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* yajl's reason in one line: it ends with a newline and starts with a kind that tells the reader nothing. */
static int syntax_error(yajl_handle h, const char *name, const char *text, size_t len, size_t at)
{
	unsigned char *reason = yajl_get_error(h, 0, (const unsigned char *)text, len);
	const char *what = reason ? strstr((const char *)reason, "error: ") : NULL;
	int r;

	what = what && at < len ? what + strlen("error: ") : "the text ends too early";
	r = err_set(EINVAL, "config-json", "%s: line %u: not valid JSON: %.*s", name, line_of(text, at < len ? at : len),
		    (int)strcspn(what, "\n"), what);
	if (reason)
		yajl_free_error(h, reason);
	return r;
}

static bool is_blank(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	return len == 0;
}

int json_parse(struct arena *a, const char *name, const char *text, size_t len, struct json *ret)
{
	struct builder b = { .arena = a };
	yajl_handle h = yajl_alloc(&callbacks, NULL, &b);
	yajl_status status;
	size_t at = len;
	int r = 0;

	if (!h)
		return err_set(ENOMEM, "system", "cannot parse %s: out of memory", name);
	if (is_blank(text, len)) {
		yajl_free(h);
		return err_set(EINVAL, "config-json", "%s: the file is empty", name);
	}
	status = yajl_parse(h, (const unsigned char *)text, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(h); /* whatever is wrong now is wrong at the end */
	else
		at = yajl_get_bytes_consumed(h);
	if (b.refusal)
		r = err_set(EINVAL, "config-json", "%s: line %u: %s", name, line_of(text, at < len ? at : len), b.refusal);
	else if (status != yajl_status_ok)
		r = syntax_error(h, name, text, len, at);
	yajl_free(h);
	if (r == 0)
		*ret = b.root;
	return r;
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (object->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n; i++)
		if (strcmp(object->keys[i], key) == 0)
			return &object->items[i];
	return NULL;
}

const char *json_pointer_key(struct arena *a, const char *key)
{
	char *escaped = arena_alloc(a, strlen(key) * 2 + 1), *p = escaped;

	for (; *key; key++) {
		if (*key == '~' || *key == '/') {
			*p++ = '~';
			*p++ = *key == '~' ? '0' : '1';
		} else {
			*p++ = *key;
		}
	}
	return escaped;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	    [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
	};

	return names[type];
}

/* The writer is yajl's generator: (yajl_gen) is what the opaque pointer points to. */
struct json_writer *json_writer_new(enum json_layout layout)
{
	yajl_gen g = yajl_gen_alloc(NULL);

	if (!g)
		abort();
	(void)yajl_gen_config(g, yajl_gen_beautify, layout == JSON_PRETTY);
	return (struct json_writer *)g;
}

static yajl_gen gen(struct json_writer *w)
{
	return (yajl_gen)w;
}

void json_writer_free(struct json_writer *w)
{
	if (w)
		yajl_gen_free(gen(w));
}

void json_open_object(struct json_writer *w)
{
	(void)yajl_gen_map_open(gen(w));
}

void json_close_object(struct json_writer *w)
{
	(void)yajl_gen_map_close(gen(w));
}

void json_open_array(struct json_writer *w)
{
	(void)yajl_gen_array_open(gen(w));
}

void json_close_array(struct json_writer *w)
{
	(void)yajl_gen_array_close(gen(w));
}

void json_string(struct json_writer *w, const char *s)
{
	(void)yajl_gen_string(gen(w), (const unsigned char *)s, strlen(s));
}

void json_key(struct json_writer *w, const char *key)
{
	json_string(w, key);
}

void json_int(struct json_writer *w, int64_t v)
{
	(void)yajl_gen_integer(gen(w), v);
}

void json_uint(struct json_writer *w, uint64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRIu64, v);

	(void)yajl_gen_number(gen(w), text, (size_t)n);
}

void json_hundredths(struct json_writer *w, uint64_t v)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 ".%02u", v / 100, (unsigned)(v % 100));

	(void)yajl_gen_number(gen(w), text, (size_t)n);
}

void json_bool(struct json_writer *w, bool v)
{
	(void)yajl_gen_bool(gen(w), v);
}

void json_member(struct json_writer *w, const char *key, const char *s)
{
	if (!s)
		return;
	json_key(w, key);
	json_string(w, s);
}

void json_member_int(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, key);
	json_int(w, v);
}

void json_member_uint(struct json_writer *w, const char *key, uint64_t v)
{
	json_key(w, key);
	json_uint(w, v);
}

void json_member_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_bool(w, v);
}

void json_open_member(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_open_object(w);
}

const char *json_text(struct json_writer *w, size_t *ret_len)
{
	const unsigned char *text;
	size_t len;

	if (yajl_gen_get_buf(gen(w), &text, &len) != yajl_gen_status_ok)
		abort();
	if (ret_len)
		*ret_len = len;
	return (const char *)text;
}
