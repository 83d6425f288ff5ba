/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_mounts.c - the file tree of the container, mount by mount in the order in which they are made. */
#include "plan/mount_options.h"
#include "plan/parts.h"
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <linux/fs.h>

/* Devices and links that every container has (config-linux.md, "Default Devices"; config.md, "/dev symbolic links"). */
static const struct {
	const char *path;
	uint32_t major, minor;
} default_devices[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct {
	const char *path, *to;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },	      { "/dev/stdin", "/proc/self/fd/0" }, { "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" }, { "/dev/core", "/proc/kcore" },
};

/* What may be mounted inside /proc: single files that tools such as lxcfs provide. Anything else could lie to the
 * runtime or to the programs about who they are (CVE-2019-16884). */
static const char *const proc_targets[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

static bool is_type(const struct spec_mount *m, const char *type)
{
	return m->type && strcmp(m->type, type) == 0;
}

static char *target_of(struct arena *a, const struct spec_mount *m)
{
	return path_tidy(a, m->destination);
}

/* A relative source of a bind is relative to the bundle (config.md, "mounts"). */
static const char *source_of(struct arena *a, const struct spec_mount *m, const char *bundle)
{
	return m->source[0] == '/' ? m->source : arena_printf(a, "%s/%s", bundle, m->source);
}

static bool is_bind(const struct mount_options *o)
{
	return o->bind || o->rbind;
}

static struct mount_op *add(const struct planner *b, struct mount_op op)
{
	struct mount_op *p = arena_push(b->arena, &b->plan->mounts);

	*p = op;
	return p;
}

/* ---- data of the file systems ---- */

static uint32_t number_of(const char *option)
{
	const char *value = strchr(option, '=');

	return value ? (uint32_t)strtoul(value + 1, NULL, 0) : 0;
}

/* uid= and gid= of a new file system are container ids; an unmapped one is EINVAL. */
static bool names_unmapped_id(const struct planner *b, const char *option)
{
	if (b->plan->ids.uid.n == 0)
		return false; /* joined, and nobody could say what it has */
	if (strncmp(option, "gid=", 4) == 0)
		return !id_is_mapped(&b->plan->ids.gid, number_of(option));
	if (strncmp(option, "uid=", 4) == 0)
		return !id_is_mapped(&b->plan->ids.uid, number_of(option));
	return false;
}

static const char *option_pointer(const struct planner *b, const struct spec_mount *m, const struct mount_op *op, const char *option)
{
	size_t i = 0;

	while (m->options.v[i] != option)
		i++;
	return m->origin ? m->origin : arena_printf(b->arena, "%s/options/%zu", op->origin, i);
}

static int unknown_option(const struct planner *b, const struct spec_mount *m, const struct mount_op *op, const char *option)
{
	return refuse(b, option_pointer(b, m, op, option), "unknown mount option '%s'", option);
}

static int plan_data(const struct planner *b, const struct spec_mount *m, struct mount_op *op, const struct strv *data)
{
	for (size_t i = 0; i < data->n; i++) {
		char *option = data->v[i];

		if (!mount_data_known(op->fstype, option))
			return unknown_option(b, m, op, option);
		if (strcmp(op->fstype, "devpts") == 0 && strcmp(option, "newinstance") == 0)
			continue; /* every devpts is one since Linux 4.7 */
		if (names_unmapped_id(b, option)) {
			note_adapted(b, "mount-id-dropped", "%s: option '%s' left out: this id is not mapped", op->target, option);
			continue;
		}
		strv_push(b->arena, &op->data, option);
	}
	return 0;
}

static void add_label(const struct planner *b, struct mount_op *op)
{
	const char *label = b->spec->linux_->mount_label;

	if (label && label[0] && b->host->selinux && mount_data_known(op->fstype, "context"))
		strv_push(b->arena, &op->data, arena_printf(b->arena, "context=%s", label));
}

/* ---- the file systems that a user namespace may not always mount ---- */

static void become_bind(struct mount_op *op, const char *source)
{
	op->kind = MOUNT_BIND;
	op->source = source;
	op->fstype = NULL;
	op->data = (struct strv){ 0 };
	op->recursive = true; /* the mounts below are locked to theirs (mount_namespaces(7)) */
}

static void read_only_all(struct mount_op *op)
{
	op->flags.set_all |= MOUNT_ATTR_RDONLY;
	op->flags.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	op->flags.clear_all &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

static void adapt_proc(const struct planner *b, struct mount_op *op)
{
	if (b->plan->ns[NS_PID].action != NS_KEEP)
		return;
	become_bind(op, "/proc");
	op->is_proc = true;
	note_adapted(b, "proc-shared", "%s: the caller's /proc, because the process ids are shared too", op->target);
}

static void adapt_sys(const struct planner *b, struct mount_op *op)
{
	bool own_network = b->plan->ns[NS_NETWORK].action == NS_NEW ||
			   (b->plan->ns[NS_NETWORK].action == NS_JOIN && b->plan->ns[NS_USER].action == NS_JOIN);

	if (own_network && !b->host->sys_masked)
		return;
	become_bind(op, "/sys");
	/* Below /sys is /sys/fs/cgroup: the user's own cgroups must not be writable from inside (CVE-2023-25809). */
	read_only_all(op);
	note_adapted(b, "sys-shared", "%s: the caller's /sys, read-only: a new one needs an own network namespace%s", op->target,
		     own_network ? " and an unmasked /sys outside" : "");
}

static void adapt_mqueue(const struct planner *b, struct mount_op *op)
{
	if (b->plan->ns[NS_IPC].action != NS_KEEP)
		return;
	op->fstype = "tmpfs";
	note_adapted(b, "mqueue-tmpfs", "%s: a tmpfs: message queues need an own ipc namespace", op->target);
}

static void adapt_cgroup(const struct planner *b, struct mount_op *op)
{
	op->kind = MOUNT_CGROUP;
	op->late = plan_enters_cgroup(b->plan);
	op->source = "/sys/fs/cgroup";
	op->data = (struct strv){ 0 };
}

static void adapt_fs(const struct planner *b, struct mount_op *op)
{
	if (strcmp(op->fstype, "proc") == 0)
		adapt_proc(b, op);
	else if (strcmp(op->fstype, "sysfs") == 0)
		adapt_sys(b, op);
	else if (strcmp(op->fstype, "mqueue") == 0)
		adapt_mqueue(b, op);
	else if (strcmp(op->fstype, "cgroup") == 0 || strcmp(op->fstype, "cgroup2") == 0)
		adapt_cgroup(b, op);
}

/* ---- one mount of config.json ---- */

/* "/mounts/3/source", or the option of the command line */
static const char *part_of(const struct planner *b, const struct spec_mount *m, const char *origin, const char *part)
{
	return m->origin ? origin : arena_printf(b->arena, "%s/%s", origin, part);
}

static int check_target(const struct planner *b, const struct spec_mount *m, struct mount_op *op)
{
	const char *pointer = part_of(b, m, op->origin, "destination");
	bool below = path_is_below(op->target, "/proc"), allowed = !below;

	for (size_t i = 0; i < ARRAY_SIZE(proc_targets); i++)
		allowed = allowed || strcmp(op->target, proc_targets[i]) == 0;
	op->in_proc = below || strcmp(op->target, "/proc") == 0; /* the root may have one mounted there already */
	if (strcmp(op->target, "/") == 0)
		return refuse(b, pointer, "cannot mount over '/'");
	if (!allowed)
		return refuse(b, pointer, "'%s' is inside /proc", op->target);
	if (strcmp(op->target, "/proc") == 0 && op->fstype && strcmp(op->fstype, "proc") != 0)
		return refuse(b, pointer, "only a procfs can be mounted on '/proc'");
	if (strcmp(op->target, "/proc") == 0) {
		op->strict = true;
		op->is_proc = op->kind == MOUNT_BIND;
	}
	if (strcmp(op->target, "/sys") == 0)
		op->strict = true;
	return 0;
}

static int check_source(const struct planner *b, const struct spec_mount *m, const char *origin)
{
	const struct host_file *f = host_find(&b->host->sources, m->source);

	if (f && f->kind == FILE_MISSING)
		return refuse(b, part_of(b, m, origin, "source"), "'%s' does not exist", m->source);
	return 0;
}

static const struct id_map *mount_map(const struct planner *b, const struct id_mappings *m)
{
	struct id_map *map = arena_alloc(b->arena, sizeof(*map));

	for (size_t i = 0; i < m->n; i++)
		*arena_push(b->arena, map) = (struct id_extent){
			.inside = m->items[i].container_id,
			.outside = m->items[i].host_id,
			.count = m->items[i].size,
		};
	return map;
}

static void plan_idmap(const struct planner *b, const struct spec_mount *m, const struct mount_options *o, struct mount_op *op)
{
	if (!o->idmap && !o->ridmap && m->uid_mappings.n == 0 && m->gid_mappings.n == 0)
		return;
	/* "idmap" without mappings means the container's own. */
	op->idmap_uid = m->uid_mappings.n ? mount_map(b, &m->uid_mappings) : &b->plan->ids.uid;
	op->idmap_gid = m->gid_mappings.n ? mount_map(b, &m->gid_mappings) : &b->plan->ids.gid;
	op->idmap_all = o->ridmap;
}

static int plan_bind(const struct planner *b, const struct spec_mount *m, const struct mount_options *o, struct mount_op *op)
{
	int r;

	op->kind = MOUNT_BIND;
	op->recursive = o->rbind;
	if (!m->source)
		return refuse(b, op->origin, "a bind mount needs a \"source\"");
	for (size_t i = 0; i < o->data.n; i++)
		if (!mount_data_known("sysfs", o->data.v[i])) /* a bind has no options of its own, as sysfs has none */
			return unknown_option(b, m, op, o->data.v[i]);
	op->source = source_of(b->arena, m, b->host->bundle);
	plan_idmap(b, m, o, op);
	if ((r = check_source(b, m, op->origin)) < 0)
		return r;
	if (strcmp(path_tidy(b->arena, op->source), "/sys") == 0 && !(op->flags.set_all & MOUNT_ATTR_RDONLY)) {
		read_only_all(op); /* CVE-2023-25809, as in adapt_sys() */
		note_adapted(b, "sys-readonly", "%s: read-only with all that is mounted below /sys", op->target);
	}
	return 0;
}

static int plan_fs(const struct planner *b, const struct spec_mount *m, const struct mount_options *o, struct mount_op *op)
{
	int r;

	op->kind = MOUNT_FS;
	op->fstype = m->type;
	op->source = m->source ? m->source : m->type;
	op->copy_up = o->copy_up;
	op->optional = strcmp(m->type, "mqueue") == 0;
	if (strcmp(m->type, "cgroup") != 0 && strcmp(m->type, "cgroup2") != 0 && (r = plan_data(b, m, op, &o->data)) < 0)
		return r;
	add_label(b, op);
	plan_idmap(b, m, o, op);
	adapt_fs(b, op);
	return 0;
}

static int plan_remount(const struct planner *b, const struct spec_mount *m, const struct mount_options *o, struct mount_op *op)
{
	op->kind = MOUNT_REMOUNT;
	if (o->data.n == 0)
		return 0;
	return refuse(b, option_pointer(b, m, op, o->data.v[0]), "'%s' is no flag: a remount changes only flags", o->data.v[0]);
}

static int plan_mount(const struct planner *b, const struct spec_mount *m, const char *origin)
{
	struct mount_op op = { .target = target_of(b->arena, m), .origin = origin };
	struct mount_options o;
	int r;

	mount_options_parse(b->arena, &m->options, &o);
	op.flags = o.flags;
	if (m->destination[0] != '/')
		note_adapted(b, "destination-relative", "%s/destination: '%s' is taken from the root", origin, m->destination);
	if (o.remount)
		r = plan_remount(b, m, &o, &op);
	else if (is_bind(&o) || is_type(m, "bind"))
		r = plan_bind(b, m, &o, &op);
	else if (!m->type || !m->type[0] || is_type(m, "none"))
		return refuse(b, origin, "has neither a file system in \"type\" nor \"bind\" or \"rbind\" in \"options\"");
	else
		r = plan_fs(b, m, &o, &op);
	if (r < 0)
		return r;
	if ((r = check_target(b, m, &op)) < 0)
		return r;
	(void)add(b, op);
	return 0;
}

/* ---- devices ---- */

/* The mount that provides /dev, or NULL where the root file system's own directory does. */
static const struct mount_op *dev_mount(const struct plan *p)
{
	for (size_t i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.items[i].target, "/dev") == 0 && p->mounts.items[i].kind != MOUNT_REMOUNT)
			return &p->mounts.items[i];
	return NULL;
}

static bool has_mount(const struct plan *p, const char *target, const char *fstype)
{
	for (size_t i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.items[i].target, target) == 0 && p->mounts.items[i].fstype &&
		    strcmp(p->mounts.items[i].fstype, fstype) == 0)
			return true;
	return false;
}

/* mknod(2) of a device is refused in a user namespace, so it is the host's node, bound. */
static void add_device(const struct planner *b, const char *source, const char *path, char type, uint32_t major, uint32_t minor,
		       bool only_there, const char *origin)
{
	(void)add(b, (struct mount_op){
			     .kind = MOUNT_DEVICE,
			     .source = source,
			     .target = path_tidy(b->arena, path),
			     .dev_type = type,
			     .dev_major = major,
			     .dev_minor = minor,
			     .only_there = only_there,
			     .flags = { .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
			     .origin = origin,
		     });
}

static bool host_has(const struct planner *b, const char *path, char type, uint32_t major, uint32_t minor)
{
	const struct host_file *f = host_find(&b->host->devices, path);

	return f && f->kind == (type == 'b' ? FILE_BLOCK : FILE_CHAR) && f->major == major && f->minor == minor;
}

static bool is_configured(const struct planner *b, const char *path)
{
	for (size_t i = 0; i < b->spec->linux_->devices.n; i++)
		if (strcmp(path_tidy(b->arena, b->spec->linux_->devices.items[i].path), path) == 0)
			return true;
	return false;
}

static void plan_default_devices(const struct planner *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(default_devices); i++) {
		const char *path = default_devices[i].path;
		uint32_t major = default_devices[i].major, minor = default_devices[i].minor;

		if (is_configured(b, path))
			continue;
		if (host_has(b, path, 'c', major, minor))
			add_device(b, path, path, 'c', major, minor, false, "default device");
		else
			note_adapted(b, "device-missing", "%s left out: the host has no such device", path);
	}
}

/* udev's link to the node with this number */
static char *path_by_number(struct arena *a, char type, uint32_t major, uint32_t minor)
{
	return arena_printf(a, "/dev/%s/%u:%u", type == 'b' ? "block" : "char", major, minor);
}

/* Where the host has this device: at the same path, or wherever its number is. NULL: nowhere that we know. */
static const char *find_device(const struct planner *b, const char *path, char type, uint32_t major, uint32_t minor)
{
	const char *by_number = path_by_number(b->arena, type, major, minor);

	if (host_has(b, path, type, major, minor))
		return path;
	for (size_t i = 0; i < ARRAY_SIZE(default_devices); i++)
		if (host_has(b, default_devices[i].path, type, major, minor))
			return default_devices[i].path;
	return host_has(b, by_number, type, major, minor) ? by_number : NULL;
}

static int plan_configured_device(const struct planner *b, size_t i)
{
	const struct spec_device *d = &b->spec->linux_->devices.items[i];
	const char *origin = arena_printf(b->arena, "/linux/devices/%zu", i), *source;
	uint32_t major = (uint32_t)d->major.value, minor = (uint32_t)d->minor.value;
	char type = d->type[0] == 'b' ? 'b' : 'c';

	if (d->type[0] == 'p') {
		(void)add(b, (struct mount_op){
				     .kind = MOUNT_FIFO,
				     .target = path_tidy(b->arena, d->path),
				     .mode = d->file_mode.set ? d->file_mode.value : 0666,
				     .origin = origin,
			     });
		return 0;
	}
	if (!(source = find_device(b, d->path, type, major, minor)))
		return refuse(b, origin, "the host has no %s device %u:%u at '%s', and a normal user cannot make one",
			      type == 'b' ? "block" : "character", major, minor, d->path);
	add_device(b, source, d->path, type, major, minor, true, origin);
	if (d->file_mode.set || d->uid.set || d->gid.set)
		note_adapted(b, "device-owner", "%s: the host's node, with the mode and owner that it has there", d->path);
	return 0;
}

static void plan_links(const struct planner *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		(void)add(b, (struct mount_op){
				     .kind = MOUNT_LINK, .target = links[i].path, .source = links[i].to, .origin = "default link" });
	if (has_mount(b->plan, "/dev/pts", "devpts"))
		(void)add(b,
			  (struct mount_op){ .kind = MOUNT_LINK, .target = "/dev/ptmx", .source = "pts/ptmx", .origin = "default link" });
}

static int plan_devices(const struct planner *b)
{
	const struct mount_op *dev = dev_mount(b->plan);
	int r;

	/* A bound /dev has what its owner put there (runc and crun leave it alone too). */
	if (dev && dev->kind == MOUNT_BIND) {
		for (size_t i = 0; i < b->spec->linux_->devices.n; i++)
			note_adapted(b, "device-bound", "/linux/devices/%zu left out: '/dev' is bound and has its own devices", i);
		return 0;
	}
	plan_default_devices(b);
	for (size_t i = 0; i < b->spec->linux_->devices.n; i++)
		if ((r = plan_configured_device(b, i)) < 0)
			return r;
	/* Links are made only where they are not written into the bundle. */
	if (dev || b->plan->root.overlay || b->plan->root.writable)
		plan_links(b);
	return 0;
}

/* ---- the root ---- */

static bool needs_place(const struct planner *b)
{
	for (size_t i = 0; i < b->host->targets.n; i++)
		if (b->host->targets.items[i].kind == FILE_MISSING)
			return true;
	return false;
}

static const char *missing_places(const struct planner *b)
{
	const char *list = "";

	for (size_t i = 0; i < b->host->targets.n; i++)
		if (b->host->targets.items[i].kind == FILE_MISSING)
			list = arena_printf(b->arena, "%s%s%s", list, *list ? " " : "", b->host->targets.items[i].path);
	return list;
}

static int check_rootfs(const struct planner *b)
{
	const struct host *h = b->host;

	if (h->rootfs_kind == FILE_DIRECTORY)
		return 0;
	if (h->rootfs_kind == FILE_MISSING)
		return err_advise(err_set(ENOENT, "rootfs", "config.json: /root/path: '%s' does not exist", h->rootfs),
				  &(struct advice){ .now = "put a root file system there, or name another: urun spec --rootfs DIR" });
	return err_set(ENOTDIR, "rootfs", "config.json: /root/path: '%s' is not a directory%s", h->rootfs,
		       h->rootfs_kind == FILE_SYMLINK ? " but a symbolic link" : "");
}

static int plan_root(const struct planner *b)
{
	const struct spec_root *root = b->spec->root;
	struct mount_root *r = &b->plan->root;
	const struct host *h = b->host;
	int bad = check_rootfs(b);

	if (bad < 0)
		return bad;
	*r = (struct mount_root){
		.path = b->host->rootfs,
		.readonly = root->readonly,
		.writable = b->options->form == FORM_RUNC && b->host->rootfs_writable,
		.propagation = b->spec->linux_->rootfs_propagation ? propagation_flag(b->spec->linux_->rootfs_propagation) : 0,
	};
	/* A bundle is input: in the user form it is never written, so what is missing goes to an overlay. */
	r->overlay = needs_place(b) && !r->writable;
	for (size_t i = 0; r->writable && i < b->host->targets.n; i++)
		if (b->host->targets.items[i].kind == FILE_MISSING)
			strv_push(b->arena, &r->missing, b->host->targets.items[i].path);
	if (r->writable && b->spec->process)
		strv_push(b->arena, &r->missing, path_tidy(b->arena, b->spec->process->cwd));
	if (!r->overlay)
		return 0;
	if (root->readonly)
		note_adapted(b, "rootfs-overlay", "the root file system lacks %s: an overlay has them", missing_places(b));
	else
		note_warning(
			b, "rootfs-overlay",
			&(struct advice){ .cause = arena_printf(b->arena, "the root file system lacks %s, and the bundle is not written",
								missing_places(b)),
					  .now = arena_printf(b->arena, "to keep changes make what it lacks in %s", h->rootfs) },
			"changes to files in / vanish when the container ends");
	return 0;
}

static void plan_hidden(const struct planner *b)
{
	const struct spec_linux *l = b->spec->linux_;

	for (size_t i = 0; i < l->masked_paths.n; i++)
		(void)add(b, (struct mount_op){ .kind = MOUNT_MASK,
						.target = path_tidy(b->arena, l->masked_paths.v[i]),
						.origin = "/linux/maskedPaths" });
	for (size_t i = 0; i < l->readonly_paths.n; i++)
		(void)add(b, (struct mount_op){ .kind = MOUNT_READONLY,
						.target = path_tidy(b->arena, l->readonly_paths.v[i]),
						.origin = "/linux/readonlyPaths" });
}

static const char *origin_of(const struct planner *b, size_t i)
{
	const char *option = b->spec->mounts.items[i].origin;

	return option ? option : arena_printf(b->arena, "/mounts/%zu", i);
}

int plan_mounts(const struct planner *b)
{
	int r;

	if ((r = plan_root(b)) < 0)
		return r;
	for (size_t i = 0; i < b->spec->mounts.n; i++)
		if ((r = plan_mount(b, &b->spec->mounts.items[i], origin_of(b, i))) < 0)
			return r;
	if ((r = plan_devices(b)) < 0)
		return r;
	if ((r = plan_name_files(b)) < 0)
		return r;
	plan_hidden(b);
	return 0;
}

/* ---- the questions ---- */

static bool is_covered(const struct spec *s, struct arena *a, size_t upto, const char *target)
{
	for (size_t i = 0; i < upto; i++)
		if (path_is_below(target, target_of(a, &s->mounts.items[i])))
			return true;
	return false;
}

static void ask_target(struct arena *a, const struct spec *s, size_t upto, const char *target, struct host_query *q)
{
	if (!is_covered(s, a, upto, target) && !strv_has(&q->targets, target))
		strv_push(a, &q->targets, (char *)(uintptr_t)target);
}

static void ask_device(struct arena *a, const struct spec *s, const char *path, struct host_query *q)
{
	strv_push(a, &q->devices, (char *)(uintptr_t)path);
	ask_target(a, s, s->mounts.n, path_tidy(a, path), q);
}

static void ask_mounts(struct arena *a, const struct spec *s, struct host_query *q)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct spec_mount *m = &s->mounts.items[i];
		struct mount_options o;

		mount_options_parse(a, &m->options, &o);
		ask_target(a, s, i, target_of(a, m), q);
		if ((is_bind(&o) || is_type(m, "bind")) && m->source)
			strv_push(a, &q->sources, m->source);
	}
	if (s->process && s->process->terminal)
		ask_target(a, s, s->mounts.n, "/dev/console", q);
	for (size_t i = 0; i < ARRAY_SIZE(default_devices); i++)
		ask_device(a, s, default_devices[i].path, q);
	for (size_t i = 0; i < s->linux_->devices.n; i++) {
		const struct spec_device *d = &s->linux_->devices.items[i];

		ask_device(a, s, d->path, q);
		if (d->type[0] != 'p')
			strv_push(a, &q->devices,
				  path_by_number(a, d->type[0] == 'b' ? 'b' : 'c', (uint32_t)d->major.value, (uint32_t)d->minor.value));
	}
}

/* The host may turn out to be unable to connect it: then the file is for the host's network. */
static bool gets_network(const struct spec *s, const struct plan_options *o)
{
	const struct spec_namespaces *l = &s->linux_->namespaces;

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].type == SPEC_NS_NETWORK && (!l->items[i].path || !l->items[i].path[0]))
			return network_is_wanted(s, o);
	return false;
}

static void ask_name_files(struct arena *a, const struct spec *s, const struct plan_options *o, struct host_query *q)
{
	const struct network_options *n = &o->network;

	if (gets_network(s, o) || n->dns.n > 0)
		ask_target(a, s, s->mounts.n, "/etc/resolv.conf", q);
	if (n->add_hosts.n > 0)
		ask_target(a, s, s->mounts.n, "/etc/hosts", q);
}

static const char *joined_userns(const struct spec *s)
{
	for (size_t i = 0; i < s->linux_->namespaces.n; i++)
		if (s->linux_->namespaces.items[i].type == SPEC_NS_USER)
			return s->linux_->namespaces.items[i].path;
	return NULL;
}

void plan_query(struct arena *a, const struct spec *s, const struct plan_options *o, struct host_query *ret)
{
	const struct spec_process *p = s->process;

	*ret = (struct host_query){
		.rootfs = s->root ? s->root->path : NULL,
		.user = o->user,
		.userns = joined_userns(s),
		.masks = true,
		.cgroup = o->cgroups != CGROUPS_NONE,
		.network = network_is_ours(o),
		.connect = gets_network(s, o),
		.net_devices = s->linux_->net_devices.n > 0,
		.subids = o->userns != USERNS_SINGLE && !joined_userns(s),
		.lsm = (p && (p->apparmor_profile || p->selinux_label)) || s->linux_->mount_label,
		.oom = p && p->oom_score_adj.set,
		.limits = p && p->rlimits.n > 0,
		.init_helper = o->init == INIT_YES || (o->init == INIT_AUTO && o->form == FORM_USER),
	};
	ask_mounts(a, s, ret);
	ask_name_files(a, s, o, ret);
}
