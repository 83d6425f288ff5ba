/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/tty.h"
#include "base/err.h"
#include "linux/signals.h"
#include "linux/unix_socket.h"
#include <fcntl.h>

/* ---- the caller's side ---- */

/* Only the foreground may change a terminal: in the background it is the shell's. */
static int set_raw(struct tty *t)
{
	struct termios raw;

	if (t->master < 0 || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &raw) < 0)
		return 0; /* where standard input is no terminal its bytes are typed */
	if (!t->raw)
		t->saved = raw;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return err_sys("cannot set the terminal to raw mode");
	t->raw = true;
	return 0;
}

/* Owns master from now on. */
static int begin(struct tty *t, int master)
{
	*t = (struct tty){ .master = master, .slave = -1, .input_open = true };
	if (fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		return err_sys("cannot use the container's terminal");
	t->slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return set_raw(t);
}

int tty_connect(struct tty *t, const struct talk *talk, const char *console_socket)
{
	autoclose int master = -1;
	int r = talk_hear(talk, SYNC_CONSOLE, NULL, &master);

	if (r < 0)
		return r;
	return console_socket ? unix_pass_fd(console_socket, "/dev/pts/ptmx", master) : begin(t, take_fd(&master));
}

void tty_resume(struct tty *t)
{
	t->input_open = t->master >= 0;
	(void)set_raw(t);
	tty_resize(t);
}

void tty_end(struct tty *t)
{
	if (t->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
	t->raw = false;
	if (t->slave >= 0)
		(void)close(take_fd(&t->slave));
	if (t->master >= 0)
		(void)close(take_fd(&t->master));
}

struct winsize tty_callers_size(void)
{
	struct winsize size = { 0 };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, &size) == 0)
			return size;
	return size;
}

void tty_resize(const struct tty *t)
{
	const struct winsize size = tty_callers_size();

	if (t->master >= 0 && size.ws_row)
		(void)ioctl(t->master, TIOCSWINSZ, &size);
}

/* ---- both directions ---- */

static bool is_empty(const struct flow *f)
{
	return f->begin == f->end;
}

/* Returns what read(2) does; a refusal for now is 0 bytes more, not the end. */
static ssize_t fill(struct flow *f, int fd, bool *ret_end)
{
	ssize_t n = read(fd, f->bytes, sizeof(f->bytes));

	*ret_end = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	f->begin = 0;
	f->end = n > 0 ? (size_t)n : 0;
	return n;
}

/* False when nobody takes it any more. */
static bool empty(struct flow *f, int fd)
{
	ssize_t n = write(fd, f->bytes + f->begin, f->end - f->begin);

	if (n > 0)
		f->begin += (size_t)n;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

void tty_poll(const struct tty *t, struct pollfd fds[TTY_POLLS])
{
	bool to_read = is_empty(&t->out), to_write = !is_empty(&t->in);

	fds[0] = (struct pollfd){
		.fd = to_read || to_write ? t->master : -1,
		.events = (short)((to_read ? POLLIN : 0) | (to_write ? POLLOUT : 0)),
	};
	fds[1] = (struct pollfd){ .fd = t->master >= 0 && t->input_open && !to_write ? STDIN_FILENO : -1, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = t->master >= 0 && !to_read ? STDOUT_FILENO : -1, .events = POLLOUT };
}

/* The end of a file or pipe is what a typist says with Ctrl-D; in the middle of a line that only sends the line. */
static void type_end(struct tty *t)
{
	t->in.bytes[0] = t->in.bytes[1] = 4;
	t->in.begin = 0;
	t->in.end = t->line_open ? 2 : 1;
}

static void read_input(struct tty *t)
{
	bool end;
	ssize_t n = fill(&t->in, STDIN_FILENO, &end);

	if (n > 0)
		t->line_open = t->in.bytes[n - 1] != '\n';
	if (!end)
		return;
	t->input_open = false;
	if (n == 0) /* an error is no end: in the background the terminal refuses us (EIO) */
		type_end(t);
}

void tty_copy(struct tty *t, const struct pollfd fds[TTY_POLLS])
{
	bool end;

	if (t->master < 0)
		return;
	if (fds[1].revents)
		read_input(t);
	if (!is_empty(&t->in) && !empty(&t->in, t->master))
		t->in.begin = t->in.end;
	if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) && is_empty(&t->out)) {
		(void)fill(&t->out, t->master, &end);
		if (end)
			(void)close(take_fd(&t->master));
	}
	/* Nobody reads: as with a terminal that is gone, the program gets a hangup. */
	if (fds[2].revents && !empty(&t->out, STDOUT_FILENO) && t->master >= 0) {
		(void)close(take_fd(&t->slave));
		(void)close(take_fd(&t->master));
	}
}

void tty_drain(struct tty *t, int signal_fd)
{
	bool end = false;

	while (t->master >= 0) {
		struct pollfd p[2] = { { .fd = STDOUT_FILENO, .events = POLLOUT }, { .fd = signal_fd, .events = POLLIN } };

		if (is_empty(&t->out) && (end || fill(&t->out, t->master, &end) <= 0))
			return;
		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents && !empty(&t->out, STDOUT_FILENO))
			return;
		if (p[1].revents && signals_ask_to_end(signal_fd) < 0)
			return;
	}
}
