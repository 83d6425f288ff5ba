/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/console.h"
#include "base/err.h"
#include "linux/inroot.h"
#include "linux/mount.h"
#include "linux/sys.h"
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

static int open_master(int root)
{
	/* No link on the way, and really a devpts: the root may have prepared something else (CVE-2025-52565). */
	autoclose int fd = inroot_open(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, INROOT_STRICT);
	struct statfs fs;

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC)
		return take_fd(&fd);
	if (fd >= 0)
		(void)close(fd);
	if ((fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		return err_sys("cannot open a pseudo-terminal");
	return take_fd(&fd);
}

int console_open(int root, uint32_t uid, struct console *ret)
{
	autoclose int master = open_master(root), slave = -1;
	int unlock = 0;

	if (master < 0)
		return master;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_sys("cannot unlock the pseudo-terminal");
	/* By the descriptor, never by the name in /dev/pts (ioctl_tty(2), TIOCGPTPEER). */
	if ((slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		return err_sys("cannot open the pseudo-terminal's other end");
	(void)fchown(slave, uid, (gid_t)-1); /* the host's devpts does not let us */
	*ret = (struct console){ .master = take_fd(&master), .slave = take_fd(&slave) };
	return 0;
}

int console_bind(int root, int slave)
{
	autoclose int target = inroot_make_file(root, "/dev/console", INROOT_STRICT), fd = -1;

	if (target < 0) {
		errno = -target;
		return err_sys("cannot make /dev/console");
	}
	if ((fd = mount_clone(slave, "", false)) < 0) {
		errno = -fd;
		return err_sys("cannot bind the terminal to /dev/console");
	}
	return mount_attach(fd, target);
}

int console_take(int slave)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys("cannot take the terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return err_sys("cannot connect to the terminal");
	return 0;
}

int console_set_size(int fd, uint16_t rows, uint16_t columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (rows && ioctl(fd, TIOCSWINSZ, &size) < 0)
		return err_sys("cannot set the size of the terminal");
	return 0;
}
