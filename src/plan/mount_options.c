/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/mount_options.h"
#include <linux/mount.h>
#include <string.h>
/* Only <linux/mount.h> has MOUNT_ATTR_* and MS_* both; <sys/mount.h> cannot stand beside it in glibc 2.36. */
#include <linux/fs.h>

/* Atime is a field of two bits, not a flag: whoever sets it must clear it (mount_setattr(2)). */
#define ATIME MOUNT_ATTR__ATIME

enum option_kind {
	OPT_ATTR,     /* set, clear on the mount */
	OPT_ATTR_ALL, /* the same on all below it */
	OPT_PROPAGATION,
	OPT_PROPAGATION_ALL,
	OPT_SUPER,    /* a flag of the super block: data of the file system, spelled as it is */
	OPT_SUPER_RO, /* both an attribute and a flag of the super block */
	OPT_NOTHING,  /* the default, or without effect for what a user can mount */
	OPT_BIND,
	OPT_RBIND,
	OPT_REMOUNT,
	OPT_COPY_UP,
	OPT_IDMAP,
	OPT_RIDMAP,
};

struct option {
	const char *name;
	enum option_kind kind;
	uint64_t set, clear;
};

static const struct option options[] = {
	{ "async", OPT_SUPER, 0, 0 },
	{ "atime", OPT_ATTR, MOUNT_ATTR_RELATIME, ATIME },
	{ "bind", OPT_BIND, 0, 0 },
	{ "defaults", OPT_NOTHING, 0, 0 },
	{ "dev", OPT_ATTR, 0, MOUNT_ATTR_NODEV },
	{ "diratime", OPT_ATTR, 0, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", OPT_SUPER, 0, 0 },
	{ "exec", OPT_ATTR, 0, MOUNT_ATTR_NOEXEC },
	{ "idmap", OPT_IDMAP, 0, 0 },
	{ "iversion", OPT_NOTHING, 0, 0 },
	{ "lazytime", OPT_SUPER, 0, 0 },
	{ "loud", OPT_NOTHING, 0, 0 },
	{ "mand", OPT_NOTHING, 0, 0 }, /* Linux 5.15 has no mandatory locks any more */
	{ "noatime", OPT_ATTR, MOUNT_ATTR_NOATIME, ATIME },
	{ "nodev", OPT_ATTR, MOUNT_ATTR_NODEV, 0 },
	{ "nodiratime", OPT_ATTR, MOUNT_ATTR_NODIRATIME, 0 },
	{ "noexec", OPT_ATTR, MOUNT_ATTR_NOEXEC, 0 },
	{ "noiversion", OPT_NOTHING, 0, 0 },
	{ "nolazytime", OPT_SUPER, 0, 0 },
	{ "nomand", OPT_NOTHING, 0, 0 },
	{ "norelatime", OPT_ATTR, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "nostrictatime", OPT_ATTR, MOUNT_ATTR_RELATIME, ATIME },
	{ "nosuid", OPT_ATTR, MOUNT_ATTR_NOSUID, 0 },
	{ "nosymfollow", OPT_ATTR, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "private", OPT_PROPAGATION, MS_PRIVATE, 0 },
	{ "ratime", OPT_ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rbind", OPT_RBIND, 0, 0 },
	{ "rdev", OPT_ATTR_ALL, 0, MOUNT_ATTR_NODEV },
	{ "rdiratime", OPT_ATTR_ALL, 0, MOUNT_ATTR_NODIRATIME },
	{ "relatime", OPT_ATTR, MOUNT_ATTR_RELATIME, ATIME },
	{ "remount", OPT_REMOUNT, 0, 0 },
	{ "rexec", OPT_ATTR_ALL, 0, MOUNT_ATTR_NOEXEC },
	{ "ridmap", OPT_RIDMAP, 0, 0 },
	{ "rnoatime", OPT_ATTR_ALL, MOUNT_ATTR_NOATIME, ATIME },
	{ "rnodev", OPT_ATTR_ALL, MOUNT_ATTR_NODEV, 0 },
	{ "rnodiratime", OPT_ATTR_ALL, MOUNT_ATTR_NODIRATIME, 0 },
	{ "rnoexec", OPT_ATTR_ALL, MOUNT_ATTR_NOEXEC, 0 },
	{ "rnorelatime", OPT_ATTR_ALL, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "rnostrictatime", OPT_ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rnosuid", OPT_ATTR_ALL, MOUNT_ATTR_NOSUID, 0 },
	{ "rnosymfollow", OPT_ATTR_ALL, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "ro", OPT_SUPER_RO, MOUNT_ATTR_RDONLY, 0 },
	{ "rprivate", OPT_PROPAGATION_ALL, MS_PRIVATE, 0 },
	{ "rrelatime", OPT_ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME },
	{ "rro", OPT_ATTR_ALL, MOUNT_ATTR_RDONLY, 0 },
	{ "rrw", OPT_ATTR_ALL, 0, MOUNT_ATTR_RDONLY },
	{ "rshared", OPT_PROPAGATION_ALL, MS_SHARED, 0 },
	{ "rslave", OPT_PROPAGATION_ALL, MS_SLAVE, 0 },
	{ "rstrictatime", OPT_ATTR_ALL, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "rsuid", OPT_ATTR_ALL, 0, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", OPT_ATTR_ALL, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", OPT_PROPAGATION_ALL, MS_UNBINDABLE, 0 },
	{ "rw", OPT_ATTR, 0, MOUNT_ATTR_RDONLY },
	{ "shared", OPT_PROPAGATION, MS_SHARED, 0 },
	{ "silent", OPT_NOTHING, 0, 0 },
	{ "slave", OPT_PROPAGATION, MS_SLAVE, 0 },
	{ "strictatime", OPT_ATTR, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "suid", OPT_ATTR, 0, MOUNT_ATTR_NOSUID },
	{ "symfollow", OPT_ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", OPT_SUPER, 0, 0 },
	{ "tmpcopyup", OPT_COPY_UP, 0, 0 },
	{ "unbindable", OPT_PROPAGATION, MS_UNBINDABLE, 0 },
};

const char *mount_option_name(size_t i)
{
	return i < ARRAY_SIZE(options) ? options[i].name : NULL;
}

static const struct option *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/* The later option wins, as with mount(8). */
static void change(uint64_t *set, uint64_t *clear, const struct option *o)
{
	*set = (*set & ~o->clear) | o->set;
	*clear = (*clear & ~o->set) | o->clear;
}

static void apply(struct arena *a, const struct option *o, struct mount_options *m)
{
	switch (o->kind) {
	case OPT_SUPER_RO:
	case OPT_ATTR:
		change(&m->flags.set, &m->flags.clear, o);
		break;
	case OPT_ATTR_ALL:
		change(&m->flags.set_all, &m->flags.clear_all, o);
		break;
	case OPT_PROPAGATION:
		m->flags.propagation = o->set;
		break;
	case OPT_PROPAGATION_ALL:
		m->flags.propagation_all = o->set;
		break;
	case OPT_SUPER:
		strv_push(a, &m->data, (char *)(uintptr_t)o->name);
		break;
	case OPT_BIND:
		m->bind = true;
		break;
	case OPT_RBIND:
		m->rbind = true;
		break;
	case OPT_REMOUNT:
		m->remount = true;
		break;
	case OPT_COPY_UP:
		m->copy_up = true;
		break;
	case OPT_IDMAP:
		m->idmap = true;
		break;
	case OPT_RIDMAP:
		m->ridmap = true;
		break;
	case OPT_NOTHING:
		break;
	}
}

void mount_options_parse(struct arena *a, const struct strv *list, struct mount_options *ret)
{
	*ret = (struct mount_options){ 0 };
	for (size_t i = 0; i < list->n; i++) {
		const struct option *o = find(list->v[i]);

		if (o)
			apply(a, o, ret);
		else
			strv_push(a, &ret->data, list->v[i]);
	}
}

static const char *const super_flags[] = { "sync", "async", "dirsync", "lazytime", "nolazytime", NULL };

/* What the kernel's parsers take (fs/…, Linux 6.18); "newinstance" is what devpts always does since 4.7. */
static const struct {
	const char *fstype;
	const char *keys[24];
} known[] = {
	{ "tmpfs",
	  { "size", "nr_blocks", "nr_inodes", "mode", "uid", "gid", "huge", "mpol", "inode32", "inode64", "noswap", "usrquota", "grpquota",
	    "casefold", "context", "fscontext", "defcontext", "rootcontext" } },
	{ "proc", { "hidepid", "gid", "subset", "pidns" } },
	{ "sysfs", { NULL } },
	{ "devpts", { "gid", "uid", "mode", "ptmxmode", "newinstance", "max", "context", "fscontext", "defcontext", "rootcontext" } },
	{ "mqueue", { "context", "fscontext", "defcontext", "rootcontext" } },
};

static bool has_key(const char *const *keys, const char *option, size_t len)
{
	for (; *keys; keys++)
		if (strlen(*keys) == len && strncmp(*keys, option, len) == 0)
			return true;
	return false;
}

bool mount_data_known(const char *fstype, const char *option)
{
	size_t len = strcspn(option, "=");

	if (has_key(super_flags, option, len))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].fstype, fstype) == 0)
			return has_key(known[i].keys, option, len);
	return true;
}

static const char *append(struct arena *a, const char *list, const char *name)
{
	return arena_printf(a, "%s%s%s", list, *list ? "," : "", name);
}

static const char *atime_name(uint64_t set)
{
	switch (set & ATIME) {
	case MOUNT_ATTR_NOATIME:
		return "noatime";
	case MOUNT_ATTR_STRICTATIME:
		return "strictatime";
	default:
		return "relatime";
	}
}

static const char *attr_text(struct arena *a, const char *list, enum option_kind kind, uint64_t set, uint64_t clear)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		bool is_kind = o->kind == kind || (kind == OPT_ATTR && o->kind == OPT_SUPER_RO);

		if (is_kind && o->clear != ATIME && ((set & o->set) || (clear & o->clear)))
			list = append(a, list, o->name);
	}
	if ((clear & ATIME) == ATIME)
		list = append(a, list, arena_printf(a, "%s%s", kind == OPT_ATTR_ALL ? "r" : "", atime_name(set)));
	return list;
}

const char *propagation_name(uint64_t ms_flag)
{
	switch (ms_flag) {
	case MS_SHARED:
		return "shared";
	case MS_SLAVE:
		return "slave";
	case MS_UNBINDABLE:
		return "unbindable";
	default:
		return "private";
	}
}

uint64_t propagation_flag(const char *name)
{
	const struct option *o = find(name);

	return o && (o->kind == OPT_PROPAGATION || o->kind == OPT_PROPAGATION_ALL) ? o->set : 0;
}

const char *mount_flags_text(struct arena *a, const struct mount_flags *f)
{
	const char *list = attr_text(a, "", OPT_ATTR, f->set, f->clear);

	list = attr_text(a, list, OPT_ATTR_ALL, f->set_all, f->clear_all);
	if (f->propagation)
		list = append(a, list, propagation_name(f->propagation));
	if (f->propagation_all)
		list = append(a, list, arena_printf(a, "r%s", propagation_name(f->propagation_all)));
	return list;
}
