/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include <stdarg.h>
#include <stdio.h>

static struct {
	log_sink *sink;
	void *data;
	enum log_level up_to;
} listener;

void log_listen(log_sink *sink, void *data, enum log_level up_to)
{
	listener.sink = sink;
	listener.data = data;
	listener.up_to = up_to;
}

bool log_wants(enum log_level level)
{
	return listener.sink && level <= listener.up_to;
}

void log_say(const struct log_line *line)
{
	if (log_wants(line->level))
		listener.sink(listener.data, line);
}

static void say(enum log_level level, const char *code, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX];

	if (!log_wants(level))
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	log_say(&(struct log_line){ .level = level, .code = code, .text = text });
}

void log_warn(const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_LEVEL_WARNING, code, fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_LEVEL_DEBUG, NULL, fmt, ap);
	va_end(ap);
}
