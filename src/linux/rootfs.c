/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/rootfs.h"
#include "base/log.h"
#include "linux/copy_up.h"
#include "linux/file_mount.h"
#include "linux/idmap.h"
#include "linux/inroot.h"
#include "linux/mount.h"
#include "linux/sys.h"
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

/* <linux/fs.h> has MS_PRIVATE but redefines struct mount_attr's friends in some versions. */
enum { PROPAGATION_PRIVATE = 1 << 18 };

static const char *name_of(const struct mount_op *op)
{
	return op->kind == MOUNT_BIND || op->kind == MOUNT_DEVICE ? op->source : op->fstype ? op->fstype : op->target;
}

static int in_op(const struct mount_op *op, int r)
{
	return err_in(r, "%s: cannot mount %s on '%s'", op->origin, name_of(op), op->target);
}

int rootfs_isolate(void)
{
	const struct mount_attr attr = { .propagation = PROPAGATION_PRIVATE };

	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr) < 0)
		return err_sys("cannot make the mounts private (needs Linux 5.12)");
	return 0;
}

/* ---- prepare ---- */

/* These need no ids to be made, unless an option names one, or whoever makes them, whose the root directory will be,
 * gets another id. Of other file systems nobody knows. */
static bool needs_ids(const struct rootfs *r, const struct mount_op *op)
{
	if (!r->own_ids)
		return true;
	if (op->kind == MOUNT_CGROUP)
		return op->late;
	if (strcmp(op->fstype, "proc") != 0 && strcmp(op->fstype, "sysfs") != 0 && strcmp(op->fstype, "tmpfs") != 0 &&
	    strcmp(op->fstype, "mqueue") != 0)
		return true;
	for (size_t i = 0; i < op->data.n; i++)
		if (strncmp(op->data.v[i], "uid=", 4) == 0 || strncmp(op->data.v[i], "gid=", 4) == 0)
			return true;
	return false;
}

/* A tmpfs gets its mode and contents first, and becomes read-only then. */
static int make_fs(const struct mount_op *op)
{
	const uint64_t later = strcmp(op->fstype, "tmpfs") == 0 ? MOUNT_ATTR_RDONLY : 0;
	const struct mount_flags flags = { .set = op->flags.set & ~later, .set_all = op->flags.set_all & ~later };

	return mount_new(op->fstype, op->source, &op->data, &flags);
}

static int apply_idmap(const struct mount_op *op, int fd)
{
	autoclose int userns = -1;

	if (!op->idmap_uid)
		return 0;
	if ((userns = idmap_userns(op->idmap_uid, op->idmap_gid)) < 0)
		return userns;
	return mount_idmap(fd, userns, op->idmap_all);
}

static int make_bind(const struct mount_op *op)
{
	autoclose int fd = mount_clone(AT_FDCWD, op->source, op->recursive);
	struct statfs fs;
	int r;

	if (fd < 0) {
		errno = -fd;
		return err_sys("cannot open the source '%s'", op->source);
	}
	if (op->is_proc && (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return err_set(EINVAL, "proc-fake", "'%s' is not a procfs", op->source);
	if ((r = mount_change(fd, &op->flags)) < 0)
		return r;
	return take_fd(&fd);
}

static int make_device(const struct mount_op *op)
{
	autoclose int fd = mount_clone(AT_FDCWD, op->source, false);
	struct stat st;
	int r;

	if (fd < 0) {
		errno = -fd;
		return err_sys("cannot open the device");
	}
	if (fstat(fd, &st) < 0)
		return err_sys("cannot look at the device");
	if (!(op->dev_type == 'b' ? S_ISBLK(st.st_mode) : S_ISCHR(st.st_mode)) || major(st.st_rdev) != op->dev_major ||
	    minor(st.st_rdev) != op->dev_minor)
		return err_set(ENODEV, "device-other", "the host has another device there than %u:%u", op->dev_major, op->dev_minor);
	if ((r = mount_change(fd, &op->flags)) < 0)
		return r;
	return take_fd(&fd);
}

/* What a user namespace cannot mount freshly is the caller's, read-only with all below it. */
static int make_cgroup(const struct mount_op *op)
{
	const struct mount_op bind = {
		.kind = MOUNT_BIND,
		.source = op->source,
		.target = op->target,
		.recursive = true,
		.flags = { .set_all = op->flags.set | MOUNT_ATTR_RDONLY },
	};
	int fd = mount_new("cgroup2", "cgroup2", &(struct strv){ 0 }, &op->flags);

	return fd >= 0 ? fd : make_bind(&bind);
}

static int prepare(const struct mount_op *op)
{
	switch (op->kind) {
	case MOUNT_FS:
		return make_fs(op);
	case MOUNT_BIND:
		return make_bind(op);
	case MOUNT_DEVICE:
		return make_device(op);
	case MOUNT_CGROUP:
		return make_cgroup(op);
	default:
		return -EINVAL;
	}
}

static int open_null(void)
{
	autoclose int fd = open("/dev/null", O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys("cannot open '/dev/null'");
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(ENODEV, "device-other", "the host's /dev/null is something else");
	return take_fd(&fd);
}

static bool hides_something(const struct mount_ops *ops)
{
	return ops->n > 0 && (ops->items[ops->n - 1].kind == MOUNT_MASK || ops->items[ops->n - 1].kind == MOUNT_READONLY);
}

static bool is_for_build(const struct rootfs *r, const struct mount_op *op)
{
	switch (op->kind) {
	case MOUNT_FS:
	case MOUNT_CGROUP:
		return needs_ids(r, op) || op->idmap_uid;
	case MOUNT_BIND:
	case MOUNT_DEVICE:
		return false;
	default:
		return true;
	}
}

static int prepare_all(struct rootfs *r)
{
	for (size_t i = 0; i < r->ops->n; i++) {
		const struct mount_op *op = &r->ops->items[i];
		int fd;

		r->prepared[i] = -1;
		if (is_for_build(r, op))
			continue;
		if ((fd = prepare(op)) < 0) {
			if (!op->optional)
				return in_op(op, fd);
			log_debug("left out: %s", err_last()->text);
			continue;
		}
		r->prepared[i] = fd;
	}
	return 0;
}

int rootfs_prepare(struct arena *a, const struct mount_root *root, const struct mount_ops *ops, bool own_ids, struct rootfs *ret)
{
	struct rootfs r = { .plan = root, .ops = ops, .own_ids = own_ids, .root = -1, .below = -1, .null = -1, .empty = -1 };
	int e;

	r.prepared = arena_array(a, ops->n, sizeof(*r.prepared));
	if (hides_something(ops) && (r.null = open_null()) < 0)
		return r.null;
	if ((r.below = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys("cannot open the root file system '%s'", root->path);
	/* A copy with all mounts below it: those are locked to it (mount_namespaces(7)). */
	if ((r.root = mount_clone(r.below, "", true)) < 0) {
		errno = -r.root;
		return err_sys("cannot bind the root file system '%s'", root->path);
	}
	if ((e = prepare_all(&r)) < 0)
		return e;
	*ret = r;
	return 0;
}

/* ---- build ---- */

static int add_option(char *buf, size_t size, const char *key, int fd)
{
	return snprintf(buf, size, "%s=/proc/self/fd/%d", key, fd) < (int)size ? 0 : -ENAMETOOLONG;
}

static int make_dir_at(int dir, const char *name)
{
	int fd;

	if (mkdirat(dir, name, 0755) < 0)
		return err_sys("cannot make the overlay's directory");
	if ((fd = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys("cannot open the overlay's directory");
	return fd;
}

/* The changes of a container whose root must not be written go to a tmpfs that ends with it. Directories are handed to
 * overlayfs by descriptor: its own syntax gives ':' and ',' in a path a meaning. */
static int build_overlay(struct rootfs *r)
{
	const struct strv none = { 0 };
	char lower[64], upper[64], work[64];
	char *options[] = { lower, upper, work, (char[]){ "userxattr" }, NULL };
	autoclose int tmpfs = mount_new("tmpfs", "tmpfs", &none, &(struct mount_flags){ .set = MOUNT_ATTR_NODEV });
	autoclose int upper_fd = -1, work_fd = -1;
	int overlay, e;

	if (tmpfs < 0)
		return tmpfs;
	/* overlayfs wants its directories attached (clone_private_mount()), so the tmpfs covers the root for a moment. */
	if ((e = mount_attach(tmpfs, r->below)) < 0)
		return e;
	if ((upper_fd = make_dir_at(tmpfs, "upper")) < 0 || (work_fd = make_dir_at(tmpfs, "work")) < 0)
		return upper_fd < 0 ? upper_fd : work_fd;
	(void)add_option(lower, sizeof(lower), "lowerdir", r->below);
	(void)add_option(upper, sizeof(upper), "upperdir", upper_fd);
	(void)add_option(work, sizeof(work), "workdir", work_fd);
	overlay = mount_new("overlay", "overlay", &(struct strv){ .v = options, .n = 4 }, &(struct mount_flags){ 0 });
	if (overlay < 0)
		return err_advise(
			overlay,
			&(struct advice){
				.cause = "the root file system lacks mount points, and this kernel refuses an overlay that would have them",
				.now = "make them: mkdir -p ROOTFS/{proc,sys,dev}" });
	(void)close(r->root);
	r->root = overlay;
	return mount_attach(overlay, tmpfs);
}

static int build_root(struct rootfs *r)
{
	if (r->plan->overlay)
		return build_overlay(r);
	return mount_attach(r->root, r->below);
}

static bool is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR;
}

static int no_target(const struct mount_op *op, int r)
{
	if (r == -ELOOP && op->strict)
		return err_set(ELOOP, "target-symlink", "%s: cannot mount on '%s': it is a symbolic link in the root file system",
			       op->origin, op->target);
	errno = -r;
	return err_sys("%s: cannot make the mount point '%.1000s'", op->origin, op->target);
}

/* A tmpfs takes over the mode of the directory it hides, unless the bundle says which. */
static int inherit_mode(const struct mount_op *op, int fd, int target)
{
	struct stat st;

	for (size_t i = 0; i < op->data.n; i++)
		if (strncmp(op->data.v[i], "mode=", 5) == 0)
			return 0;
	if (strcmp(op->fstype, "tmpfs") != 0 || fstat(target, &st) < 0)
		return 0;
	if (fchmodat(fd, ".", st.st_mode & 07777, 0) < 0)
		return err_sys("cannot set the mode of '%s'", op->target);
	return 0;
}

/* A link of the root may lead into /proc, where a mount could fake what the runtime and programs rely on
 * (CVE-2019-16884). Mounting on the procfs itself would cover it whole. */
static int check_place(const struct mount_op *op, int target)
{
	struct statfs fs;

	if (op->in_proc || fstatfs(target, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return 0;
	return err_set(EPERM, "target-proc", "%s: cannot mount on '%s': it leads into /proc", op->origin, op->target);
}

static int attach_dir(struct rootfs *r, const struct mount_op *op, int fd)
{
	enum inroot_rule rule = op->strict ? INROOT_STRICT : INROOT_FOLLOW;
	autoclose int target = inroot_make_dir(r->root, op->target, rule);
	int e;

	if (target < 0)
		return no_target(op, target);
	if ((e = check_place(op, target)) < 0)
		return e;
	if (op->kind == MOUNT_FS && (e = inherit_mode(op, fd, target)) < 0)
		return in_op(op, e);
	if (op->copy_up && (e = copy_up(target, fd)) < 0)
		return in_op(op, e);
	if (op->kind == MOUNT_FS &&
	    (e = mount_change(fd, &(struct mount_flags){ .set = (op->flags.set | op->flags.set_all) & MOUNT_ATTR_RDONLY })) < 0)
		return in_op(op, e);
	if ((e = mount_attach(fd, target)) < 0)
		return in_op(op, e);
	return 0;
}

static int attach_file(struct rootfs *r, const struct mount_op *op, int fd)
{
	/* /etc/resolv.conf is often a link to what a service of the host would make. */
	autoclose int target = op->kind == MOUNT_FILE ? inroot_make_linked_file(r->root, op->target)
						      : inroot_make_file(r->root, op->target, op->strict ? INROOT_STRICT : INROOT_FOLLOW);
	int e;

	if (target < 0)
		return no_target(op, target);
	if ((e = check_place(op, target)) < 0)
		return e;
	if ((e = mount_attach(fd, target)) < 0)
		return in_op(op, e);
	return 0;
}

static int attach(struct rootfs *r, const struct mount_op *op, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys("cannot look at the mount for '%s'", op->target);
	return S_ISDIR(st.st_mode) ? attach_dir(r, op, fd) : attach_file(r, op, fd);
}

static int build_mount(struct rootfs *r, const struct mount_op *op, int prepared)
{
	autoclose int fd = prepared;
	int e;

	if (fd < 0 && !is_for_build(r, op))
		return 0; /* optional, and refused when it was prepared */
	if (fd < 0 && (fd = prepare(op)) < 0)
		return op->optional ? 0 : in_op(op, fd);
	if ((e = apply_idmap(op, fd)) < 0)
		return in_op(op, e);
	if ((e = attach(r, op, fd)) < 0)
		return e;
	/* Propagation of a new file system is set where it hangs. */
	if (op->kind == MOUNT_FS && (op->flags.propagation || op->flags.propagation_all))
		return mount_change(
			fd, &(struct mount_flags){ .propagation = op->flags.propagation, .propagation_all = op->flags.propagation_all });
	return 0;
}

/* A file of the image in a device's place is an error (config-linux.md, "Devices"), but for an empty one: a mount point that was
 * made before. */
static int check_device_place(const struct rootfs *r, const struct mount_op *op)
{
	autoclose int fd = inroot_open(r->root, op->target, O_PATH, INROOT_FOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && st.st_size == 0))
		return 0;
	if ((op->dev_type == 'b' ? S_ISBLK(st.st_mode) : S_ISCHR(st.st_mode)) && major(st.st_rdev) == op->dev_major &&
	    minor(st.st_rdev) == op->dev_minor)
		return 0;
	return err_set(EEXIST, "device-place", "%s: there is another file at '%s'", op->origin, op->target);
}

static int build_file(struct rootfs *r, const struct mount_op *op, int prepared)
{
	autoclose int fd = prepared, there = -1;

	if (op->optional && !r->plan->overlay && is_absent(there = inroot_open(r->root, op->target, O_PATH, INROOT_FOLLOW)))
		return 0;
	return attach_file(r, op, fd);
}

static int build_device(struct rootfs *r, const struct mount_op *op, int prepared)
{
	int e = op->only_there ? check_device_place(r, op) : 0;

	return e < 0 ? e : build_mount(r, op, prepared);
}

static int build_remount(struct rootfs *r, const struct mount_op *op)
{
	autoclose int fd = inroot_open(r->root, op->target, O_PATH, INROOT_FOLLOW);
	int e;

	if (fd < 0)
		return no_target(op, fd);
	if ((e = mount_change(fd, &op->flags)) < 0)
		return in_op(op, e);
	return 0;
}

static int build_fifo(struct rootfs *r, const struct mount_op *op)
{
	const char *name;
	autoclose int parent = inroot_make_parent(r->root, op->target, &name);

	if (parent < 0)
		return no_target(op, parent);
	if (mknodat(parent, name, S_IFIFO | op->mode, 0) < 0 && errno != EEXIST)
		return err_sys("cannot make the fifo '%s' (%s)", op->target, op->origin);
	return 0;
}

/* Somebody put something else there: a bind shows the right thing without touching it. */
static int cover_link(struct rootfs *r, const struct mount_op *op)
{
	autoclose int source = -1, target = -1, fd = -1;

	if (strcmp(op->target, "/dev/ptmx") != 0)
		return 0;
	if ((source = inroot_open(r->root, "/dev/pts/ptmx", O_PATH, INROOT_STRICT)) < 0)
		return 0;
	if ((target = inroot_open(r->root, op->target, O_PATH | O_NOFOLLOW, INROOT_FOLLOW)) < 0)
		return no_target(op, target);
	if ((fd = mount_clone(source, "", false)) < 0)
		return no_target(op, fd);
	return mount_attach(fd, target);
}

static int build_link(struct rootfs *r, const struct mount_op *op)
{
	char there[256];
	const char *name;
	autoclose int parent = inroot_make_parent(r->root, op->target, &name);
	ssize_t n;

	if (parent < 0)
		return no_target(op, parent);
	if (symlinkat(op->source, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys("cannot make the link '%s' (%s)", op->target, op->origin);
	n = readlinkat(parent, name, there, sizeof(there) - 1);
	if (n > 0 && (size_t)n == strlen(op->source) && memcmp(there, op->source, (size_t)n) == 0)
		return 0;
	return cover_link(r, op);
}

/* One empty read-only tmpfs serves all masked directories: the first one carries it, the others a copy. */
static int make_empty(struct rootfs *r)
{
	char *options[] = { (char[]){ "mode=755" }, NULL };
	const uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	if (r->empty >= 0)
		return mount_clone(r->empty, "", false);
	r->empty = mount_new("tmpfs", "tmpfs", &(struct strv){ .v = options, .n = 1 }, &(struct mount_flags){ .set = flags });
	return r->empty < 0 ? r->empty : fcntl(r->empty, F_DUPFD_CLOEXEC, 3);
}

static int make_null(const struct rootfs *r)
{
	const struct mount_flags flags = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
	autoclose int fd = mount_clone(r->null, "", false);
	int e;

	if (fd < 0) {
		errno = -fd;
		return err_sys("cannot bind /dev/null");
	}
	return (e = mount_change(fd, &flags)) < 0 ? e : take_fd(&fd);
}

static int build_mask(struct rootfs *r, const struct mount_op *op)
{
	autoclose int target = inroot_open(r->root, op->target, O_PATH, INROOT_FOLLOW), fd = -1;
	struct stat st;
	int e;

	if (is_absent(target))
		return 0;
	if (target < 0)
		return no_target(op, target);
	if (fstat(target, &st) < 0)
		return err_sys("cannot look at '%s'", op->target);
	if ((fd = S_ISDIR(st.st_mode) ? make_empty(r) : make_null(r)) < 0)
		return in_op(op, fd);
	if ((e = mount_attach(fd, target)) < 0)
		return in_op(op, e);
	return 0;
}

static int build_readonly(struct rootfs *r, const struct mount_op *op)
{
	autoclose int target = inroot_open(r->root, op->target, O_PATH, INROOT_FOLLOW), fd = -1;
	int e;

	if (is_absent(target))
		return 0;
	if (target < 0)
		return no_target(op, target);
	if ((fd = mount_clone(target, "", true)) < 0)
		return no_target(op, fd);
	if ((e = mount_change(fd, &(struct mount_flags){ .set_all = MOUNT_ATTR_RDONLY })) < 0)
		return in_op(op, e);
	if ((e = mount_attach(fd, target)) < 0)
		return in_op(op, e);
	return 0;
}

static int build_op(struct rootfs *r, size_t i)
{
	const struct mount_op *op = &r->ops->items[i];

	switch (op->kind) {
	case MOUNT_FS:
	case MOUNT_BIND:
	case MOUNT_CGROUP:
		return build_mount(r, op, take_fd(&r->prepared[i]));
	case MOUNT_DEVICE:
		return build_device(r, op, take_fd(&r->prepared[i]));
	case MOUNT_FILE:
		return build_file(r, op, take_fd(&r->prepared[i]));
	case MOUNT_REMOUNT:
		return build_remount(r, op);
	case MOUNT_FIFO:
		return build_fifo(r, op);
	case MOUNT_LINK:
		return build_link(r, op);
	case MOUNT_MASK:
		return build_mask(r, op);
	case MOUNT_READONLY:
		return build_readonly(r, op);
	}
	return -EINVAL;
}

/* Before the root covers the place where they are. */
static int make_files(struct rootfs *r)
{
	autoclose int tmpfs = -1;

	for (size_t i = 0; i < r->ops->n; i++) {
		const struct mount_op *op = &r->ops->items[i];

		if (op->kind != MOUNT_FILE)
			continue;
		if (tmpfs < 0 && (tmpfs = file_mount_begin(r->below)) < 0)
			return tmpfs;
		if ((r->prepared[i] = file_mount_make(tmpfs, i, op->text)) < 0)
			return in_op(op, r->prepared[i]);
	}
	return 0;
}

int rootfs_build(struct rootfs *r)
{
	int e;

	if ((e = make_files(r)) < 0)
		return e;
	if ((e = build_root(r)) < 0)
		return e;
	for (size_t i = 0; i < r->ops->n; i++)
		if ((e = build_op(r, i)) < 0)
			return e;
	return 0;
}

int rootfs_enter(struct rootfs *r)
{
	if (fchdir(r->root) < 0)
		return err_sys("cannot enter the root file system");
	/* Both names are the same directory: the old root ends up on top of the new one and goes away with the
	 * umount (pivot_root(2), "pivot_root(".", ".")"). */
	if (sys_pivot_root(".", ".") < 0)
		return err_sys("cannot make it the root");
	if (sys_umount2(".", SYS_MNT_DETACH) < 0)
		return err_sys("cannot leave the host's file tree");
	if (chdir("/") < 0)
		return err_sys("cannot enter the root");
	return 0;
}

int rootfs_seal(const struct rootfs *r)
{
	const struct mount_flags flags = {
		.set = r->plan->readonly ? MOUNT_ATTR_RDONLY : 0,
		.propagation_all = r->plan->propagation,
	};
	int e = mount_change(r->root, &flags);

	if (e < 0)
		return err_in(e, "cannot seal the root");
	return 0;
}
