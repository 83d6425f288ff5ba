/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* json.h - the one seam to the JSON library.
 *
 * Reading: a bounded tree. Refused: nesting deeper than JSON_DEPTH_MAX, more than JSON_COUNT_MAX values, a NUL inside
 * a string, the same key twice in one object, comments, anything behind the value, text that is not UTF-8.
 * Numbers stay text, so that nobody converts a 64-bit integer through a double.
 * Writing: a stream of calls that ends in one text. */
#include "base/mem.h"

enum { JSON_DEPTH_MAX = 128, JSON_COUNT_MAX = 1000 * 1000 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	bool boolean;
	const char *text;   /* JSON_STRING, JSON_NUMBER */
	size_t n;	    /* JSON_ARRAY, JSON_OBJECT */
	struct json *items; /* n values */
	const char **keys;  /* JSON_OBJECT: n keys, in the order of the text */
};

/* name is for messages: "config.json: line 3: …". */
int json_parse(struct arena *a, const char *name, const char *text, size_t len, struct json *ret);
const struct json *json_get(const struct json *object, const char *key);
/* A key as it stands in a JSON pointer: '~' is "~0" and '/' is "~1" (RFC 6901). */
const char *json_pointer_key(struct arena *a, const char *key);
const char *json_type_name(enum json_type type);

struct json_writer;

enum json_layout { JSON_COMPACT, JSON_PRETTY };

struct json_writer *json_writer_new(enum json_layout layout);
void json_writer_free(struct json_writer *w);
void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_string(struct json_writer *w, const char *s);
void json_int(struct json_writer *w, int64_t v);
void json_uint(struct json_writer *w, uint64_t v);
/* v / 100 with two decimals. */
void json_hundredths(struct json_writer *w, uint64_t v);
void json_bool(struct json_writer *w, bool v);
/* "key": "s", left out when s is NULL. */
void json_member(struct json_writer *w, const char *key, const char *s);
void json_member_int(struct json_writer *w, const char *key, int64_t v);
void json_member_uint(struct json_writer *w, const char *key, uint64_t v);
void json_member_bool(struct json_writer *w, const char *key, bool v);
/* "key": { */
void json_open_member(struct json_writer *w, const char *key);
/* The text so far, valid until the writer is freed. */
const char *json_text(struct json_writer *w, size_t *ret_len);

static inline void json_writer_freep(struct json_writer **w)
{
	json_writer_free(*w);
}
#define autojson __attribute__((cleanup(json_writer_freep)))
