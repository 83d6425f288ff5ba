/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* console.h - a pseudo-terminal from the container's own devpts. */
#include "base/base.h"

struct console {
	int master, slave;
};

/* root: the container's "/", before it is entered. Without a devpts in the container the host's serves. The slave
 * belongs to uid, which opens it by name again. */
int console_open(int root, uint32_t uid, struct console *ret);
/* Show the slave as /dev/console. */
int console_bind(int root, int slave);
/* Make the slave our controlling terminal and standard input, output and error; we lead a session already. */
int console_take(int slave);
/* 0 rows: left as it is. */
int console_set_size(int fd, uint16_t rows, uint16_t columns);
