/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* tty.h - between the caller's terminal and the container's: raw mode, both directions, the size.
 *
 * Never blocks on the container's side: what it does not take yet waits in a buffer, and no more is read meanwhile. */
#include "base/base.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

struct tty {
	int master; /* -1: there is no terminal */
	bool raw;   /* the caller's terminal has to be restored */
	struct termios saved;
	bool input_open;
	char pending[4096]; /* for the container */
	size_t begin, end;
};

/* The size of the caller's terminal; 0 where there is none. */
struct winsize tty_callers_size(void);
/* Owns master from now on. */
int tty_begin(struct tty *t, int master);
/* The caller's terminal as it was; also when nothing was begun. */
void tty_end(struct tty *t);
void tty_resize(const struct tty *t);
/* Fill two entries for poll(2), and act on what it says. */
void tty_poll(const struct tty *t, struct pollfd fds[2]);
void tty_copy(struct tty *t, const struct pollfd fds[2]);
/* What the container wrote before it ended. */
void tty_drain(struct tty *t);
