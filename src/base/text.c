/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

const char *text_escape(struct arena *a, const char *s)
{
	const char *first = s;
	char *escaped, *p;

	while (*first && !is_control(*first))
		first++;
	if (!*first)
		return s;
	p = escaped = arena_alloc(a, strlen(s) * 4 + 1);
	for (; *s; s++)
		if (is_control(*s))
			p += sprintf(p, "\\x%02x", (unsigned char)*s);
		else
			*p++ = *s;
	return escaped;
}

const char *text_now(struct arena *a)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	return arena_printf(a, "%s.%06ldZ", text, now.tv_nsec / 1000);
}

bool text_ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

const char *text_host_port(struct arena *a, const char *addr, uint16_t port)
{
	return arena_printf(a, strchr(addr, ':') ? "[%s]:%u" : "%s:%u", addr, port);
}
