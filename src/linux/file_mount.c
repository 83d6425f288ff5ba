/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/file_mount.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/mount.h"
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

/* Only of an attached mount can a part be copied (open_tree(2), before Linux 6.15), so it is attached first. */
int file_mount_begin(int dir)
{
	char *options[] = { (char[]){ "size=4m" }, (char[]){ "mode=755" }, NULL };
	const uint64_t flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	autoclose int tmpfs = mount_new("tmpfs", "tmpfs", &(struct strv){ .v = options, .n = 2 }, &(struct mount_flags){ .set = flags });
	int r;

	if (tmpfs < 0)
		return tmpfs;
	return (r = mount_attach(tmpfs, dir)) < 0 ? r : take_fd(&tmpfs);
}

int file_mount_make(int tmpfs, size_t number, const char *text)
{
	autoclose int fd = -1;
	char name[32];
	int mount;

	(void)snprintf(name, sizeof(name), "%zu", number);
	fd = openat(tmpfs, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
		return err_sys("cannot write a file for the container");
	if ((mount = mount_clone(tmpfs, name, false)) < 0) {
		errno = -mount;
		return err_sys("cannot bind a file for the container");
	}
	return mount;
}
