/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* mem.h - memory that lives as long as the command.
 *
 * A command reads one configuration and builds one plan; all of it is needed until the end. So everything is
 * taken from one arena and given back at once: no half-built object can leak. Allocation never fails: a program of
 * two megabytes that gets no memory has no useful way on, so it says so and aborts (init dies with its supervisor). */
#include <stdarg.h>
#include "base/base.h"

struct arena {
	struct arena_block *blocks;
};

#define autoarena __attribute__((cleanup(arena_free))) struct arena

void arena_free(struct arena *a);
/* Forget all that was taken, and keep the room for what comes: for the same work again and again. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) printf_like(2, 0);

/* Make room for one more element in an array that doubles; use through arena_push(). */
void *arena_grow(struct arena *a, void *items, size_t n, size_t *room, size_t size);

/* Append an element to v (a struct with items, n, room) and give its address. */
#define arena_push(a, v) ((v)->items = arena_grow((a), (v)->items, (v)->n, &(v)->room, sizeof(*(v)->items)), &(v)->items[(v)->n++])

/* A list of strings; v is always followed by a NULL once it has elements. */
struct strv {
	char **v;
	size_t n;
};

void strv_push(struct arena *a, struct strv *l, char *s);
bool strv_has(const struct strv *l, const char *s);
const char *strv_join(struct arena *a, const struct strv *l, const char *separator);
/* A list as environ(7): the value of name, or NULL; and "NAME=VALUE" in the place of an earlier one, or at the end. */
const char *strv_get_env(const struct strv *env, const char *name);
void strv_set_env(struct arena *a, struct strv *env, char *assignment);

struct key_value {
	const char *key, *value;
};

struct key_values {
	struct key_value *items;
	size_t n, room;
};
