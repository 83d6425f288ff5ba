/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* vocabulary.h - the words in which the plan tells the layers below what to do. Data only. */
#include "base/mem.h"

/* ---- ids ---- */

struct id_range {
	uint32_t start, count;
};

struct id_ranges {
	struct id_range *items;
	size_t n, room;
};

/* One line of uid_map or gid_map (user_namespaces(7)). */
struct id_extent {
	uint32_t inside, outside, count;
};

struct id_map {
	struct id_extent *items;
	size_t n, room;
	bool cut; /* there were more than the kernel takes */
};

struct id_list {
	uint32_t *items;
	size_t n, room;
};

/* ---- mounts ---- */

enum mount_kind {
	MOUNT_FS,	/* a new file system */
	MOUNT_BIND,	/* source is a path of the host */
	MOUNT_REMOUNT,	/* new flags for what is mounted at target */
	MOUNT_CGROUP,	/* cgroup2, or else a bind of what the host shows us */
	MOUNT_DEVICE,	/* a device node of the host, type and number checked */
	MOUNT_FIFO,	/* mknod p */
	MOUNT_FILE,	/* a new file with text in it, that is nowhere else */
	MOUNT_LINK,	/* symbolic link target -> source */
	MOUNT_MASK,	/* hide target, if it is there */
	MOUNT_READONLY, /* make target and all below it read-only, if it is there */
};

/* MOUNT_ATTR_* and MS_* as the kernel numbers them; 0 says nothing. */
struct mount_flags {
	uint64_t set, clear;	     /* on the mount itself */
	uint64_t set_all, clear_all; /* on it and on all below it (AT_RECURSIVE) */
	uint64_t propagation, propagation_all;
};

struct mount_op {
	enum mount_kind kind;
	const char *source, *target; /* target is inside the root, absolute */
	const char *fstype;
	struct strv data; /* key=value or key, for the file system */
	struct mount_flags flags;
	bool recursive;				    /* MOUNT_BIND: with all that is mounted below */
	bool copy_up;				    /* tmpfs starts with a copy of what it hides */
	bool strict;				    /* target must be a real directory on the way without any symbolic link */
	bool in_proc;				    /* target may be inside a procfs: only what the plan has allowed */
	bool optional;				    /* a refusal by the kernel is told, not fatal; MOUNT_FILE: nor is a missing target */
	bool late;				    /* MOUNT_CGROUP: what it shows is there only when the ids are */
	bool is_proc;				    /* MOUNT_BIND: source must be a procfs */
	const struct id_map *idmap_uid, *idmap_gid; /* idmapped mount, or NULL */
	bool idmap_all;
	char dev_type; /* MOUNT_DEVICE: 'c' or 'b' */
	uint32_t dev_major, dev_minor;
	bool only_there;    /* MOUNT_DEVICE: another file at target is an error */
	uint32_t mode;	    /* MOUNT_FIFO */
	const char *text;   /* MOUNT_FILE */
	const char *origin; /* "/mounts/3", or what made this up */
};

struct mount_ops {
	struct mount_op *items;
	size_t n, room;
};

struct mount_root {
	const char *path; /* absolute, on the host */
	bool readonly;
	bool overlay;	      /* changes go to a tmpfs and vanish */
	bool writable;	      /* missing mount points may be created in it */
	struct strv missing;  /* those that will be created in it */
	uint64_t propagation; /* MS_* for / of the container at the end, 0 for private */
};

/* ---- cgroups ---- */

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define CGROUP_SUPERVISOR "supervisor" /* where our own processes are, beside the container's cgroup */

/* One write to an interface file of a cgroup (the kernel's admin-guide/cgroup-v2). The controller is what stands before the first
 * dot of its name. */
struct cgroup_write {
	const char *file, *value;
	const char *other_file, *other_value; /* written instead where the kernel has no such file, or NULL */
	bool optional;			      /* and where it has neither, nothing is lost */
	bool asked;			      /* by the command line: nothing runs without it */
	const char *origin;		      /* "/linux/resources/memory/limit", "--memory" */
};

struct cgroup_writes {
	struct cgroup_write *items;
	size_t n, room;
};

/* A property of a systemd unit (org.freedesktop.systemd1(5)): the D-Bus signature of its value, and the value in words:
 *	b		true or false
 *	i u x t d	a number
 *	s		the text as it is
 *	as		words, each as \xNN-escaped text without spaces
 *	ay		bytes in hexadecimal, nothing between
 *	a(st)		one or more of TEXT NUMBER, TEXT escaped as above */
struct unit_property {
	const char *name, *type, *value;
};

struct unit_properties {
	struct unit_property *items;
	size_t n, room;
};

/* ---- network ---- */

enum port_protocol { PORT_TCP, PORT_UDP, PORT_PROTOCOLS };

static inline const char *port_protocol_name(enum port_protocol protocol)
{
	return protocol == PORT_UDP ? "udp" : "tcp";
}

/* What arrives at a port of the host goes to one of the container. */
struct port_forward {
	enum port_protocol protocol;
	const char *host_addr;	 /* numeric: "0.0.0.0", "127.0.0.1", "::1" */
	uint16_t host_port;	 /* 0: any that is free */
	uint16_t container_port; /* 1 to 65535 */
	const char *origin;	 /* "--publish '8080:80'" */
};

struct port_forwards {
	struct port_forward *items;
	size_t n, room;
};

/* ---- seccomp ---- */

enum seccomp_op {
	SECCOMP_OP_NE = 1,
	SECCOMP_OP_LT,
	SECCOMP_OP_LE,
	SECCOMP_OP_EQ,
	SECCOMP_OP_GE,
	SECCOMP_OP_GT,
	SECCOMP_OP_MASKED_EQ,
};

struct seccomp_arg {
	uint32_t index; /* 0 to 5 */
	enum seccomp_op op;
	uint64_t value, mask; /* SECCOMP_OP_MASKED_EQ: (arg & mask) == value */
};

/* A system call by name for which all conditions hold gets ret. No conditions: always. */
struct seccomp_rule {
	const char *name;
	uint32_t ret;			/* SECCOMP_RET_* | data */
	const struct seccomp_arg *args; /* at most one per argument */
	size_t n_args;
};

struct seccomp_rules {
	struct seccomp_rule *items;
	size_t n, room;
};

/* Rules in the order of the profile. An unconditional rule of a system call beats its conditional ones; among
 * conditional ones that match the strictest decides; otherwise default_ret. */
struct seccomp_profile {
	uint32_t default_ret;
	uint32_t filter_flags; /* SECCOMP_FILTER_FLAG_* */
	bool newer_is_enosys;  /* numbers above all known to the profile get ENOSYS */
	struct strv archs;     /* SCMP_ARCH_*; the native one is always in */
	struct seccomp_rules rules;
	const char *listener_path, *listener_metadata;
};

enum { NET_DEVICE_NAME_SIZE = 16 }; /* with its end (netdevice(7)) */

/* A network device of the caller's that becomes the container's. */
struct net_move {
	const char *from, *name; /* there, here */
	struct strv addresses;	 /* that it keeps, as "192.0.2.1/24" */
};

struct net_moves {
	struct net_move *items;
	size_t n, room;
};

/* ---- the process ---- */

struct rlimit_op {
	int resource;
	uint64_t soft, hard;
};

struct sched_op {
	uint32_t policy;
	int32_t nice;
	uint32_t priority;
	uint64_t flags, runtime, deadline, period;
};

struct mempolicy_op {
	int mode; /* MPOL_* | MPOL_F_* */
	unsigned long *nodes;
	size_t max_node; /* bits in nodes */
};

/* Bits of a mask for sched_setaffinity(2). */
struct cpu_set_op {
	unsigned long *bits;
	size_t size; /* bytes */
};

struct cap_sets {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct hook {
	const char *path;
	struct strv args, env;
	int timeout_ms;	    /* -1: none */
	const char *origin; /* "/hooks/prestart/0" */
};

struct hook_list {
	struct hook *items;
	size_t n, room;
};
