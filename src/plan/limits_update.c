/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits_update.c - other limits for a container that has some: what has to be written, and what it has then.
 *
 * A file of limits is put over the present ones as JSON, member by member, so that no member has to be named here. */
#include "base/err.h"
#include "base/json.h"
#include "plan/limits_parts.h"
#include "plan/plan.h"
#include "spec/spec_fields.h"
#include <string.h>

#define AT "/linux/resources/"

struct merger {
	struct arena *arena;
	struct strv *given; /* pointers of what the file says */
};

/* ---- a file over the present limits ---- */

/* Who writes such files writes zeros and empty texts for what should stay as it is. These have a zero that means something. */
static bool says_nothing(const char *section, const char *key, const struct json *v)
{
	static const char *const zeros[][2] = { { "cpu", "idle" }, { "cpu", "burst" }, { "pids", "limit" } };

	if (v->type == JSON_STRING)
		return !*v->text && strcmp(section, "unified") != 0;
	if (v->type != JSON_NUMBER || strcmp(v->text, "0") != 0)
		return v->type == JSON_NULL;
	for (size_t i = 0; i < ARRAY_SIZE(zeros); i++)
		if (strcmp(zeros[i][0], section) == 0 && strcmp(zeros[i][1], key) == 0)
			return false;
	return true;
}

static bool has_same(const struct json *a, const struct json *b, const char *key)
{
	const struct json *x = json_get(a, key), *y = json_get(b, key);

	return x && y && x->text && y->text && strcmp(x->text, y->text) == 0;
}

/* Entries of a list that are about the same thing. */
static bool is_about_same(const struct json *a, const struct json *b)
{
	return (has_same(a, b, "major") && has_same(a, b, "minor")) || has_same(a, b, "pageSize") || has_same(a, b, "name");
}

static struct json *add_item(struct merger *m, struct json *to, const char *key)
{
	struct json *items = arena_array(m->arena, to->n + 1, sizeof(*items));
	const char **keys = arena_array(m->arena, to->n + 1, sizeof(*keys));

	if (to->n > 0)
		memcpy(items, to->items, to->n * sizeof(*items));
	if (key && to->n > 0)
		memcpy(keys, to->keys, to->n * sizeof(*keys));
	keys[to->n] = key;
	to->items = items;
	to->keys = keys;
	return &items[to->n++];
}

static void put_member(struct merger *m, struct json *to, const char *key, const struct json *v)
{
	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->keys[i], key) == 0) {
			to->items[i] = *v;
			return;
		}
	*add_item(m, to, key) = *v;
}

static struct json merge_lists(struct merger *m, const struct json *old, const struct json *new)
{
	struct json all = { .type = JSON_ARRAY };

	for (size_t i = 0; old && i < old->n; i++)
		*add_item(m, &all, NULL) = old->items[i];
	for (size_t i = 0; i < new->n; i++) {
		size_t k = 0;

		while (k < all.n && !is_about_same(&all.items[k], &new->items[i]))
			k++;
		*(k < all.n ? &all.items[k] : add_item(m, &all, NULL)) = new->items[i];
	}
	return all;
}

static struct json merge_section(struct merger *m, const char *section, const struct json *old, const struct json *new)
{
	struct json all = old ? *old : (struct json){ .type = JSON_OBJECT };

	for (size_t i = 0; i < new->n; i++) {
		const char *key = new->keys[i];
		struct json v = new->items[i];

		if (says_nothing(section, key, &v))
			continue;
		if (v.type == JSON_ARRAY)
			v = merge_lists(m, json_get(&all, key), &v);
		else if (v.type != JSON_BOOL)
			strv_push(m->arena, m->given, arena_printf(m->arena, AT "%s/%s", section, json_pointer_key(m->arena, key)));
		put_member(m, &all, key, &v);
	}
	return all;
}

/* Devices are no limits, and rules for them no cgroup of a normal user has. */
static struct json merge(struct merger *m, const struct json *old, const struct json *new)
{
	struct json all = *old;

	for (size_t i = 0; i < new->n; i++) {
		const char *key = new->keys[i];
		const struct json *v = &new->items[i], *was = json_get(old, key);
		struct json merged;

		if (v->type == JSON_NULL || strcmp(key, "devices") == 0)
			continue;
		merged = v->type == JSON_ARRAY ? merge_lists(m, was, v) : merge_section(m, key, was, v);
		put_member(m, &all, key, &merged);
	}
	return all;
}

static int to_tree(struct arena *a, const struct spec_resources *r, struct json *ret)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	const char *text;
	size_t len;

	fields_write(w, &spec_resources_fields, r);
	text = json_text(w, &len);
	return json_parse(a, "config.json", arena_strndup(a, text, len), len, ret);
}

static int put_file(struct arena *a, const char *name, const struct json *file, struct spec_resources *r, struct strv *given)
{
	struct merger m = { .arena = a, .given = given };
	struct spec_resources alone = { 0 }, both = { 0 };
	struct json old, all;
	int e;

	/* Alone first, for a sentence about what stands in the file. */
	if ((e = fields_read(a, &spec_resources_fields, name, file, &alone)) < 0)
		return e;
	if ((e = to_tree(a, r, &old)) < 0)
		return e;
	all = merge(&m, &old, file);
	if ((e = fields_read(a, &spec_resources_fields, name, &all, &both)) < 0)
		return e;
	both.devices = r->devices;
	*r = both;
	return 0;
}

/* ---- what has to be written ---- */

static bool has_write(const struct cgroup_writes *l, const struct cgroup_write *w)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].file, w->file) == 0 && strcmp(l->items[i].value, w->value) == 0)
			return true;
	return false;
}

/* The limit of swap first: memory that is taken away may go there. Files with a line for each device last, because nobody can put
 * them back as they were. */
static int rank(const struct cgroup_write *w)
{
	return strcmp(w->file, "memory.swap.max") == 0 ? 0 : strncmp(w->file, "io.", 3) == 0 ? 2 : 1;
}

/* What was asked for, even if it should be there already, and what follows from it. */
static void select_writes(struct arena *a, const struct cgroup_writes *old, const struct cgroup_writes *new, struct cgroup_writes *ret)
{
	for (int pass = 0; pass <= 2; pass++)
		for (size_t i = 0; i < new->n; i++) {
			const struct cgroup_write *w = &new->items[i];

			if (rank(w) == pass && (w->asked || !has_write(old, w)))
				*arena_push(a, ret) = *w;
		}
}

static void select_left(struct arena *a, const struct strv *old, const struct strv *new, struct strv *ret)
{
	for (size_t i = 0; i < new->n; i++)
		if (!strv_has(old, new->v[i]))
			strv_push(a, ret, new->v[i]);
}

/* What is written now counts from now on, also where "unified" has said something else of the file. */
static void add_old_unified(struct arena *a, const struct key_values *old, const struct cgroup_writes *writes, struct key_values *unified)
{
	struct key_values all = { 0 };

	for (size_t i = 0; i < old->n; i++) {
		bool is_new = false;

		for (size_t k = 0; k < writes->n; k++)
			is_new |= strcmp(writes->items[k].file, old->items[i].key) == 0;
		if (!is_new)
			*arena_push(a, &all) = old->items[i];
	}
	for (size_t i = 0; i < unified->n; i++)
		*arena_push(a, &all) = unified->items[i];
	*unified = all;
}

/* No limit of memory is none of swap, unless one is given (runc). */
static void drop_swap(struct arena *a, struct spec_resources *r, const struct strv *given)
{
	struct spec_memory *own;

	if (!strv_has(given, AT "memory/limit") || strv_has(given, AT "memory/swap") || r->memory->limit.value != -1)
		return;
	own = arena_alloc(a, sizeof(*own));
	*own = *r->memory;
	own->swap = (struct opt_i64){ 0 };
	r->memory = own;
}

int limits_update(struct arena *a, const struct spec_resources *now, const char *name, const struct json *file,
		  const struct limit_options *o, struct limits_change *ret)
{
	struct spec_resources old = now ? *now : (struct spec_resources){ 0 }, new;
	struct key_values old_unified = old.unified;
	struct cgroup_writes old_writes = { 0 }, writes = { 0 };
	struct strv nothing = { 0 }, given = { 0 }, old_left = { 0 }, left = { 0 };
	int e;

	*ret = (struct limits_change){ 0 };
	old.unified = (struct key_values){ 0 };
	new = old;
	if (file && (e = put_file(a, name, file, &new, &given)) < 0)
		return e;
	if ((e = limits_edit(a, o, &new, &given)) < 0)
		return e;
	drop_swap(a, &new, &given);
	if ((e = limits_to_writes(a, &new, &given, &writes, &left)) < 0)
		return e;
	/* Limits that were refused then make no difference now. */
	(void)limits_to_writes(a, &old, &nothing, &old_writes, &old_left);
	select_writes(a, &old_writes, &writes, &ret->writes);
	select_left(a, &old_left, &left, &ret->left);
	add_old_unified(a, &old_unified, &ret->writes, &new.unified);
	ret->resources = new;
	ret->is_nothing = given.n == 0 && ret->writes.n == 0 && ret->left.n == 0;
	return 0;
}
