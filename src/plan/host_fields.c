/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/host.h"
#include "base/field.h"
#include <sys/resource.h>

#define ROW(t, m, n, k, ...)                                                                                                               \
	{                                                                                                                                  \
		.name = (n), .type = (k), .offset = offsetof(struct t, m), __VA_ARGS__                                                     \
	}

static const struct field range_rows[] = {
	ROW(id_range, start, "start", FIELD_U32, .required = true),
	ROW(id_range, count, "count", FIELD_U32, .required = true),
};
static const struct fields range_fields = FIELDS(struct id_range, range_rows);

static const struct word kinds[] = {
	{ "missing", FILE_MISSING }, { "directory", FILE_DIRECTORY }, { "regular", FILE_REGULAR }, { "symlink", FILE_SYMLINK },
	{ "char", FILE_CHAR },	     { "block", FILE_BLOCK },	      { "other", FILE_OTHER },	   { NULL, 0 },
};

static const struct field file_rows[] = {
	ROW(host_file, path, "path", FIELD_STRING, .required = true),
	ROW(host_file, kind, "kind", FIELD_ENUM, .required = true, .words = kinds),
	ROW(host_file, major, "major", FIELD_U32),
	ROW(host_file, minor, "minor", FIELD_U32),
};
static const struct fields file_fields = FIELDS(struct host_file, file_rows);

static const struct word problems[] = {
	{ "none", HELPER_OK }, { "missing", HELPER_MISSING }, { "not-setuid", HELPER_NOT_SETUID }, { "nosuid", HELPER_NOSUID }, { NULL, 0 },
};

static const struct field helper_rows[] = {
	ROW(host_helper, path, "path", FIELD_STRING),
	ROW(host_helper, problem, "problem", FIELD_ENUM, .words = problems),
};
static const struct fields helper_fields = FIELDS(struct host_helper, helper_rows);

static const struct word versions[] = {
	{ "none", CGROUP_NOT_MOUNTED }, { "v1", CGROUP_V1 }, { "hybrid", CGROUP_HYBRID }, { "v2", CGROUP_V2 }, { NULL, 0 },
};

static const struct field cgroup_rows[] = {
	ROW(host_cgroup, version, "version", FIELD_ENUM, .words = versions),
	ROW(host_cgroup, own, "own", FIELD_STRING),
	ROW(host_cgroup, root_writable, "rootWritable", FIELD_BOOL),
	ROW(host_cgroup, writable, "writable", FIELD_BOOL),
	ROW(host_cgroup, delegated, "delegated", FIELD_BOOL),
	ROW(host_cgroup, alone, "alone", FIELD_BOOL),
	ROW(host_cgroup, vacated, "vacated", FIELD_BOOL),
	ROW(host_cgroup, controllers, "controllers", FIELD_STRINGS),
	ROW(host_cgroup, enabled, "enabled", FIELD_STRINGS),
	ROW(host_cgroup, manager, "manager", FIELD_BOOL),
	ROW(host_cgroup, manager_grants, "managerGrants", FIELD_STRINGS),
	ROW(host_cgroup, job, "job", FIELD_STRING),
};
static const struct fields cgroup_fields = FIELDS(struct host_cgroup, cgroup_rows);

static const struct word tun_states[] = {
	{ "usable", TUN_USABLE }, { "missing", TUN_MISSING }, { "closed", TUN_CLOSED }, { "broken", TUN_BROKEN }, { NULL, 0 },
};

static const struct field network_rows[] = {
	ROW(host_network, slirp4netns, "slirp4netns", FIELD_STRING),
	ROW(host_network, pasta, "pasta", FIELD_STRING),
	ROW(host_network, tun, "tun", FIELD_ENUM, .words = tun_states),
	ROW(host_network, tun_error, "tunError", FIELD_STRING),
	ROW(host_network, tun_mode, "tunMode", FIELD_U32),
	ROW(host_network, resolv_conf, "resolvConf", FIELD_STRING),
	ROW(host_network, hosts, "hosts", FIELD_STRING),
	ROW(host_network, resolv_conf_apart, "resolvConfApart", FIELD_BOOL),
	ROW(host_network, address, "address", FIELD_STRING),
};
static const struct fields network_fields = FIELDS(struct host_network, network_rows);

static const struct field net_device_rows[] = {
	ROW(host_net_device, name, "name", FIELD_STRING, .required = true),
	ROW(host_net_device, addresses, "addresses", FIELD_STRINGS),
};
static const struct fields net_device_fields = FIELDS(struct host_net_device, net_device_rows);

#define LIMIT(name) ROW(host, rlimit_hard[name], #name, FIELD_U64)

static const struct field rows[] = {
	ROW(host, uid, "uid", FIELD_U32),
	ROW(host, gid, "gid", FIELD_U32),
	ROW(host, user, "user", FIELD_STRING),
	ROW(host, may_map_any, "mayMapAny", FIELD_BOOL),
	ROW(host, all_caps, "allCaps", FIELD_BOOL),
	ROW(host, net_admin, "netAdmin", FIELD_BOOL),
	ROW(host, own_uids, "ownUids", FIELD_OBJECTS, .fields = &range_fields),
	ROW(host, own_gids, "ownGids", FIELD_OBJECTS, .fields = &range_fields),
	ROW(host, joined_uids, "joinedUids", FIELD_OBJECTS, .fields = &range_fields),
	ROW(host, joined_gids, "joinedGids", FIELD_OBJECTS, .fields = &range_fields),
	ROW(host, subuids, "subuids", FIELD_OBJECTS, .fields = &range_fields),
	ROW(host, subgids, "subgids", FIELD_OBJECTS, .fields = &range_fields),
	ROW(host, subid_source, "subidSource", FIELD_STRING),
	ROW(host, free_subid, "freeSubid", FIELD_U32),
	ROW(host, newuidmap, "newuidmap", FIELD_OBJECT, .fields = &helper_fields),
	ROW(host, newgidmap, "newgidmap", FIELD_OBJECT, .fields = &helper_fields),
	ROW(host, no_new_privs, "noNewPrivs", FIELD_BOOL),
	ROW(host, nested, "nested", FIELD_BOOL),
	ROW(host, setgroups_denied, "setgroupsDenied", FIELD_BOOL),
	ROW(host, proc_masked, "procMasked", FIELD_BOOL),
	ROW(host, sys_masked, "sysMasked", FIELD_BOOL),
	ROW(host, apparmor, "apparmor", FIELD_BOOL),
	ROW(host, selinux, "selinux", FIELD_BOOL),
	ROW(host, oom_score_adj, "oomScoreAdj", FIELD_INT),
	LIMIT(RLIMIT_CPU),
	LIMIT(RLIMIT_FSIZE),
	LIMIT(RLIMIT_DATA),
	LIMIT(RLIMIT_STACK),
	LIMIT(RLIMIT_CORE),
	LIMIT(RLIMIT_RSS),
	LIMIT(RLIMIT_NPROC),
	LIMIT(RLIMIT_NOFILE),
	LIMIT(RLIMIT_MEMLOCK),
	LIMIT(RLIMIT_AS),
	LIMIT(RLIMIT_LOCKS),
	LIMIT(RLIMIT_SIGPENDING),
	LIMIT(RLIMIT_MSGQUEUE),
	LIMIT(RLIMIT_NICE),
	LIMIT(RLIMIT_RTPRIO),
	LIMIT(RLIMIT_RTTIME),
	ROW(host, bundle, "bundle", FIELD_STRING),
	ROW(host, rootfs, "rootfs", FIELD_STRING),
	ROW(host, rootfs_kind, "rootfsKind", FIELD_ENUM, .words = kinds),
	ROW(host, rootfs_writable, "rootfsWritable", FIELD_BOOL),
	ROW(host, targets, "targets", FIELD_OBJECTS, .fields = &file_fields),
	ROW(host, sources, "sources", FIELD_OBJECTS, .fields = &file_fields),
	ROW(host, devices, "devices", FIELD_OBJECTS, .fields = &file_fields),
	ROW(host, user_found, "userFound", FIELD_BOOL),
	ROW(host, group_found, "groupFound", FIELD_BOOL),
	ROW(host, user_uid, "userUid", FIELD_U32),
	ROW(host, user_gid, "userGid", FIELD_U32),
	ROW(host, user_groups, "userGroups", FIELD_U32S),
	ROW(host, init_helper, "initHelper", FIELD_STRING),
	ROW(host, cgroup, "cgroup", FIELD_OBJECT, .fields = &cgroup_fields),
	ROW(host, network, "network", FIELD_OBJECT, .fields = &network_fields),
	ROW(host, net_devices, "netDevices", FIELD_OBJECTS, .fields = &net_device_fields),
};
const struct fields host_fields = FIELDS(struct host, rows);
