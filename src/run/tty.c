/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/tty.h"
#include "base/err.h"
#include "base/file.h"
#include <fcntl.h>

int tty_begin(struct tty *t, int master)
{
	struct termios raw;

	*t = (struct tty){ .master = master, .input_open = true };
	if (fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		return err_sys("cannot use the container's terminal");
	if (tcgetattr(STDIN_FILENO, &t->saved) < 0)
		return 0; /* standard input is no terminal: its bytes are typed */
	raw = t->saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return err_sys("cannot set the terminal to raw mode");
	t->raw = true;
	return 0;
}

void tty_end(struct tty *t)
{
	if (t->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
	t->raw = false;
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

void tty_poll(const struct tty *t, struct pollfd fds[2])
{
	bool full = t->end > t->begin;

	fds[0] = (struct pollfd){ .fd = t->master, .events = (short)(POLLIN | (full ? POLLOUT : 0)) };
	fds[1] = (struct pollfd){ .fd = t->master >= 0 && t->input_open && !full ? STDIN_FILENO : -1, .events = POLLIN };
}

static void read_input(struct tty *t)
{
	ssize_t n = read(STDIN_FILENO, t->pending, sizeof(t->pending));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		/* The end of a file or pipe is what a typist says with Ctrl-D. */
		t->input_open = false;
		t->pending[0] = 4;
		n = n == 0 ? 1 : 0;
	}
	t->begin = 0;
	t->end = (size_t)n;
}

static void write_pending(struct tty *t)
{
	ssize_t n = write(t->master, t->pending + t->begin, t->end - t->begin);

	if (n > 0)
		t->begin += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		t->begin = t->end;
}

/* False at the end: EIO says that no process has the other side open (pty(7)). */
static bool copy_output(struct tty *t)
{
	char buf[8192];
	ssize_t n = read(t->master, buf, sizeof(buf));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	return n > 0 && write_all(STDOUT_FILENO, buf, (size_t)n) == 0;
}

void tty_copy(struct tty *t, const struct pollfd fds[2])
{
	if (fds[1].revents)
		read_input(t);
	if (t->end > t->begin)
		write_pending(t);
	if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) && !copy_output(t))
		(void)close(take_fd(&t->master));
}

void tty_drain(struct tty *t)
{
	char buf[8192];
	ssize_t n;

	while (t->master >= 0 && (n = read(t->master, buf, sizeof(buf))) > 0)
		if (write_all(STDOUT_FILENO, buf, (size_t)n) < 0)
			return;
}
