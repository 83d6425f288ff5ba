/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>

enum { REASON_MAX = 128 };

/* One record per process: the same idea as errno, with words. */
static struct {
	struct err err;
	char code[64], text[ERR_TEXT_MAX], cause[ERR_TEXT_MAX], fix[ERR_TEXT_MAX], now[ERR_TEXT_MAX];
} last;

static const char *keep(char *to, size_t size, const char *from)
{
	if (!from)
		return NULL;
	(void)snprintf(to, size, "%s", from);
	return to;
}

static void record(int num, int status, const char *code, const char *fmt, va_list ap)
{
	(void)vsnprintf(last.text, sizeof(last.text), fmt, ap);
	last.err = (struct err){
		.num = num,
		.status = status,
		.code = keep(last.code, sizeof(last.code), code),
		.text = last.text,
	};
}

int err_set(int num, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(num, EXIT_URUN, code, fmt, ap);
	va_end(ap);
	return -num;
}

int err_status(int num, int status, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(num, status, code, fmt, ap);
	va_end(ap);
	return -num;
}

int err_sys(const char *fmt, ...)
{
	int num = errno ? errno : EIO;
	size_t used;
	va_list ap;

	va_start(ap, fmt);
	record(num, EXIT_URUN, "system", fmt, ap);
	va_end(ap);
	/* A path may be as long as the whole text: the reason is worth more than its end. */
	used = strnlen(last.text, sizeof(last.text) - REASON_MAX);
	(void)snprintf(last.text + used, sizeof(last.text) - used, ": %s", strerror(num));
	return -num;
}

int err_in(int r, const char *fmt, ...)
{
	char inner[ERR_TEXT_MAX];
	va_list ap;
	size_t used;

	(void)snprintf(inner, sizeof(inner), "%s", last.text);
	va_start(ap, fmt);
	(void)vsnprintf(last.text, sizeof(last.text), fmt, ap);
	va_end(ap);
	used = strlen(last.text);
	(void)snprintf(last.text + used, sizeof(last.text) - used, ": %s", inner);
	return r;
}

int err_advise(int r, const struct advice *advice)
{
	last.err.advice = (struct advice){
		.cause = keep(last.cause, sizeof(last.cause), advice->cause),
		.fix = keep(last.fix, sizeof(last.fix), advice->fix),
		.now = keep(last.now, sizeof(last.now), advice->now),
	};
	return r;
}

int err_restore(const struct err *e)
{
	(void)err_status(e->num, e->status, e->code, "%s", e->text);
	return err_advise(-e->num, &e->advice);
}

const struct err *err_last(void)
{
	return &last.err;
}

static const char *copy(struct arena *a, const char *s)
{
	return s ? arena_strdup(a, s) : NULL;
}

const struct err *err_keep(struct arena *a)
{
	struct err *kept = arena_alloc(a, sizeof(*kept));

	*kept = last.err;
	kept->code = copy(a, last.err.code);
	kept->text = copy(a, last.err.text ? last.err.text : "");
	kept->advice.cause = copy(a, last.err.advice.cause);
	kept->advice.fix = copy(a, last.err.advice.fix);
	kept->advice.now = copy(a, last.err.advice.now);
	return kept;
}
