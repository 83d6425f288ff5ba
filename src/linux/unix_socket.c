/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/unix_socket.h"
#include "base/err.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A name that fits: through a descriptor of its directory. */
static int name_in(int dir, const char *name, struct sockaddr_un *address)
{
	if (snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s", dir, name) >= (int)sizeof(address->sun_path))
		return err_set(ENAMETOOLONG, "socket", "the name of the socket '%s' is too long", name);
	return 0;
}

static int shorten(const char *path, struct sockaddr_un *address, int *ret_dir)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char dir[PATH_MAX];

	if (strlen(path) < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, strlen(path) + 1);
		return 0;
	}
	if (!slash || (size_t)(slash - path) >= sizeof(dir))
		return err_set(ENAMETOOLONG, "socket", "the socket path '%s' is too long", path);
	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	if ((*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys("cannot open '%s'", dir);
	return name_in(*ret_dir, name, address);
}

int unix_connect(const char *path)
{
	autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), dir = -1;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	if (sock < 0)
		return err_sys("cannot make a socket");
	if ((r = shorten(path, &address, &dir)) < 0)
		return r;
	if (connect(sock, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys("cannot connect to '%s'", path);
	return take_fd(&sock);
}

int unix_connect_at(int dir, const char *name, int timeout_ms)
{
	autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval patience = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	/* connect(2) waits for room in the queue of who listens, and for no longer than this. */
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return err_sys("cannot make a socket");
	if ((r = name_in(dir, name, &address)) < 0)
		return r;
	if (connect(sock, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		errno = errno == EAGAIN ? ETIMEDOUT : errno;
		return err_sys("cannot connect to '%s'", name);
	}
	return take_fd(&sock);
}

int unix_send_fd(int sock, const void *data, size_t len, int fd)
{
	struct iovec iov = { (void *)(uintptr_t)data, len };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	const struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};

	control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) != (ssize_t)len)
		return err_sys("cannot send a descriptor");
	return 0;
}

int unix_pass_fd(const char *path, const char *name, int fd)
{
	autoclose int sock = unix_connect(path);

	return sock < 0 ? sock : unix_send_fd(sock, name, strlen(name), fd);
}
