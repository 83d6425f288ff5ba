/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* text.h - texts of others on our terminal, and the time as text. */
#include "base/mem.h"

/* Control characters as \xNN, so that no name can move the cursor or fake a line; s itself when it has none. */
const char *text_escape(struct arena *a, const char *s);
/* "0.0.0.0:80", "[::1]:80". */
const char *text_host_port(struct arena *a, const char *addr, uint16_t port);
bool text_ends_with(const char *s, const char *end);
/* The time of day in UTC, to the microsecond (RFC 3339). */
const char *text_now(struct arena *a);
