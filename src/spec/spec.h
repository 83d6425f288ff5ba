/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* spec.h - config.json of the OCI runtime specification 1.3.0 for Linux, as C structs.
 *
 * Names follow the specification. A string that is absent is NULL, a list that is absent is empty, and a number whose
 * absence means something is a struct opt_*. Closed sets of words are enums whose 0 is "absent".
 * The field tables in spec_fields.c drive JSON → struct and struct → JSON. Everything belongs to the caller's arena. */
#include "base/field.h"

struct id_mapping {
	uint32_t container_id, host_id, size;
};

struct id_mappings {
	struct id_mapping *items;
	size_t n;
};

struct spec_root {
	char *path;
	bool readonly;
};

struct spec_mount {
	char *destination, *source, *type;
	struct strv options;
	struct id_mappings uid_mappings, gid_mappings;
	char *origin; /* not of config.json: the option of the command line that asked for it, or NULL */
};

struct spec_mounts {
	struct spec_mount *items;
	size_t n;
};

struct spec_console_size {
	uint64_t height, width;
};

struct spec_user {
	uint32_t uid, gid;
	struct opt_u32 umask;
	struct u32_list additional_gids;
	char *username;
};

struct spec_capabilities {
	struct strv bounding, effective, inheritable, permitted, ambient;
};

struct spec_rlimit {
	char *type;
	uint64_t soft, hard;
};

struct spec_rlimits {
	struct spec_rlimit *items;
	size_t n;
};

enum spec_policy {
	SPEC_POLICY_NONE,
	SPEC_SCHED_OTHER,
	SPEC_SCHED_FIFO,
	SPEC_SCHED_RR,
	SPEC_SCHED_BATCH,
	SPEC_SCHED_ISO,
	SPEC_SCHED_IDLE,
	SPEC_SCHED_DEADLINE,
};

struct spec_scheduler {
	int policy; /* enum spec_policy */
	struct opt_i64 nice, priority;
	struct strv flags;
	uint64_t runtime, deadline, period; /* nanoseconds */
};

enum spec_io_class { SPEC_IO_NONE, SPEC_IO_RT, SPEC_IO_BE, SPEC_IO_IDLE };

struct spec_io_priority {
	int class; /* enum spec_io_class */
	int64_t priority;
};

struct spec_cpu_affinity {
	char *initial, *final;
};

struct spec_process {
	bool terminal;
	struct spec_console_size *console_size;
	char *cwd, *command_line;
	struct strv env, args;
	struct spec_rlimits rlimits;
	char *apparmor_profile, *selinux_label;
	struct spec_capabilities *capabilities;
	bool no_new_privileges;
	struct opt_i64 oom_score_adj;
	struct spec_scheduler *scheduler;
	struct spec_io_priority *io_priority;
	struct spec_cpu_affinity *exec_cpu_affinity;
	struct spec_user user;
};

struct spec_hook {
	char *path;
	struct strv args, env;
	struct opt_i64 timeout; /* seconds */
};

struct spec_hook_list {
	struct spec_hook *items;
	size_t n;
};

struct spec_hooks {
	struct spec_hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

enum spec_ns {
	SPEC_NS_NONE,
	SPEC_NS_USER,
	SPEC_NS_MOUNT,
	SPEC_NS_PID,
	SPEC_NS_NETWORK,
	SPEC_NS_UTS,
	SPEC_NS_IPC,
	SPEC_NS_CGROUP,
	SPEC_NS_TIME,
	SPEC_NS_COUNT,
};

struct spec_namespace {
	int type; /* enum spec_ns */
	char *path;
};

struct spec_namespaces {
	struct spec_namespace *items;
	size_t n;
};

struct spec_device {
	char *type, *path;
	struct opt_i64 major, minor;
	struct opt_u32 file_mode, uid, gid;
};

struct spec_devices {
	struct spec_device *items;
	size_t n;
};

struct spec_net_device {
	char *key; /* name on the host */
	char *name;
};

struct spec_net_devices {
	struct spec_net_device *items;
	size_t n;
};

/* Resources: parsed and shown; the cgroup code applies them. */
struct spec_device_rule {
	bool allow;
	char *type, *access;
	struct opt_i64 major, minor;
};

struct spec_device_rules {
	struct spec_device_rule *items;
	size_t n;
};

struct spec_memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct opt_u64 swappiness;
	bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct spec_cpu {
	struct opt_u64 shares, period, burst, realtime_period;
	struct opt_i64 quota, realtime_runtime, idle;
	char *cpus, *mems;
};

struct spec_pids {
	int64_t limit;
};

struct spec_weight_device {
	int64_t major, minor;
	struct opt_u32 weight, leaf_weight;
};

struct spec_weight_devices {
	struct spec_weight_device *items;
	size_t n;
};

struct spec_throttle {
	int64_t major, minor;
	struct opt_u64 rate; /* bytes or operations per second */
};

struct spec_throttles {
	struct spec_throttle *items;
	size_t n;
};

struct spec_block_io {
	struct opt_u32 weight, leaf_weight;
	struct spec_weight_devices weight_device;
	struct spec_throttles read_bps, write_bps, read_iops, write_iops;
};

struct spec_hugepage_limit {
	char *page_size;
	uint64_t limit;
};

struct spec_hugepage_limits {
	struct spec_hugepage_limit *items;
	size_t n;
};

struct spec_priority {
	char *name;
	uint32_t priority;
};

struct spec_priorities {
	struct spec_priority *items;
	size_t n;
};

struct spec_network {
	struct opt_u32 class_id;
	struct spec_priorities priorities;
};

struct spec_rdma {
	char *key; /* device */
	struct opt_u32 hca_handles, hca_objects;
};

struct spec_rdmas {
	struct spec_rdma *items;
	size_t n;
};

struct spec_resources {
	struct spec_device_rules devices;
	struct spec_memory *memory;
	struct spec_cpu *cpu;
	struct spec_pids *pids;
	struct spec_block_io *block_io;
	struct spec_hugepage_limits hugepage_limits;
	struct spec_network *network;
	struct spec_rdmas rdma;
	struct key_values unified;
};

struct spec_rdt {
	char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct strv schemata;
	bool enable_monitoring;
};

enum spec_action {
	SPEC_ACT_NONE,
	SPEC_ACT_KILL_THREAD,
	SPEC_ACT_KILL_PROCESS,
	SPEC_ACT_TRAP,
	SPEC_ACT_ERRNO,
	SPEC_ACT_TRACE,
	SPEC_ACT_ALLOW,
	SPEC_ACT_LOG,
	SPEC_ACT_NOTIFY,
};

enum spec_cmp {
	SPEC_CMP_NONE,
	SPEC_CMP_NE,
	SPEC_CMP_LT,
	SPEC_CMP_LE,
	SPEC_CMP_EQ,
	SPEC_CMP_GE,
	SPEC_CMP_GT,
	SPEC_CMP_MASKED_EQ,
};

struct spec_syscall_arg {
	uint32_t index;
	uint64_t value, value_two;
	int op; /* enum spec_cmp */
};

struct spec_syscall_args {
	struct spec_syscall_arg *items;
	size_t n;
};

struct spec_syscall {
	struct strv names;
	int action; /* enum spec_action */
	struct opt_u32 errno_ret;
	struct spec_syscall_args args;
};

struct spec_syscalls {
	struct spec_syscall *items;
	size_t n;
};

struct spec_seccomp {
	int default_action; /* enum spec_action */
	struct opt_u32 default_errno_ret;
	struct strv architectures, flags;
	char *listener_path, *listener_metadata;
	struct spec_syscalls syscalls;
};

struct spec_memory_policy {
	char *mode, *nodes;
	struct strv flags;
};

struct spec_personality {
	char *domain;
	struct strv flags;
};

struct spec_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_time_offsets {
	struct spec_time_offset *boottime, *monotonic;
};

struct spec_linux {
	struct id_mappings uid_mappings, gid_mappings;
	struct key_values sysctl;
	struct spec_resources *resources;
	char *cgroups_path;
	struct spec_namespaces namespaces;
	struct spec_devices devices;
	struct spec_net_devices net_devices;
	struct spec_seccomp *seccomp;
	char *rootfs_propagation;
	struct strv masked_paths, readonly_paths;
	char *mount_label;
	struct spec_rdt *intel_rdt;
	struct spec_memory_policy *memory_policy;
	struct spec_personality *personality;
	struct spec_time_offsets *time_offsets;
};

struct spec {
	char *oci_version;
	struct spec_process *process;
	struct spec_root *root;
	char *hostname, *domainname;
	struct spec_mounts mounts;
	struct spec_hooks *hooks;
	struct key_values annotations;
	struct spec_linux *linux_; /* "linux" is a macro of some compilers */
};

enum { SPEC_SIZE_MAX = 16 * 1024 * 1024 };

/* Read dir/config.json. Relative to dirfd. */
int spec_load(struct arena *a, const char *path, struct spec *ret);
/* From text; name is for messages. Types, ranges, required fields and closed sets are checked, with a JSON pointer. */
int spec_parse(struct arena *a, const char *name, const char *text, size_t len, struct spec *ret);
/* The value of /process alone, as callers hand it to exec. */
int spec_parse_process(struct arena *a, const char *name, const char *text, size_t len, struct spec_process *ret);
/* What the schema cannot say: pure, one sentence with a JSON pointer. */
int spec_check(struct arena *a, const struct spec *s);

struct json_writer;
void spec_write(struct json_writer *w, const struct spec *s);
/* As a config.json in one line. */
const char *spec_text(struct arena *a, const struct spec *s);

/* A configuration that runs `sh` in "rootfs" for any user: the ids are worked out when it runs. */
void spec_default(struct arena *a, struct spec *ret);
/* The same as `runc spec --rootless` writes it: one id mapped, bound to this user. */
void spec_default_rootless(struct arena *a, uint32_t uid, uint32_t gid, struct spec *ret);
