/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* tap.h - what a test claims, as lines of the Test Anything Protocol. */
#include "base/base.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_claims, tap_failed;

static void tap_line(bool holds, const char *fmt, va_list ap)
{
	tap_claims++;
	tap_failed += !holds;
	printf("%sok %d - ", holds ? "" : "not ", tap_claims);
	(void)vprintf(fmt, ap);
}

static inline void claim(bool holds, const char *fmt, ...) printf_like(2, 3);

static inline void claim(bool holds, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(holds, fmt, ap);
	va_end(ap);
	printf("\n");
}

/* NULL is a value like any other. */
static inline void claim_text(const char *got, const char *wanted, const char *fmt, ...) printf_like(3, 4);

static inline void claim_text(const char *got, const char *wanted, const char *fmt, ...)
{
	bool holds = got == wanted || (got && wanted && strcmp(got, wanted) == 0);
	va_list ap;

	va_start(ap, fmt);
	tap_line(holds, fmt, ap);
	va_end(ap);
	printf("\n");
	if (!holds)
		printf("# got    %s\n# wanted %s\n", got ? got : "(nothing)", wanted ? wanted : "(nothing)");
}

static inline void skip(const char *why, const char *fmt, ...) printf_like(2, 3);

static inline void skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(true, fmt, ap);
	va_end(ap);
	printf(" # SKIP %s\n", why);
}

/* The last thing main() does. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_claims);
	return tap_failed > 0;
}

/* Where the sources of the tests are. */
static inline const char *top_srcdir(void)
{
	const char *dir = getenv("top_srcdir");

	if (!dir)
		dir = getenv("srcdir");
	return dir ? dir : ".";
}
