/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* signals.h - signals as something to read, not as something that happens. */
#include "base/base.h"

/* Block all of them and get a signalfd, or -errno with a sentence. */
int signals_catch(void);
/* For a program that we start: none blocked, none ignored, as if nobody had been before it. */
void signals_reset(void);
/* The next one, 0 when there is none now. */
int signals_next(int signal_fd);
/* What a user does to make a program end: TERM, INT, HUP, QUIT. */
bool signal_asks_to_end(int sig);
/* -EINTR with a sentence and the exit status when such a one is there; the others are taken away. */
int signals_ask_to_end(int signal_fd);
/* "9", "KILL", "SIGKILL", "RTMIN+3", "RTMAX-1"; 0 for what is none. Names may be in lower case. */
int signal_from_name(const char *name);
