/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* journal.h - a stream into the journal of systemd (systemd-journald.service(8), "STREAM LOGGING"). */
#include "base/base.h"

/* A descriptor whose lines become entries with this SYSLOG_IDENTIFIER; -errno without a sentence where there is no journal. */
int journal_stream(const char *identifier);
