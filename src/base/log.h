/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* log.h - what the program wants to tell besides its result.
 *
 * base only knows that somebody listens: the command line decides where a line goes (stderr, --log, --log-format),
 * init sends its lines to the supervisor. Without a listener nothing is said. */
#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_line {
	enum log_level level;
	const char *code; /* stable name of a warning, or NULL */
	const char *text;
	struct advice advice;
};

typedef void log_sink(void *data, const struct log_line *line);

void log_listen(log_sink *sink, void *data, enum log_level up_to);
bool log_wants(enum log_level level);
void log_say(const struct log_line *line);
void log_warn(const char *code, const char *fmt, ...) printf_like(2, 3);
void log_debug(const char *fmt, ...) printf_like(1, 2);
