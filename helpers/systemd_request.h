/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* systemd_request.h - what urun-systemd is asked to do, read from text lines before anything is connected:
 *
 *	unit NAME
 *	pid N
 *	property NAME TYPE VALUE…
 *
 * TYPE and VALUE are those of struct unit_property (plan/vocabulary.h); a text is \xNN-escaped here, because a line is a line. */
#include "base/mem.h"
#include <systemd/sd-bus.h>

/* A basic type of D-Bus, as sd_bus_message_append_basic() wants it. */
union scalar {
	uint8_t y;
	int b;
	int32_t i;
	uint32_t u;
	int64_t x;
	uint64_t t;
	double d;
	const char *s;
};

struct scalars {
	union scalar *items;
	size_t n, room;
};

struct property {
	const char *name;
	const struct value_type *type;
	struct scalars value;
	bool dropped; /* the manager does not know it */
};

struct properties {
	struct property *items;
	size_t n, room;
};

struct pids {
	uint32_t *items;
	size_t n, room;
};

struct request {
	const char *unit; /* NULL: no line says it */
	struct pids pids;
	struct properties properties;
};

/* text is cut into pieces that the request points to. -EBADMSG with a sentence. */
int request_parse(struct arena *a, char *text, struct request *ret);
int request_parse_pid(struct arena *a, const char *text, struct pids *pids);
/* What D-Bus can carry as a string; a daemon hangs up on others. */
bool request_is_utf8(const char *text);

/* As (sv); below zero is what sd-bus says. */
int request_append_property(sd_bus_message *m, const struct property *p);
int request_append_pids(sd_bus_message *m, const struct pids *pids);
