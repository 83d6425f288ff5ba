/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/journal.h"
#include "base/file.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int journal_stream(const char *identifier)
{
	static const struct sockaddr_un journal = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/stdout" };
	autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char head[512];
	int r;

	if (sock < 0 || connect(sock, (const struct sockaddr *)&journal, sizeof(journal)) < 0)
		return -errno;
	/* The head of the protocol: identifier, unit, priority (6: info), whether lines say theirs, and three kinds of copies. */
	(void)snprintf(head, sizeof(head), "%s\n\n6\n0\n0\n0\n0\n", identifier);
	if ((r = write_all(sock, head, strlen(head))) < 0)
		return r;
	return take_fd(&sock);
}
