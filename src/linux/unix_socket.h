/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* unix_socket.h - talk to somebody who listens on a path of any length, and give descriptors. */
#include "base/base.h"

/* A connected stream socket; sun_path's 107 bytes are no limit. */
int unix_connect(const char *path);
/* The same for a name in a directory, for at most timeout_ms: who listens may have stopped to take callers. */
int unix_connect_at(int dir, const char *name, int timeout_ms);
/* One message: data with one descriptor. */
int unix_send_fd(int sock, const void *data, size_t len, int fd);
/* The two together, and nothing more: what callers of OCI runtimes expect on their sockets for consoles and pidfds. */
int unix_pass_fd(const char *path, const char *name, int fd);
