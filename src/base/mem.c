/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/mem.h"
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_SIZE = 256 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static void die_of_hunger(void)
{
	static const char text[] = "out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	abort();
}

/* From the kernel, which gives zeroed memory and only the pages that are used. */
static struct arena_block *block_new(size_t size)
{
	struct arena_block *b = mmap(NULL, sizeof(*b) + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		die_of_hunger();
	b->size = size;
	return b;
}

static size_t block_room(const struct arena_block *b)
{
	return b ? b->size - b->used : 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		die_of_hunger();
	size = (size + align - 1) / align * align;
	if (!b || block_room(b) < size) {
		b = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE);
		b->next = a->blocks;
		a->blocks = b;
	}
	p = b->data + b->used;
	b->used += size;
	return p;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		(void)munmap(b, sizeof(*b) + b->size);
	}
	a->blocks = NULL;
}

void arena_reset(struct arena *a)
{
	struct arena_block *last = a->blocks;

	if (!last)
		return;
	a->blocks = last->next;
	arena_free(a);
	memset(last->data, 0, last->used);
	last->used = 0;
	last->next = NULL;
	a->blocks = last;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		die_of_hunger();
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

/* Printed where it will stay: only what does not fit into the block is printed twice. */
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	size_t room = block_room(a->blocks);
	char *text = room ? a->blocks->data + a->blocks->used : NULL;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(text, room, fmt, again);
	va_end(again);
	if (n < 0)
		die_of_hunger();
	if ((size_t)n < room)
		return arena_alloc(a, (size_t)n + 1);
	if (text)
		memset(text, 0, room); /* the arena promises zeroed memory */
	text = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

void *arena_grow(struct arena *a, void *items, size_t n, size_t *room, size_t size)
{
	void *wider;

	if (n < *room)
		return items;
	*room = *room ? *room * 2 : 4;
	wider = arena_array(a, *room, size);
	if (n)
		memcpy(wider, items, n * size);
	return wider;
}

void strv_push(struct arena *a, struct strv *l, char *s)
{
	/* The room is the next power of two above n + 1, so it needs no field of its own. */
	if (((l->n + 1) & l->n) == 0) {
		char **wider = arena_array(a, (l->n + 1) * 2, sizeof(*wider));

		if (l->n)
			memcpy(wider, l->v, l->n * sizeof(*wider));
		l->v = wider;
	}
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

bool strv_has(const struct strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

const char *strv_join(struct arena *a, const struct strv *l, const char *separator)
{
	size_t size = 1;
	char *all, *p;

	for (size_t i = 0; i < l->n; i++)
		size += strlen(l->v[i]) + strlen(separator);
	p = all = arena_alloc(a, size);
	for (size_t i = 0; i < l->n; i++)
		p = stpcpy(stpcpy(p, i ? separator : ""), l->v[i]);
	return all;
}

const char *strv_get_env(const struct strv *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return env->v[i] + len + 1;
	return NULL;
}

void strv_set_env(struct arena *a, struct strv *env, char *assignment)
{
	size_t name = strcspn(assignment, "=") + 1;

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], assignment, name) == 0) {
			env->v[i] = assignment;
			return;
		}
	strv_push(a, env, assignment);
}
