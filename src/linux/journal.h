/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* journal.h - the logs of the host: the journal of systemd (systemd-journald.service(8), "STREAM LOGGING"), and syslog(3). */
#include "base/base.h"

/* A descriptor whose lines become entries with this SYSLOG_IDENTIFIER; -1 and errno where there is no journal. */
int journal_stream(const char *identifier);
/* A socket that takes one message a write; -1 and errno. */
int syslog_open(void);
