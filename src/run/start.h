/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* start.h - how a created container waits, and how it is told to go on.
 *
 * Its directory has two FIFOs. Process 1 sleeps in read(2) of "start"; it has both of them open before it enters its
 * root, and needs nothing but read, write and close from then on, because a seccomp filter may be on it already. Who starts
 * it writes one byte there and reads "result": its end without a word means that execve(2) closed it, anything else is
 * the error. "start" is there as long as the container has not been started. */
#include "base/base.h"

#define START_NAME "start"

/* Make both in the directory of a state. */
int start_make(int dir);
/* The ends of process 1. */
int start_open(int dir, int *ret_start, int *ret_result);
/* Sleep until the byte comes. */
int start_wait(int start);
/* Tell process 1 to go on; returns when it executes its program, or -errno with its sentence. -ESRCH with no sentence:
 * nobody waits there. */
int start_tell(int dir);
/* Nobody waits for a start any more, or nobody ever did. */
void start_forget(int dir);
