/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* report.h - how messages look: on standard error, in --log, as text or JSON. The only file that prints them. */
#include "base/log.h"
#include "base/mem.h"

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct report {
	const char *program;	 /* "urun" */
	int format;		 /* enum log_format */
	enum log_level level;	 /* the least that is told */
	int log;		 /* where --log goes, -1 for none */
	const char *log_head;	 /* in front of each line there */
	bool quiet_stderr;	 /* warnings go to --log only: a caller that reads standard error expects none */
	const char *quiet_codes; /* $URUN_QUIET: "code,code" */
	struct arena *arena;
	struct strv held;    /* warnings for a log in JSON, see hold_back() */
	bool wants_warnings; /* somebody has said which level */
};

/* Listen to log.h from now on, until report_end(). */
void report_begin(struct report *r);
void report_end(struct report *r);
/* A path, with "file:" in front or not; "journald:NAME" and "syslog:NAME" as with crun. */
int report_open_log(struct report *r, const char *path);
/* The recorded error, to standard error and to --log; returns its exit status. */
int report_error(struct report *r);
