/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* field.h - JSON objects described by tables: one row per member, read and written by the same row. */
#include "base/json.h"

/* A number whose absence means something. */
struct opt_u32 {
	bool set;
	uint32_t value;
};
struct opt_u64 {
	bool set;
	uint64_t value;
};
struct opt_i64 {
	bool set;
	int64_t value;
};

struct u32_list {
	uint32_t *items;
	size_t n;
};

enum field_type {
	FIELD_BOOL,	  /* bool */
	FIELD_STRING,	  /* char * */
	FIELD_STRINGS,	  /* struct strv */
	FIELD_ENUM,	  /* int, one of field.words */
	FIELD_INT,	  /* int64_t within [min, max] */
	FIELD_U32,	  /* uint32_t */
	FIELD_U64,	  /* uint64_t */
	FIELD_OPT_INT,	  /* struct opt_i64 within [min, max] */
	FIELD_OPT_U32,	  /* struct opt_u32, up to max */
	FIELD_OPT_U64,	  /* struct opt_u64 */
	FIELD_U32S,	  /* struct u32_list */
	FIELD_OBJECT,	  /* struct X inside */
	FIELD_OBJECT_PTR, /* struct X *, NULL when absent */
	FIELD_OBJECTS,	  /* struct { struct X *items; size_t n; } */
	FIELD_MAP,	  /* struct key_values: any key, string values */
	FIELD_OBJECT_MAP, /* struct { struct X *items; size_t n; }, whose X starts with char *key */
};

struct word {
	const char *name;
	int value;
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	bool required;
	const struct word *words;     /* FIELD_ENUM: ends with a NULL name; the first of equal values is written */
	const struct fields *fields;  /* FIELD_OBJECT… */
	int64_t min, max;	      /* integers; both 0: the range of the C type */
	bool (*valid)(const char *s); /* FIELD_STRING, FIELD_STRINGS: the pattern of the schema */
	const char *expects;	      /* what valid() wants, for the message */
};

struct fields {
	size_t size; /* of the struct */
	const struct field *rows;
	size_t n;
};

#define FIELDS(type, rows)                                                                                                                 \
	{                                                                                                                                  \
		sizeof(type), rows, ARRAY_SIZE(rows)                                                                                       \
	}

/* Fill the zeroed struct at out. Members that no row names are left alone; null counts as absent (Go writes it).
 * name is the file, for messages. */
int fields_read(struct arena *a, const struct fields *f, const char *name, const struct json *v, void *out);
/* Write the struct as an object; absent members are left out. */
void fields_write(struct json_writer *w, const struct fields *f, const void *in);
