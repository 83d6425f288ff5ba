/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/field.h"
#include "base/err.h"
#include <inttypes.h>
#include <string.h>

/* The document, and where in it we are: only an error turns the way there into a JSON pointer. */
struct place {
	struct arena *arena;
	const char *name;
};

struct at {
	const struct at *up; /* NULL at the top */
	const char *key;     /* NULL: an index */
	size_t index;
};

/* What every FIELD_OBJECTS, FIELD_U32S and FIELD_OBJECT_MAP list looks like. */
struct any_list {
	void *items;
	size_t n;
};

static const char *pointer(struct arena *a, const struct at *at)
{
	if (!at->up)
		return "";
	if (at->key)
		return arena_printf(a, "%s/%s", pointer(a, at->up), json_pointer_key(a, at->key));
	return arena_printf(a, "%s/%zu", pointer(a, at->up), at->index);
}

static int bad(const struct place *p, const struct at *at, const char *fmt, ...) printf_like(3, 4);

static int bad(const struct place *p, const struct at *at, const char *fmt, ...)
{
	va_list ap;
	const char *what;

	va_start(ap, fmt);
	what = arena_vprintf(p->arena, fmt, ap);
	va_end(ap);
	return err_set(EINVAL, "config-invalid", "%s: %s: %s", p->name, at->up ? pointer(p->arena, at) : "/", what);
}

static int expect(const struct place *p, const struct at *at, const struct json *v, enum json_type type)
{
	if (v->type != type)
		return bad(p, at, "must be %s, not %s", json_type_name(type), json_type_name(v->type));
	return 0;
}

static bool is_integer(const char *text)
{
	text += *text == '-';
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int read_unsigned(const struct place *p, const struct at *at, const struct json *v, uint64_t max, uint64_t *ret)
{
	int r = expect(p, at, v, JSON_NUMBER);
	uintmax_t n;

	if (r < 0)
		return r;
	if (!is_integer(v->text))
		return bad(p, at, "must be an integer, not %s", v->text);
	errno = 0;
	n = strtoumax(v->text, NULL, 10);
	if (errno || v->text[0] == '-' || n > max)
		return bad(p, at, "%s is out of range: must be from 0 to %" PRIu64, v->text, max);
	*ret = n;
	return 0;
}

static int read_signed(const struct place *p, const struct at *at, const struct field *f, const struct json *v, int64_t *ret)
{
	bool any = f->min == 0 && f->max == 0;
	int64_t min = any ? INT64_MIN : f->min, max = any ? INT64_MAX : f->max;
	int r = expect(p, at, v, JSON_NUMBER);
	intmax_t n;

	if (r < 0)
		return r;
	if (!is_integer(v->text))
		return bad(p, at, "must be an integer, not %s", v->text);
	errno = 0;
	n = strtoimax(v->text, NULL, 10);
	if (errno || n < min || n > max)
		return bad(p, at, "%s is out of range: must be from %" PRId64 " to %" PRId64, v->text, min, max);
	*ret = n;
	return 0;
}

static const char *list_words(struct arena *a, const struct word *words)
{
	const char *all = words->name;

	while ((++words)->name)
		if (words->name[0])
			all = arena_printf(a, "%s, %s", all, words->name);
	return all;
}

static int read_word(const struct place *p, const struct at *at, const struct word *words, const struct json *v, int *ret)
{
	int r = expect(p, at, v, JSON_STRING);

	if (r < 0)
		return r;
	for (const struct word *w = words; w->name; w++)
		if (strcmp(w->name, v->text) == 0) {
			*ret = w->value;
			return 0;
		}
	return bad(p, at, "unknown value '%s' (known: %s)", v->text, list_words(p->arena, words));
}

static int read_string(const struct place *p, const struct at *at, const struct field *f, const struct json *v, char **ret)
{
	int r = expect(p, at, v, JSON_STRING), ignored;

	if (r < 0)
		return r;
	if (f->words && (r = read_word(p, at, f->words, v, &ignored)) < 0)
		return r;
	if (f->valid && !f->valid(v->text))
		return bad(p, at, "'%s' is not %s", v->text, f->expects);
	*ret = (char *)(uintptr_t)v->text; /* the tree lives in the same arena */
	return 0;
}

static int read_strings(const struct place *p, const struct at *at, const struct field *f, const struct json *v, struct strv *out)
{
	int r = expect(p, at, v, JSON_ARRAY);
	char *s;

	if (r < 0)
		return r;
	for (size_t i = 0; i < v->n; i++) {
		if ((r = read_string(p, &(struct at){ .up = at, .index = i }, f, &v->items[i], &s)) < 0)
			return r;
		strv_push(p->arena, out, s);
	}
	return 0;
}

static int read_u32s(const struct place *p, const struct at *at, const struct json *v, struct u32_list *out)
{
	int r = expect(p, at, v, JSON_ARRAY);
	uint64_t n;

	if (r < 0)
		return r;
	out->items = arena_array(p->arena, v->n, sizeof(*out->items));
	for (size_t i = 0; i < v->n; i++) {
		if ((r = read_unsigned(p, &(struct at){ .up = at, .index = i }, &v->items[i], UINT32_MAX, &n)) < 0)
			return r;
		out->items[out->n++] = (uint32_t)n;
	}
	return 0;
}

static int read_map(const struct place *p, const struct at *at, const struct json *v, struct key_values *out)
{
	int r = expect(p, at, v, JSON_OBJECT);

	if (r < 0)
		return r;
	out->items = arena_array(p->arena, v->n, sizeof(*out->items));
	for (size_t i = 0; i < v->n; i++) {
		const struct at here = { .up = at, .key = v->keys[i] };

		if ((r = expect(p, &here, &v->items[i], JSON_STRING)) < 0)
			return r;
		out->items[out->n++] = (struct key_value){
			.key = (char *)(uintptr_t)v->keys[i],
			.value = (char *)(uintptr_t)v->items[i].text,
		};
	}
	return 0;
}

static int read_struct(const struct place *p, const struct fields *f, const struct at *at, const struct json *v, void *out);

static int read_objects(const struct place *p, const struct at *at, const struct fields *f, const struct json *v, struct any_list *out)
{
	int r = expect(p, at, v, JSON_ARRAY);

	if (r < 0)
		return r;
	out->items = arena_array(p->arena, v->n, f->size);
	for (; out->n < v->n; out->n++) {
		void *item = (char *)out->items + out->n * f->size;

		if ((r = read_struct(p, f, &(struct at){ .up = at, .index = out->n }, &v->items[out->n], item)) < 0)
			return r;
	}
	return 0;
}

static int read_object_map(const struct place *p, const struct at *at, const struct fields *f, const struct json *v, struct any_list *out)
{
	int r = expect(p, at, v, JSON_OBJECT);

	if (r < 0)
		return r;
	out->items = arena_array(p->arena, v->n, f->size);
	for (; out->n < v->n; out->n++) {
		void *item = (char *)out->items + out->n * f->size;

		if ((r = read_struct(p, f, &(struct at){ .up = at, .key = v->keys[out->n] }, &v->items[out->n], item)) < 0)
			return r;
		*(char **)item = (char *)(uintptr_t)v->keys[out->n];
	}
	return 0;
}

static int read_opt_int(const struct place *p, const struct at *at, const struct field *f, const struct json *v, struct opt_i64 *out)
{
	int r = read_signed(p, at, f, v, &out->value);

	out->set = r == 0;
	return r;
}

static int read_u32(const struct place *p, const struct at *at, const struct field *f, const struct json *v, uint32_t *out)
{
	uint64_t n;
	int r = read_unsigned(p, at, v, f->max ? (uint64_t)f->max : UINT32_MAX, &n);

	if (r == 0)
		*out = (uint32_t)n;
	return r;
}

static int read_opt_u32(const struct place *p, const struct at *at, const struct field *f, const struct json *v, struct opt_u32 *out)
{
	int r = read_u32(p, at, f, v, &out->value);

	out->set = r == 0;
	return r;
}

static int read_opt_u64(const struct place *p, const struct at *at, const struct json *v, struct opt_u64 *out)
{
	int r = read_unsigned(p, at, v, UINT64_MAX, &out->value);

	out->set = r == 0;
	return r;
}

static int read_bool(const struct place *p, const struct at *at, const struct json *v, bool *out)
{
	int r = expect(p, at, v, JSON_BOOL);

	if (r == 0)
		*out = v->boolean;
	return r;
}

static int read_field(const struct place *p, const struct at *at, const struct field *f, const struct json *v, void *out)
{
	switch (f->type) {
	case FIELD_BOOL:
		return read_bool(p, at, v, out);
	case FIELD_STRING:
		return read_string(p, at, f, v, out);
	case FIELD_STRINGS:
		return read_strings(p, at, f, v, out);
	case FIELD_ENUM:
		return read_word(p, at, f->words, v, out);
	case FIELD_INT:
		return read_signed(p, at, f, v, out);
	case FIELD_U32:
		return read_u32(p, at, f, v, out);
	case FIELD_U64:
		return read_unsigned(p, at, v, UINT64_MAX, out);
	case FIELD_OPT_INT:
		return read_opt_int(p, at, f, v, out);
	case FIELD_OPT_U32:
		return read_opt_u32(p, at, f, v, out);
	case FIELD_OPT_U64:
		return read_opt_u64(p, at, v, out);
	case FIELD_U32S:
		return read_u32s(p, at, v, out);
	case FIELD_OBJECT:
		return read_struct(p, f->fields, at, v, out);
	case FIELD_OBJECT_PTR:
		*(void **)out = arena_alloc(p->arena, f->fields->size);
		return read_struct(p, f->fields, at, v, *(void **)out);
	case FIELD_OBJECTS:
		return read_objects(p, at, f->fields, v, out);
	case FIELD_MAP:
		return read_map(p, at, v, out);
	case FIELD_OBJECT_MAP:
		return read_object_map(p, at, f->fields, v, out);
	}
	return -EINVAL;
}

static int read_struct(const struct place *p, const struct fields *f, const struct at *at, const struct json *v, void *out)
{
	int r = expect(p, at, v, JSON_OBJECT);

	if (r < 0)
		return r;
	for (size_t i = 0; i < f->n; i++) {
		const struct field *row = &f->rows[i];
		const struct json *member = json_get(v, row->name);

		if (member && member->type != JSON_NULL)
			r = read_field(p, &(struct at){ .up = at, .key = row->name }, row, member, (char *)out + row->offset);
		else if (row->required)
			r = bad(p, at, "\"%s\" is missing", row->name);
		if (r < 0)
			return r;
	}
	return 0;
}

int fields_read(struct arena *a, const struct fields *f, const char *name, const struct json *v, void *out)
{
	return read_struct(&(struct place){ .arena = a, .name = name }, f, &(struct at){ .up = NULL }, v, out);
}

static void write_list(struct json_writer *w, const struct field *f, const struct any_list *list)
{
	json_key(w, f->name);
	json_open_array(w);
	for (size_t i = 0; i < list->n; i++)
		fields_write(w, f->fields, (const char *)list->items + i * f->fields->size);
	json_close_array(w);
}

static void write_object_map(struct json_writer *w, const struct field *f, const struct any_list *list)
{
	json_key(w, f->name);
	json_open_object(w);
	for (size_t i = 0; i < list->n; i++) {
		const void *item = (const char *)list->items + i * f->fields->size;

		json_key(w, *(char *const *)item);
		fields_write(w, f->fields, item);
	}
	json_close_object(w);
}

static void write_map(struct json_writer *w, const char *name, const struct key_values *map)
{
	json_key(w, name);
	json_open_object(w);
	for (size_t i = 0; i < map->n; i++)
		json_member(w, map->items[i].key, map->items[i].value);
	json_close_object(w);
}

static void write_strings(struct json_writer *w, const char *name, const struct strv *l)
{
	json_key(w, name);
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_string(w, l->v[i]);
	json_close_array(w);
}

static void write_u32s(struct json_writer *w, const char *name, const struct u32_list *l)
{
	json_key(w, name);
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_uint(w, l->items[i]);
	json_close_array(w);
}

static void write_uint(struct json_writer *w, const char *name, uint64_t v)
{
	json_key(w, name);
	json_uint(w, v);
}

static void write_word(struct json_writer *w, const struct field *f, int value)
{
	for (const struct word *word = f->words; word->name; word++)
		if (word->value == value) {
			json_member(w, f->name, word->name);
			return;
		}
}

/* Whether the member says something: an absent one is not written. */
static bool is_present(const struct field *f, const void *in)
{
	switch (f->type) {
	case FIELD_BOOL:
		return f->required || *(const bool *)in;
	case FIELD_STRING:
	case FIELD_OBJECT_PTR:
		return *(void *const *)in != NULL;
	case FIELD_STRINGS:
		return f->required || ((const struct strv *)in)->n > 0;
	case FIELD_OPT_INT:
		return ((const struct opt_i64 *)in)->set;
	case FIELD_OPT_U32:
		return ((const struct opt_u32 *)in)->set;
	case FIELD_OPT_U64:
		return ((const struct opt_u64 *)in)->set;
	case FIELD_U32S:
	case FIELD_OBJECTS:
	case FIELD_MAP:
	case FIELD_OBJECT_MAP:
		return ((const struct any_list *)in)->n > 0;
	case FIELD_U64:
		return f->required || *(const uint64_t *)in != 0;
	case FIELD_ENUM:
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_OBJECT:
		return true;
	}
	return false;
}

static void write_field(struct json_writer *w, const struct field *f, const void *in)
{
	switch (f->type) {
	case FIELD_BOOL:
		json_key(w, f->name);
		json_bool(w, *(const bool *)in);
		return;
	case FIELD_STRING:
		json_member(w, f->name, *(char *const *)in);
		return;
	case FIELD_STRINGS:
		write_strings(w, f->name, in);
		return;
	case FIELD_ENUM:
		write_word(w, f, *(const int *)in);
		return;
	case FIELD_INT:
		json_member_int(w, f->name, *(const int64_t *)in);
		return;
	case FIELD_U32:
		write_uint(w, f->name, *(const uint32_t *)in);
		return;
	case FIELD_U64:
		write_uint(w, f->name, *(const uint64_t *)in);
		return;
	case FIELD_OPT_INT:
		json_member_int(w, f->name, ((const struct opt_i64 *)in)->value);
		return;
	case FIELD_OPT_U32:
		write_uint(w, f->name, ((const struct opt_u32 *)in)->value);
		return;
	case FIELD_OPT_U64:
		write_uint(w, f->name, ((const struct opt_u64 *)in)->value);
		return;
	case FIELD_U32S:
		write_u32s(w, f->name, in);
		return;
	case FIELD_OBJECT:
		json_key(w, f->name);
		fields_write(w, f->fields, in);
		return;
	case FIELD_OBJECT_PTR:
		json_key(w, f->name);
		fields_write(w, f->fields, *(void *const *)in);
		return;
	case FIELD_OBJECTS:
		write_list(w, f, in);
		return;
	case FIELD_MAP:
		write_map(w, f->name, in);
		return;
	case FIELD_OBJECT_MAP:
		write_object_map(w, f, in);
		return;
	}
}

void fields_write(struct json_writer *w, const struct fields *f, const void *in)
{
	json_open_object(w);
	for (size_t i = 0; i < f->n; i++) {
		const void *member = (const char *)in + f->rows[i].offset;

		if (is_present(&f->rows[i], member))
			write_field(w, &f->rows[i], member);
	}
	json_close_object(w);
}
