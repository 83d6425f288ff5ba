/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* sync.h - supervisor and init talk in words over one SOCK_SEQPACKET pair.
 *
 * One record is one word, one number, up to SYNC_DATA_MAX bytes and at most one descriptor. Whoever waits knows what it
 * waits for: any other word, the peer's error and the peer's death are the same local error with a sentence. */
#include "base/log.h"

enum sync_word {
	SYNC_LOG,      /* init → supervisor, at any time: a line to tell */
	SYNC_ERROR,    /* either: the sender gives up, and why */
	SYNC_INIT_PID, /* stage → supervisor: the process id of init */
	SYNC_MAPPED,   /* supervisor → init: your ids are there; data: the seccomp program */
	SYNC_BUILT,    /* init → supervisor: namespaces and mounts are made, run the hooks of the host */
	SYNC_GO,       /* supervisor → init: go on */
	SYNC_CONSOLE,  /* init → supervisor: the terminal's other end */
	SYNC_LISTENER, /* init → supervisor: the seccomp listener */
	SYNC_CREATED,  /* init → supervisor: all is ready, and I shall live on without you; it answers GO */
	SYNC_EXEC,     /* not sent: the end of the socket, because exec closed it */
};

enum { SYNC_DATA_MAX = 40 * 1024 };

int sync_pair(int ret[2]);
/* fd -1: none. */
int sync_send(int sock, enum sync_word word, int32_t value, const void *data, size_t len, int fd);
int sync_send_error(int sock);
/* The same through a FIFO, when the supervisor is gone; and its other end: 0 when the FIFO ended without a word, which is
 * success, or the error of the writer. */
void sync_write_error(int fifo);
int sync_read_error(int fifo);
/* A word with nothing else, by write(2) and read(2): a seccomp filter that is on the sender allows these. */
int sync_write(int sock, enum sync_word word);
int sync_read(int sock, enum sync_word word);
/* data has room for size bytes; ret_len, ret_value and ret_fd may be NULL where nothing is expected. */
int sync_expect(int sock, enum sync_word word, int32_t *ret_value, void *data, size_t size, size_t *ret_len, int *ret_fd);
/* The peer is still there; checked without waiting. */
bool sync_alive(int sock);
/* Log lines of this process go to the peer. */
void sync_log_to(int *sock, enum log_level up_to);
