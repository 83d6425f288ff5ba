/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * racer PATH OTHER - exchange two names for each other, as fast as the kernel can, until killed.
 *
 * One is what a runtime expects to find in a root file system, the other what an attacker wants it to use.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 125;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A runtime may remove what it has made, and with it one of the names: go on when it is back. */
	for (;;)
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
			usleep(1000);
}
