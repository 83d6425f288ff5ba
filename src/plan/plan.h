/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* plan.h - everything that will happen, decided before anything happens.
 *
 * plan_query() and plan_build() are pure: the same input gives the same plan on any machine. A plan can be printed,
 * tested and attached to a bug report; the layers below do what it says and have no opinion. */
#include "base/log.h"
#include "plan/host.h"

/* ---- what the user asked for ---- */

enum form { FORM_USER, FORM_RUNC, FORM_EXEC };

enum userns_mode { USERNS_AUTO, USERNS_FULL, USERNS_SINGLE, USERNS_KEEP_ID, USERNS_NOMAP, USERNS_CONFIG };

enum init_mode { INIT_AUTO, INIT_YES, INIT_NO };

enum fallback { FALLBACK_WARN, FALLBACK_ERROR, FALLBACK_QUIET };

enum cgroups_mode { CGROUPS_AUTO, CGROUPS_SPLIT, CGROUPS_SCOPE, CGROUPS_NONE, CGROUPS_PATH };

/* --systemd-cgroup and --cgroup-manager of runc and crun. */
enum cgroup_manager { CGROUP_MANAGER_CGROUPFS, CGROUP_MANAGER_SYSTEMD, CGROUP_MANAGER_DISABLED };

/* Limits of the command line, as given; NULL: not given. */
struct limit_options {
	const char *memory, *memory_swap, *memory_reservation, *cpus, *cpu_shares, *cpu_period, *cpu_quota, *cpu_burst, *cpu_idle,
		*cpuset_cpus, *cpuset_mems, *pids_limit, *blkio_weight;
	struct strv cgroup_conf; /* FILE=VALUE */
};

enum network_mode {
	NETWORK_CONFIG, /* as config.json says */
	NETWORK_AUTO,	/* and where that is a new namespace, somebody connects it if anybody can */
	NETWORK_SLIRP4NETNS,
	NETWORK_PASTA,
	NETWORK_HOST,
	NETWORK_NONE,
	NETWORK_NS,	   /* the namespace at a path */
	NETWORK_CONTAINER, /* that of another container, with its user namespace */
};

struct network_options {
	enum network_mode mode;
	const char *settings;	/* NETWORK_SLIRP4NETNS, NETWORK_PASTA: "mtu=1500,…" */
	const char *path;	/* NETWORK_NS */
	int64_t process;	/* NETWORK_CONTAINER: its process 1 */
	const char *nameserver; /* and who resolves names there, or NULL */
	const char *too_old;	/* slirp4netns was tried, and this is what it does not know; or NULL */
	struct strv publish;	/* and all these as given */
	struct strv dns, dns_search, dns_options, add_hosts;
	bool no_hosts;
};

struct keep_id {
	bool has_uid, has_gid, has_size;
	uint32_t uid, gid, size;
};

struct plan_options {
	enum form form;
	const char *id;
	enum userns_mode userns;
	struct keep_id keep_id;
	struct id_map uid_map, gid_map; /* --uidmap, --gidmap; outside counts from 0 = the caller, 1… = subordinate ids */
	enum init_mode init;
	enum fallback fallback;
	bool terminal;	   /* standard input is a terminal, or -t */
	bool has_terminal; /* decided by the command line, not by config.json */
	struct strv args;  /* COMMAND, or empty */
	struct strv env;   /* -e and --env-file, already with values */
	const char *workdir, *hostname;
	const char *user; /* -u: UID|NAME[:GID|GROUP] */
	const char *cwd;  /* of the caller: relative sources of -v start here */
	bool read_only;
	struct strv volumes, tmpfs; /* -v, --tmpfs as given */
	unsigned preserve_fds;	    /* --preserve-fds */
	unsigned listen_fds;	    /* $LISTEN_FDS, if they are for us; before those of --preserve-fds */
	const char *listen_names;   /* $LISTEN_FDNAMES */
	bool no_new_keyring;
	enum cgroups_mode cgroups;
	const char *cgroups_path; /* CGROUPS_PATH */
	enum cgroup_manager manager;
	const char *slice;
	struct network_options network;
	struct limit_options limits;
	bool companion;	   /* a supervisor stays in the container's scope */
	struct strv asked; /* JSON pointers of what plan_edit() has made of limits */
};

/* ---- what will be done ---- */

enum ns_action { NS_KEEP, NS_NEW, NS_JOIN };

enum ns_kind { NS_USER, NS_MOUNT, NS_PID, NS_NETWORK, NS_UTS, NS_IPC, NS_CGROUP, NS_TIME, NS_COUNT };

struct plan_ns {
	enum ns_action action;
	const char *path; /* NS_JOIN */
};

enum ids_method {
	IDS_HELPERS, /* newuidmap and newgidmap write the maps */
	IDS_SINGLE,  /* we write one line each; setgroups is denied first (user_namespaces(7)) */
	IDS_DIRECT,  /* we may write any map ourselves */
	IDS_JOINED,  /* the joined namespace has its maps */
	IDS_KEPT,    /* the caller's namespace, and so has that */
};

struct plan_ids {
	enum ids_method method;
	struct id_map uid, gid;
	const char *newuidmap, *newgidmap;
	uint32_t setup_uid, setup_gid; /* who init is while it builds: container root, or the process's user where 0 has no id */
	bool setup_is_caller;	       /* that is the caller: what it makes before the maps are written is its own */
};

struct plan_process {
	struct strv args, env;
	const char *cwd;
	bool create_cwd;
	uint32_t uid, gid, umask;
	struct id_list groups;
	bool set_groups;
	struct cap_sets caps;
	bool no_new_privs;
	bool terminal;
	uint16_t rows, columns; /* 0: as the caller's terminal */
	struct {
		struct rlimit_op *items;
		size_t n, room;
	} rlimits;
	bool set_oom;
	int oom_score_adj;
	const struct sched_op *sched;
	int io_priority; /* IOPRIO_PRIO_VALUE, or -1 */
	const struct mempolicy_op *mempolicy;
	long personality; /* -1: as it is */
	const char *apparmor, *selinux;
	const char *init; /* the reaper that runs as process 1, or NULL */
	const struct seccomp_profile *seccomp;
	unsigned preserved_fds;			    /* of the caller, from 3 on, stay open */
	bool listen_fds;			    /* among them are those of $LISTEN_FDS */
	const struct cpu_set_op *cpus, *first_cpus; /* exec: where it runs, and where it does until it is in the cgroup; or NULL */
};

struct plan_hooks {
	struct hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

enum note_kind {
	NOTE_ADAPTED, /* the bundle asks for what a normal user has otherwise, or not at all; nothing is lost */
	NOTE_WARNING, /* something works less than it could: told to the user */
};

struct note {
	enum note_kind kind;
	const char *code, *text;
	struct advice advice;
};

struct notes {
	struct note *items;
	size_t n, room;
};

enum cgroup_place {
	CGROUP_CHILD, /* a cgroup that we make */
	CGROUP_SCOPE, /* a transient scope that a systemd manager makes, and a cgroup of ours in it */
	CGROUP_STAY,  /* the caller's */
};

/* One way to a cgroup for the container. */
struct cgroup_rung {
	enum cgroup_place place;
	const char *word;	 /* "split", "child", "path", "scope", "none" */
	const char *base, *leaf; /* CGROUP_CHILD: a directory that is there, and the path to be made below it */
	const char *vacate;	 /* and where the processes in base go first, or NULL: a cgroup cannot limit others and have some */
	const char *unit;	 /* CGROUP_SCOPE */
	bool system;		 /* of the system manager, not of the user's */
	struct unit_properties properties; /* and what it is made with */
};

/* Tried in this order until one works. The last one is CGROUP_STAY, which always does, unless one was demanded (--cgroups). */
struct plan_cgroup {
	struct {
		struct cgroup_rung *items;
		size_t n, room;
	} rungs;
	struct cgroup_writes limits;
	struct strv controllers; /* that are made available in the container's cgroup: those of the limits first */
	bool delegate;		 /* it belongs to root of the container, who sees it writable */
	struct advice advice;	 /* why there are no limits on the last rung */
};

enum network_helper { NETWORK_NOBODY, NETWORK_BY_SLIRP4NETNS, NETWORK_BY_PASTA };

#define SYSCTL_PING_GROUPS "net/ipv4/ping_group_range"

/* Who connects the new network namespace. */
struct plan_network {
	enum network_helper helper;
	const char *program;
	struct strv args;	/* of the program; which namespaces and descriptors is known later */
	const char *address;	/* of the container, NULL: as the host's */
	const char *nameserver; /* who resolves names in there, NULL: nobody of ours */
	bool ipv6;
	const char *ping_groups; /* a wish for SYSCTL_PING_GROUPS, or NULL */
	struct port_forwards ports;
};

struct plan {
	const char *id, *bundle, *oci_version;
	enum form form;
	struct mount_root root;
	struct plan_ids ids;
	struct plan_ns ns[NS_COUNT];
	const char *hostname, *domainname;
	const char *time_offsets; /* the text for timens_offsets, or NULL */
	bool loopback;		  /* bring lo up */
	bool keyring;		  /* a session keyring of its own */
	struct mount_ops mounts;
	struct key_values sysctls; /* key is the path below /proc/sys */
	struct plan_process process;
	struct plan_hooks hooks;
	struct key_values annotations;
	struct plan_cgroup cgroup;
	struct plan_network network;
	struct net_moves net_devices;
	struct notes notes;
};

/* The container has a cgroup of its own, if only one way to it works. */
static inline bool plan_has_cgroup(const struct plan *p)
{
	return p->cgroup.rungs.n > 0 && p->cgroup.rungs.items[0].place != CGROUP_STAY;
}

/* Somebody outside makes what there is in the container's network, and process 1 waits for it. */
static inline bool plan_awaits_network(const struct plan *p)
{
	return p->network.helper != NETWORK_NOBODY || p->net_devices.n > 0;
}

/* A new cgroup namespace begins where its maker is: process 1 makes it when it is in the container's cgroup (cgroup_namespaces(7)). */
static inline bool plan_enters_cgroup(const struct plan *p)
{
	return plan_has_cgroup(p) && p->ns[NS_CGROUP].action == NS_NEW;
}

struct spec;

/* Put the options into the configuration: everything the command line says is an edit of config.json.
 * Returns -errno with a sentence for an option that makes no sense. */
int plan_edit(struct arena *a, struct spec *s, struct plan_options *o);
void plan_query(struct arena *a, const struct spec *s, const struct plan_options *o, struct host_query *ret);
int plan_build(struct arena *a, const struct spec *s, const struct host *h, const struct plan_options *o, struct plan *ret);

/* How `exec` changes the process that s->process describes: only by what was given. */
struct exec_edits {
	struct strv args, env, caps, groups; /* groups: numbers */
	const char *cwd, *apparmor, *selinux;
	bool terminal, no_new_privs;
};
int plan_edit_exec(struct arena *a, const struct exec_edits *e, struct spec *s);
struct spec_process;
/* What a process that somebody has written down does not say is as for the container's own (runc, crun). */
void plan_complete_exec(const struct spec_process *own, struct spec_process *p);
/* process: process 1 of the container. Where to look up names is up to who asks. */
void plan_query_exec(const struct spec *s, const struct plan_options *o, int64_t process, struct host_query *ret);
/* One more process for a container that runs: s is its configuration with the process to run. Of the plan only id, ids,
 * process, annotations and notes are filled in. */
int plan_exec(struct arena *a, const struct spec *s, const struct host *h, const struct plan_options *o, struct plan *ret);

void plan_hooks(struct arena *a, const struct spec *s, struct plan_hooks *ret);

/* The ids alone, for commands that only need a user namespace with the caller's full mapping. */
int plan_ids(struct arena *a, const struct spec *s, const struct host *h, const struct plan_options *o, struct plan *p);

/* Stable text, one decision a line. */
const char *plan_text(struct arena *a, const struct plan *p);
struct json_writer;
void plan_json(struct json_writer *w, const struct plan *p);
/* The member "ports". */
void plan_write_ports(struct json_writer *w, const struct port_forwards *l);

/* What pasta(1) is told of the ports: when they are known, because it takes no orders later. */
void network_pasta_ports(struct arena *a, const struct port_forwards *ports, struct strv *args);
/* "slirp4netns", "pasta" */
const char *network_helper_name(enum network_helper helper);
const char *ns_name(enum ns_kind kind);
