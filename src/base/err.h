/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* err.h - an errno for the program, a sentence for the person.
 *
 * A function returns 0 (or a value) on success and -errno on failure; the sentence is recorded here, once, where the
 * failure happened. Whoever is above adds only what the reader lacks (err_in). Only the command line prints it. */
#include "base/base.h"

enum { ERR_TEXT_MAX = 4096 };

/* How urun itself fails, product-wide (the same numbers as env(1), podman and docker). */
enum exit_status {
	EXIT_TIMEOUT = 124,
	EXIT_URUN = 125,     /* urun failed */
	EXIT_NOEXEC = 126,   /* the command was found but cannot be executed */
	EXIT_NOTFOUND = 127, /* the command was not found */
};

/* The four parts of a message; cause, fix and now may be NULL. Lines of fix and now are separated by '\n'. */
struct advice {
	const char *cause; /* one sentence about this host */
	const char *fix;   /* a command for the administrator, ready to paste */
	const char *now;   /* what the user can do without root */
};

struct err {
	int num;	  /* errno */
	int status;	  /* exit status of the command */
	const char *code; /* stable name, described in urun-errors(7) */
	const char *text;
	struct advice advice;
};

/* All return -num. The texts are copied. */
int err_set(int num, const char *code, const char *fmt, ...) printf_like(3, 4);
int err_status(int num, int status, const char *code, const char *fmt, ...) printf_like(4, 5);
/* With ": strerror(errno)" behind the sentence; returns -errno. */
int err_sys(const char *fmt, ...) printf_like(1, 2);
/* Put "context: " before the recorded sentence; returns r. */
int err_in(int r, const char *fmt, ...) printf_like(2, 3);
/* Attach cause, fix and now to the recorded sentence; returns r. */
int err_advise(int r, const struct advice *advice);
/* Record an error that another process has described. */
int err_restore(const struct err *e);

const struct err *err_last(void);

struct arena;
/* A copy of the record, for whoever goes on and comes back to it. */
const struct err *err_keep(struct arena *a);
