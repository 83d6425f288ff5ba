/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* host.h - what the plan asks about this machine, and the facts it gets. Data only: a test can invent any machine. */
#include "plan/vocabulary.h"

/* The questions: only these are looked up. */
struct host_query {
	const char *bundle;  /* as the user gave it */
	const char *rootfs;  /* as config.json gives it, relative to the bundle */
	const char *user;    /* "name", "name:group" to look up in the container's files, or NULL */
	struct strv targets; /* paths in the container that something is mounted on */
	struct strv sources; /* of bind mounts */
	struct strv devices; /* device nodes of the host */
	const char *userns;  /* a user namespace that is joined: which ids it has, or NULL */
	int64_t process;     /* process 1 of a container that is entered: which ids it has; 0 for none */
	bool masks;	     /* whether a new procfs and sysfs will be allowed */
	bool subids;	     /* the subordinate ids and their helpers */
	bool lsm;	     /* AppArmor, SELinux */
	bool oom;	     /* the own oom_score_adj */
	bool init_helper;    /* where the reaper is */
	bool limits;	     /* the own hard limits */
	bool cgroup;	     /* the own cgroup, and who could make another one */
	bool network;	     /* how the host finds others */
	bool connect;	     /* and what could connect a network namespace */
	bool net_devices;    /* the network devices here */
};

enum file_kind { FILE_MISSING, FILE_DIRECTORY, FILE_REGULAR, FILE_SYMLINK, FILE_CHAR, FILE_BLOCK, FILE_OTHER };

struct host_file {
	char *path;
	int kind; /* enum file_kind */
	uint32_t major, minor;
};

struct host_files {
	struct host_file *items;
	size_t n, room;
};

enum helper_problem { HELPER_OK, HELPER_MISSING, HELPER_NOT_SETUID, HELPER_NOSUID };

struct host_helper {
	char *path;  /* the usable one, or the first that was found */
	int problem; /* enum helper_problem */
};

enum { HOST_RLIMITS = 16 };

/* What is mounted on /sys/fs/cgroup. */
enum cgroup_version { CGROUP_NOT_MOUNTED, CGROUP_V1, CGROUP_HYBRID, CGROUP_V2 };

struct host_cgroup {
	int version;		    /* enum cgroup_version; all that follows is about CGROUP_V2 */
	char *own;		    /* path below the mount, NULL where it cannot be seen */
	bool root_writable;	    /* cgroups can be made at the top of the mount */
	bool writable;		    /* cgroups can be made in the own one, and processes moved between it and those */
	bool delegated;		    /* systemd has marked it as ours (user.delegate) */
	bool alone;		    /* no process is in it but this one */
	bool vacated;		    /* ours is "supervisor" of a cgroup that we have; all this is about that one, in which no process is */
	struct strv controllers;    /* it has them */
	struct strv enabled;	    /* and those below it too */
	bool manager;		    /* something listens where the user's systemd manager should */
	struct strv manager_grants; /* controllers that this manager has */
	char *job;		    /* the variable that shows a batch job, or NULL */
};

struct host_net_device {
	char *name;
	struct strv addresses; /* that go where it goes, as "192.0.2.1/24" */
};

struct host_net_devices {
	struct host_net_device *items;
	size_t n, room;
};

enum tun_state { TUN_USABLE, TUN_MISSING, TUN_CLOSED, TUN_BROKEN };

struct host_network {
	char *slirp4netns, *pasta; /* where they are, or NULL */
	int tun;		   /* enum tun_state */
	char *tun_error;	   /* why /dev/net/tun cannot be opened, or NULL */
	uint32_t tun_mode;	   /* and its permissions */
	char *resolv_conf, *hosts; /* the texts of the files in /etc, or NULL */
	bool resolv_conf_apart;	   /* on the way to the first there is something outside of /etc and /run */
	char *address;		   /* of the host, as others see it; NULL where no route leads to others */
};

struct host {
	uint32_t uid, gid;
	char *user;				   /* login name, or NULL */
	bool may_map_any;			   /* CAP_SETUID and CAP_SETGID in our own user namespace */
	bool all_caps;				   /* every capability in our own user namespace */
	bool net_admin;				   /* CAP_NET_ADMIN there */
	struct id_ranges own_uids, own_gids;	   /* ids that exist in our user namespace */
	struct id_ranges joined_uids, joined_gids; /* ids of host_query.userns or .process */
	struct id_ranges subuids, subgids;
	char *subid_source;  /* "files" or what nsswitch.conf says */
	uint32_t free_subid; /* start of the first free block of 65536 */
	struct host_helper newuidmap, newgidmap;
	bool no_new_privs;
	bool nested;		      /* we are not in the initial user namespace */
	bool setgroups_denied;	      /* in the user namespace that is joined, or in ours and so in all below it (user_namespaces(7)) */
	bool proc_masked, sys_masked; /* the kernel will refuse a new procfs, sysfs */
	bool apparmor, selinux;
	int64_t oom_score_adj;
	uint64_t rlimit_hard[HOST_RLIMITS]; /* by RLIMIT_* number */
	char *bundle;			    /* absolute */
	char *rootfs;			    /* absolute */
	int rootfs_kind;		    /* enum file_kind */
	bool rootfs_writable;
	struct host_files targets, sources, devices; /* in the order of the questions */
	bool user_found, group_found;		     /* the answers to host_query.user */
	uint32_t user_uid, user_gid;
	struct id_list user_groups; /* that list the user as a member */
	char *init_helper;	    /* the static reaper, or NULL */
	struct host_cgroup cgroup;
	struct host_network network;
	struct host_net_devices net_devices;
};

struct fields;
/* The facts as JSON: for `explain`, bug reports and invented machines. */
extern const struct fields host_fields;
