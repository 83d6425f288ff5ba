/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* tty.h - between the caller's terminal and the container's: raw mode, both directions, the size.
 *
 * Neither side can block us: what one of them does not take yet waits in a buffer, and no more is read meanwhile. */
#include "run/talk.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

struct flow {
	char bytes[4096]; /* PIPE_BUF: so much a pipe takes at once when poll(2) says that it is writable */
	size_t begin, end;
};

struct tty {
	int master; /* -1: there is no terminal */
	int slave;  /* kept open, so that a program may close its own and open it again */
	bool raw;   /* the caller's terminal has to be restored */
	struct termios saved;
	bool input_open, line_open; /* line_open: the last byte for the container was no newline */
	struct flow in, out;
};

/* The size of the caller's terminal; 0 where there is none. */
struct winsize tty_callers_size(void);
/* Take the terminal from the process inside, for us, or for who listens at the path (NULL: for us). */
int tty_connect(struct tty *t, const struct talk *talk, const char *console_socket);
/* After we were stopped, or when we come to the foreground. */
void tty_resume(struct tty *t);
/* The caller's terminal as it was; also when nothing was begun. */
void tty_end(struct tty *t);
void tty_resize(const struct tty *t);

enum { TTY_POLLS = 3 };
/* Fill the entries for poll(2), and act on what it says. */
void tty_poll(const struct tty *t, struct pollfd fds[TTY_POLLS]);
void tty_copy(struct tty *t, const struct pollfd fds[TTY_POLLS]);
/* What the container wrote before it ended; a signal at signal_fd that asks to end cuts it short. */
void tty_drain(struct tty *t, int signal_fd);
