/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/mount.h"
#include "base/err.h"
#include "linux/sys.h"
#include <string.h>

/* The kernel explains a refused option in the log of the context: lines like "e tmpfs: Bad value for 'size'". */
static int context_error(int fs, const char *fstype, const char *what)
{
	int num = errno;
	char text[512];
	ssize_t n = read(fs, text, sizeof(text) - 1);

	errno = num;
	if (n <= 2)
		return err_sys("cannot %s %s", what, fstype);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return err_set(num, "mount", "cannot %s %s: %s", what, fstype, text + 2);
}

static int configure(int fs, const char *fstype, const struct strv *data)
{
	for (size_t i = 0; i < data->n; i++) {
		char key[256];
		const char *value = strchr(data->v[i], '=');
		size_t len = value ? (size_t)(value - data->v[i]) : strlen(data->v[i]);
		int r;

		if (len >= sizeof(key))
			return err_set(EINVAL, "mount", "cannot mount %s: option '%s' is too long", fstype, data->v[i]);
		memcpy(key, data->v[i], len);
		key[len] = '\0';
		r = value ? sys_fsconfig(fs, FSCONFIG_SET_STRING, key, value + 1, 0) : sys_fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
		if (r < 0)
			return context_error(fs, fstype, "configure");
	}
	return 0;
}

int mount_new(const char *fstype, const char *source, const struct strv *data, const struct mount_flags *flags)
{
	autoclose int fs = sys_fsopen(fstype, FSOPEN_CLOEXEC);
	int fd, r;

	if (fs < 0)
		return err_sys("cannot mount %s", fstype);
	if (source && sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return context_error(fs, fstype, "configure");
	if ((r = configure(fs, fstype, data)) < 0)
		return r;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return context_error(fs, fstype, "mount");
	fd = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)(flags->set | flags->set_all));
	if (fd < 0)
		return context_error(fs, fstype, "mount");
	return fd;
}

int mount_clone(int dirfd, const char *path, bool recursive)
{
	const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (*path ? 0 : AT_EMPTY_PATH);
	int fd = sys_open_tree(dirfd, path, flags | (recursive ? AT_RECURSIVE : 0));

	/* What was mounted below before our namespace was made is locked to its place, all or nothing
	 * (mount_namespaces(7)): a plain bind is EINVAL then. */
	if (fd < 0 && errno == EINVAL && !recursive)
		fd = sys_open_tree(dirfd, path, flags | AT_RECURSIVE);
	return fd < 0 ? -errno : fd;
}

static int setattr(int fd, uint64_t set, uint64_t clear, uint64_t propagation, unsigned flags)
{
	const struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	if (!set && !clear && !propagation)
		return 0;
	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr) == 0)
		return 0;
	if (errno == EPERM && clear)
		return err_set(EPERM, "mount-locked",
			       "cannot remove a restriction (ro, nosuid, nodev, noexec or atime) that the host "
			       "has put on this mount: leave out rw, suid, dev, exec and the atime option");
	return err_sys("cannot change the flags of the mount");
}

int mount_change(int fd, const struct mount_flags *f)
{
	int r;

	if ((r = setattr(fd, f->set, f->clear, f->propagation, 0)) < 0)
		return r;
	return setattr(fd, f->set_all, f->clear_all, f->propagation_all, AT_RECURSIVE);
}

int mount_attach(int mount, int target)
{
	if (sys_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_sys("cannot put the mount into place");
	return 0;
}

int mount_idmap(int mount, int userns, bool recursive)
{
	const struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)userns };

	if (sys_mount_setattr(mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr) == 0)
		return 0;
	if (errno == EPERM || errno == EINVAL)
		return err_advise(
			err_sys("idmap: cannot map the ids of this mount"),
			&(struct advice){ .cause = "the kernel lets only the owner of the whole file system do that, and this one "
						   "belongs to the host",
					  .now = "leave out idmap, and choose the container's ids with --uidmap and --gidmap instead" });
	return err_sys("idmap: cannot map the ids of this mount");
}
