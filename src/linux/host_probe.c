/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/host_probe.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/cgroup_probe.h"
#include "linux/helper.h"
#include "linux/inroot.h"
#include "linux/net_device.h"
#include "linux/network_probe.h"
#include "linux/ns.h"
#include "linux/program.h"
#include "linux/subid.h"
#include "linux/sys.h"
#include "linux/userdb.h"
#include <linux/capability.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* ---- who we are ---- */

static uint64_t own_caps(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	return syscall(SYS_capget, &h, d) < 0 ? 0 : d[0].effective | (uint64_t)d[1].effective << 32;
}

/* The first column of a map: the ids that there are inside. */
static void parse_map(struct arena *a, const char *text, struct id_ranges *ret)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		unsigned inside, outside, count;

		len = strcspn(text, "\n");
		if (sscanf(text, "%u %u %u", &inside, &outside, &count) == 3)
			*arena_push(a, ret) = (struct id_range){ .start = inside, .count = count };
	}
}

static void parse_own_ids(struct arena *a, const char *path, struct id_ranges *ret)
{
	size_t len;
	char *text;

	if (file_read(a, AT_FDCWD, path, 64 * 1024, &text, &len) == 0)
		parse_map(a, text, ret);
}

static void probe_joined(struct arena *a, const char *path, struct host *h)
{
	struct ns_maps m;

	ns_read_maps(path, &m);
	parse_map(a, m.uid_map, &h->joined_uids);
	parse_map(a, m.gid_map, &h->joined_gids);
	h->setgroups_denied = strcmp(m.setgroups, "deny") == 0;
}

static void probe_process(struct arena *a, pid_t pid, struct host *h)
{
	char text[16];

	parse_own_ids(a, arena_printf(a, "/proc/%d/uid_map", pid), &h->joined_uids);
	parse_own_ids(a, arena_printf(a, "/proc/%d/gid_map", pid), &h->joined_gids);
	h->setgroups_denied =
		file_peek(AT_FDCWD, arena_printf(a, "/proc/%d/setgroups", pid), text, sizeof(text)) > 0 && strcmp(text, "deny") == 0;
}

static bool is_nested(void)
{
	enum { INITIAL_USER_NAMESPACE = 0xEFFFFFFD }; /* PROC_USER_INIT_INO, the same since Linux 3.8 */
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != INITIAL_USER_NAMESPACE;
}

static bool is_setgroups_denied(void)
{
	char text[16];

	return file_peek(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) > 0 && strcmp(text, "deny") == 0;
}

static void probe_limits(struct host *h)
{
	for (int i = 0; i < HOST_RLIMITS; i++) {
		struct rlimit l;

		h->rlimit_hard[i] = getrlimit((__rlimit_resource_t)i, &l) == 0 ? l.rlim_max : (uint64_t)RLIM_INFINITY;
	}
}

static void probe_caller(struct arena *a, struct host *h)
{
	const uint64_t setids = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID, caps = own_caps();
	const uint64_t all = (UINT64_C(1) << (CAP_CHECKPOINT_RESTORE + 1)) - 1; /* the last one since Linux 5.9 */

	h->uid = geteuid();
	h->gid = getegid();
	h->may_map_any = (caps & setids) == setids;
	h->all_caps = (caps & all) == all;
	h->net_admin = caps & UINT64_C(1) << CAP_NET_ADMIN;
	h->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	h->nested = is_nested();
	h->setgroups_denied = h->nested && is_setgroups_denied();
	if (h->may_map_any) {
		parse_own_ids(a, "/proc/self/uid_map", &h->own_uids);
		parse_own_ids(a, "/proc/self/gid_map", &h->own_gids);
	}
}

/* ---- newuidmap, newgidmap ---- */

static bool has_file_cap(const char *path, int cap)
{
	struct vfs_cap_data d;
	ssize_t n = getxattr(path, "security.capability", &d, sizeof(d));

	return n >= (ssize_t)XATTR_CAPS_SZ_1 && (d.data[0].permitted & (1U << cap));
}

static enum helper_problem judge_helper(const char *path, int cap)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return HELPER_MISSING;
	if (!((st.st_mode & S_ISUID) && st.st_uid == 0) && !has_file_cap(path, cap))
		return HELPER_NOT_SETUID;
	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID))
		return HELPER_NOSUID;
	return HELPER_OK;
}

/* Take the first that is usable; remember the first that is not, because the message names it. */
static bool consider(struct arena *a, const char *dir, size_t len, const char *name, int cap, struct host_helper *best)
{
	char *path = len ? arena_printf(a, "%.*s/%s", (int)len, dir, name) : arena_strdup(a, name);
	enum helper_problem problem = judge_helper(path, cap);

	if (problem == HELPER_OK || (problem != HELPER_MISSING && best->problem == HELPER_MISSING))
		*best = (struct host_helper){ .path = path, .problem = (int)problem };
	return problem == HELPER_OK;
}

static struct host_helper find_helper(struct arena *a, const char *name, const char *variable, int cap)
{
	static const char *const usual[] = { "/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin" };
	struct host_helper best = { .problem = HELPER_MISSING };
	const char *path = getenv("PATH"), *chosen = getenv(variable), *dir;
	size_t len;

	if (chosen && consider(a, NULL, 0, chosen, cap, &best))
		return best;
	while ((dir = program_next_dir(&path, &len)))
		if (consider(a, dir, len, name, cap, &best))
			return best;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (consider(a, usual[i], strlen(usual[i]), name, cap, &best))
			return best;
	return best;
}

static void probe_subids(struct arena *a, struct host *h)
{
	struct subids s;

	subid_probe(a, getuid(), &s);
	h->user = s.user ? arena_strdup(a, s.user) : NULL;
	h->subuids = s.uids;
	h->subgids = s.gids;
	h->subid_source = arena_strdup(a, s.source);
	h->free_subid = s.free_start;
	h->newuidmap = find_helper(a, "newuidmap", "URUN_NEWUIDMAP", CAP_SETUID);
	h->newgidmap = find_helper(a, "newgidmap", "URUN_NEWGIDMAP", CAP_SETGID);
}

/* ---- what hides parts of /proc and /sys ---- */

struct mount_line {
	int id, parent;
	char root[PATH_MAX], point[PATH_MAX], fstype[64];
};

static bool parse_mount(const char *line, struct mount_line *m)
{
	const char *dash = strstr(line, " - ");

	return dash && sscanf(line, "%d %d %*s %4095s %4095s", &m->id, &m->parent, m->root, m->point) == 4 &&
	       sscanf(dash, " - %63s", m->fstype) == 1;
}

/* Directories that the kernel makes only to be mounted on hide nothing (is_empty_dir_inode() in the kernel). */
static bool is_made_for_mounts(const char *below)
{
	static const char *const places[] = {
		"/sys/fs/binfmt_misc",	 "/fs/nfsd",	     "/fs/cgroup",    "/fs/fuse/connections", "/fs/pstore",	"/fs/bpf",
		"/fs/selinux",		 "/fs/smackfs",	     "/kernel/debug", "/kernel/tracing",      "/kernel/config", "/kernel/security",
		"/firmware/efi/efivars", "/hypervisor/s390",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (strcmp(below, places[i]) == 0)
			return true;
	return false;
}

static bool is_covered(const char *table, const struct mount_line *outer)
{
	struct mount_line m;
	size_t skip = strlen(outer->point);

	for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char *second;
		long id = strtol(line, &second, 10);

		if (strtol(second, NULL, 10) != outer->id || id == outer->id || !parse_mount(line, &m))
			continue;
		if (strncmp(m.point, outer->point, skip) != 0 || !is_made_for_mounts(m.point + skip))
			return true;
	}
	return false;
}

/* mount_too_revealing() of the kernel: a new instance is allowed where one is fully visible already. */
static bool is_visible(const char *table, const char *fstype)
{
	char tag[80];
	struct mount_line m;

	(void)snprintf(tag, sizeof(tag), " - %s ", fstype);
	for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *found = strstr(line, tag);

		if (!found || found > line + strcspn(line, "\n"))
			continue;
		if (parse_mount(line, &m) && strcmp(m.root, "/") == 0 && !is_covered(table, &m))
			return true;
	}
	return false;
}

static void probe_masks(struct arena *a, struct host *h)
{
	enum { TABLE_MAX = 64 * 1024 * 1024 };
	size_t len;
	char *table;

	if (file_read(a, AT_FDCWD, "/proc/self/mountinfo", TABLE_MAX, &table, &len) < 0)
		return;
	h->proc_masked = !is_visible(table, "proc");
	h->sys_masked = !is_visible(table, "sysfs");
}

/* ---- files ---- */

static void describe(struct host_file *f, const struct stat *st)
{
	f->kind = S_ISDIR(st->st_mode)	 ? FILE_DIRECTORY
		  : S_ISREG(st->st_mode) ? FILE_REGULAR
		  : S_ISLNK(st->st_mode) ? FILE_SYMLINK
		  : S_ISCHR(st->st_mode) ? FILE_CHAR
		  : S_ISBLK(st->st_mode) ? FILE_BLOCK
					 : FILE_OTHER;
	f->major = major(st->st_rdev);
	f->minor = minor(st->st_rdev);
}

static void probe_files(struct arena *a, int dir, const struct strv *paths, struct host_files *ret)
{
	for (size_t i = 0; i < paths->n; i++) {
		struct host_file *f = arena_push(a, ret);
		struct stat st;

		*f = (struct host_file){ .path = paths->v[i] };
		if (fstatat(dir, paths->v[i], &st, 0) == 0)
			describe(f, &st);
		else /* one that we may not look at is told when it is used */
			f->kind = errno == ENOENT || errno == ENOTDIR ? FILE_MISSING : FILE_OTHER;
	}
}

static void probe_targets(struct arena *a, int root, const struct strv *paths, struct host_files *ret)
{
	for (size_t i = 0; i < paths->n; i++) {
		struct host_file *f = arena_push(a, ret);
		autoclose int fd = inroot_open(root, paths->v[i], O_PATH, INROOT_FOLLOW);
		struct stat st;

		*f = (struct host_file){ .path = paths->v[i], .kind = fd == -ENOENT || fd == -ENOTDIR ? FILE_MISSING : FILE_OTHER };
		if (fd >= 0 && fstat(fd, &st) == 0)
			describe(f, &st);
	}
}

static void probe_user(struct arena *a, int root, const char *user, struct host *h)
{
	size_t len = strcspn(user, ":");
	const char *name = arena_strndup(a, user, len), *group = user[len] ? user + len + 1 : NULL;
	bool number = len > 0 && strspn(name, "0123456789") == len;
	struct user_entry e = { 0 };
	const char *groups;

	h->user_found = userdb_find_user(a, userdb_read(a, root, "/etc/passwd"), number ? NULL : name,
					 number ? (uint32_t)strtoul(name, NULL, 10) : 0, &e);
	h->user_uid = e.uid;
	h->user_gid = e.gid;
	groups = userdb_read(a, root, "/etc/group");
	if (h->user_found)
		userdb_find_groups_of(a, groups, e.name, &h->user_groups);
	if (group)
		h->group_found = userdb_find_group(a, groups, group, &h->user_gid);
}

/* The absolute path, or the given one where it is longer than the kernel can say. */
static char *path_of(struct arena *a, int fd, const char *given)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	return n > 0 && n < (ssize_t)sizeof(path) - 1 ? arena_strndup(a, path, (size_t)n) : arena_strdup(a, given);
}

static void probe_root(struct arena *a, int bundle, const struct host_query *q, struct host *h)
{
	const char *path = q->rootfs[0] == '/' ? q->rootfs : arena_printf(a, "%s/%s", h->bundle, q->rootfs);
	struct host_file f = { .kind = FILE_MISSING };
	autoclose int root = -1;
	struct stat st;

	h->rootfs = arena_strdup(a, path);
	if (fstatat(bundle, q->rootfs, &st, AT_SYMLINK_NOFOLLOW) == 0)
		describe(&f, &st);
	h->rootfs_kind = f.kind;
	if (f.kind != FILE_DIRECTORY || (root = openat(bundle, q->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return;
	h->rootfs = path_of(a, root, path);
	h->rootfs_writable = faccessat(root, ".", W_OK, AT_EACCESS) == 0;
	probe_targets(a, root, &q->targets, &h->targets);
	if (q->user)
		probe_user(a, root, q->user, h);
}

static int probe_bundle(struct arena *a, const struct host_query *q, struct host *h)
{
	autoclose int bundle = open(q->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (bundle < 0)
		return err_sys("cannot open the bundle '%s'", q->bundle);
	h->bundle = path_of(a, bundle, q->bundle);
	if (q->rootfs)
		probe_root(a, bundle, q, h);
	probe_files(a, bundle, &q->sources, &h->sources);
	return 0;
}

/* ---- the rest ---- */

static void probe_lsm(struct host *h)
{
	char text[16];

	h->apparmor = file_peek(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text, sizeof(text)) > 0 && text[0] == 'Y';
	h->selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
}

static void probe_oom(struct host *h)
{
	char text[16];

	if (file_peek(AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof(text)) > 0)
		h->oom_score_adj = strtol(text, NULL, 10);
}

int host_probe(struct arena *a, const struct host_query *q, struct host *ret)
{
	struct host h = { 0 };
	int r;

	probe_caller(a, &h);
	if (q->bundle && (r = probe_bundle(a, q, &h)) < 0)
		return r;
	if (q->userns)
		probe_joined(a, q->userns, &h);
	if (q->subids && !h.may_map_any)
		probe_subids(a, &h);
	if (q->process)
		probe_process(a, (pid_t)q->process, &h);
	if (q->masks)
		probe_masks(a, &h);
	probe_files(a, AT_FDCWD, &q->devices, &h.devices);
	if (q->lsm)
		probe_lsm(&h);
	if (q->oom)
		probe_oom(&h);
	if (q->limits)
		probe_limits(&h);
	if (q->cgroup)
		cgroup_probe(a, h.uid == 0 && !h.nested, &h.cgroup);
	if (q->network)
		network_probe(a, q->connect, &h.network);
	if (q->net_devices)
		net_devices_probe(a, &h.net_devices);
	if (q->init_helper)
		h.init_helper = helper_path(a, "urun-init");
	*ret = h;
	return 0;
}
