/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/start.h"
#include "base/file.h"
#include "linux/sync.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

static const char start_name[] = START_NAME, result_name[] = "result";

int start_make(int dir)
{
	if (mkfifoat(dir, start_name, 0600) < 0 || mkfifoat(dir, result_name, 0600) < 0)
		return err_sys("cannot make the FIFOs of the container's start");
	return 0;
}

int start_open(int dir, int *ret_start, int *ret_result)
{
	/* For both directions: neither open blocks, reading never ends by itself, and writing never raises SIGPIPE. */
	*ret_start = openat(dir, start_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	*ret_result = openat(dir, result_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_start < 0 || *ret_result < 0)
		return err_sys("cannot open the FIFOs of the container's start");
	return 0;
}

int start_wait(int start)
{
	char byte;

	while (read(start, &byte, 1) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for the start");
	return 0;
}

int start_tell(int dir)
{
	autoclose int start = openat(dir, start_name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC), result = -1;

	/* ENXIO: the FIFO is there, but not process 1 (fifo(7)). */
	if (start < 0)
		return errno == ENXIO || errno == ENOENT ? -ESRCH : err_sys("cannot reach the container's first process");
	/* Opened before the byte is sent: what is said from then on is not lost. */
	if ((result = openat(dir, result_name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_sys("cannot open the FIFO of the container's result");
	if (write(start, "", 1) != 1)
		return errno == EPIPE ? -ESRCH : err_sys("cannot reach the container's first process");
	if (unlinkat(dir, start_name, 0) < 0)
		return -ESRCH; /* another start was faster */
	return sync_read_error(result);
}

void start_forget(int dir)
{
	(void)unlinkat(dir, start_name, 0);
}
