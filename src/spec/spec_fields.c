/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spec_fields.c - the schema of config.json as tables (config.md and config-linux.md of runtime-spec 1.3.0). */
#include "spec/spec_fields.h"
#include "spec/spec.h"
#include <string.h>

#define ROW(t, m, n, k, ...)                                                                                                               \
	{                                                                                                                                  \
		.name = (n), .type = (k), .offset = offsetof(struct t, m), __VA_ARGS__                                                     \
	}
#define INT32_RANGE .min = INT32_MIN, .max = INT32_MAX

static bool only(const char *s, const char *chars)
{
	return strspn(s, chars) == strlen(s);
}

static bool is_cpu_list(const char *s)
{
	return only(s, "0123456789, -");
}

static bool is_rlimit(const char *s)
{
	return strncmp(s, "RLIMIT_", 7) == 0 && s[7] && only(s + 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool is_device_type(const char *s)
{
	return s[0] && strchr("cbup", s[0]) && !s[1];
}

static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && s[0] != '0' && s[digits] && strchr("KMG", s[digits]) && strcmp(s + digits + 1, "B") == 0;
}

static bool is_mem_bw_schema(const char *s)
{
	return strncmp(s, "MB:", 3) == 0 && !strchr(s, '\n');
}

static const struct field id_mapping_rows[] = {
	ROW(id_mapping, container_id, "containerID", FIELD_U32, .required = true),
	ROW(id_mapping, host_id, "hostID", FIELD_U32, .required = true),
	ROW(id_mapping, size, "size", FIELD_U32, .required = true),
};
const struct fields spec_id_mapping_fields = FIELDS(struct id_mapping, id_mapping_rows);

static const struct field root_rows[] = {
	ROW(spec_root, path, "path", FIELD_STRING, .required = true),
	ROW(spec_root, readonly, "readonly", FIELD_BOOL),
};
static const struct fields root_fields = FIELDS(struct spec_root, root_rows);

static const struct field mount_rows[] = {
	ROW(spec_mount, destination, "destination", FIELD_STRING, .required = true),
	ROW(spec_mount, type, "type", FIELD_STRING),
	ROW(spec_mount, source, "source", FIELD_STRING),
	ROW(spec_mount, options, "options", FIELD_STRINGS),
	ROW(spec_mount, uid_mappings, "uidMappings", FIELD_OBJECTS, .fields = &spec_id_mapping_fields),
	ROW(spec_mount, gid_mappings, "gidMappings", FIELD_OBJECTS, .fields = &spec_id_mapping_fields),
};
static const struct fields mount_fields = FIELDS(struct spec_mount, mount_rows);

static const struct field console_size_rows[] = {
	ROW(spec_console_size, height, "height", FIELD_U64, .required = true),
	ROW(spec_console_size, width, "width", FIELD_U64, .required = true),
};
static const struct fields console_size_fields = FIELDS(struct spec_console_size, console_size_rows);

static const struct field user_rows[] = {
	ROW(spec_user, uid, "uid", FIELD_U32),
	ROW(spec_user, gid, "gid", FIELD_U32),
	ROW(spec_user, umask, "umask", FIELD_OPT_U32, .max = 0777),
	ROW(spec_user, additional_gids, "additionalGids", FIELD_U32S),
	ROW(spec_user, username, "username", FIELD_STRING),
};
static const struct fields user_fields = FIELDS(struct spec_user, user_rows);

static const struct field capabilities_rows[] = {
	ROW(spec_capabilities, bounding, "bounding", FIELD_STRINGS),	   ROW(spec_capabilities, effective, "effective", FIELD_STRINGS),
	ROW(spec_capabilities, inheritable, "inheritable", FIELD_STRINGS), ROW(spec_capabilities, permitted, "permitted", FIELD_STRINGS),
	ROW(spec_capabilities, ambient, "ambient", FIELD_STRINGS),
};
static const struct fields capabilities_fields = FIELDS(struct spec_capabilities, capabilities_rows);

static const struct field rlimit_rows[] = {
	ROW(spec_rlimit, type, "type", FIELD_STRING, .required = true, .valid = is_rlimit, .expects = "a name like RLIMIT_NOFILE"),
	ROW(spec_rlimit, hard, "hard", FIELD_U64, .required = true),
	ROW(spec_rlimit, soft, "soft", FIELD_U64, .required = true),
};
static const struct fields rlimit_fields = FIELDS(struct spec_rlimit, rlimit_rows);

static const struct word policies[] = {
	{ "SCHED_OTHER", SPEC_SCHED_OTHER },
	{ "SCHED_FIFO", SPEC_SCHED_FIFO },
	{ "SCHED_RR", SPEC_SCHED_RR },
	{ "SCHED_BATCH", SPEC_SCHED_BATCH },
	{ "SCHED_ISO", SPEC_SCHED_ISO },
	{ "SCHED_IDLE", SPEC_SCHED_IDLE },
	{ "SCHED_DEADLINE", SPEC_SCHED_DEADLINE },
	{ NULL, 0 },
};

static const struct word scheduler_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0 },  { "SCHED_FLAG_RECLAIM", 0 },
	{ "SCHED_FLAG_DL_OVERRUN", 0 },	    { "SCHED_FLAG_KEEP_POLICY", 0 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0 },    { "SCHED_FLAG_UTIL_CLAMP_MIN", 0 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0 }, { NULL, 0 },
};

static const struct field scheduler_rows[] = {
	ROW(spec_scheduler, policy, "policy", FIELD_ENUM, .required = true, .words = policies),
	ROW(spec_scheduler, nice, "nice", FIELD_OPT_INT, INT32_RANGE),
	ROW(spec_scheduler, priority, "priority", FIELD_OPT_INT, INT32_RANGE),
	ROW(spec_scheduler, flags, "flags", FIELD_STRINGS, .words = scheduler_flags),
	ROW(spec_scheduler, runtime, "runtime", FIELD_U64),
	ROW(spec_scheduler, deadline, "deadline", FIELD_U64),
	ROW(spec_scheduler, period, "period", FIELD_U64),
};
static const struct fields scheduler_fields = FIELDS(struct spec_scheduler, scheduler_rows);

static const struct word io_classes[] = {
	{ "IOPRIO_CLASS_RT", SPEC_IO_RT },
	{ "IOPRIO_CLASS_BE", SPEC_IO_BE },
	{ "IOPRIO_CLASS_IDLE", SPEC_IO_IDLE },
	{ NULL, 0 },
};

static const struct field io_priority_rows[] = {
	ROW(spec_io_priority, class, "class", FIELD_ENUM, .required = true, .words = io_classes),
	ROW(spec_io_priority, priority, "priority", FIELD_INT, INT32_RANGE),
};
static const struct fields io_priority_fields = FIELDS(struct spec_io_priority, io_priority_rows);

static const struct field cpu_affinity_rows[] = {
	ROW(spec_cpu_affinity, initial, "initial", FIELD_STRING, .valid = is_cpu_list, .expects = "a list of CPUs like 0-3,8"),
	ROW(spec_cpu_affinity, final, "final", FIELD_STRING, .valid = is_cpu_list, .expects = "a list of CPUs like 0-3,8"),
};
static const struct fields cpu_affinity_fields = FIELDS(struct spec_cpu_affinity, cpu_affinity_rows);

static const struct field process_rows[] = {
	ROW(spec_process, terminal, "terminal", FIELD_BOOL, .required = false),
	ROW(spec_process, console_size, "consoleSize", FIELD_OBJECT_PTR, .fields = &console_size_fields),
	ROW(spec_process, user, "user", FIELD_OBJECT, .fields = &user_fields),
	ROW(spec_process, args, "args", FIELD_STRINGS),
	ROW(spec_process, command_line, "commandLine", FIELD_STRING),
	ROW(spec_process, env, "env", FIELD_STRINGS),
	ROW(spec_process, cwd, "cwd", FIELD_STRING, .required = true),
	ROW(spec_process, capabilities, "capabilities", FIELD_OBJECT_PTR, .fields = &capabilities_fields),
	ROW(spec_process, rlimits, "rlimits", FIELD_OBJECTS, .fields = &rlimit_fields),
	ROW(spec_process, no_new_privileges, "noNewPrivileges", FIELD_BOOL),
	ROW(spec_process, apparmor_profile, "apparmorProfile", FIELD_STRING),
	ROW(spec_process, selinux_label, "selinuxLabel", FIELD_STRING),
	ROW(spec_process, oom_score_adj, "oomScoreAdj", FIELD_OPT_INT, INT32_RANGE),
	ROW(spec_process, scheduler, "scheduler", FIELD_OBJECT_PTR, .fields = &scheduler_fields),
	ROW(spec_process, io_priority, "ioPriority", FIELD_OBJECT_PTR, .fields = &io_priority_fields),
	ROW(spec_process, exec_cpu_affinity, "execCPUAffinity", FIELD_OBJECT_PTR, .fields = &cpu_affinity_fields),
};
const struct fields spec_process_fields = FIELDS(struct spec_process, process_rows);

static const struct field hook_rows[] = {
	ROW(spec_hook, path, "path", FIELD_STRING, .required = true),
	ROW(spec_hook, args, "args", FIELD_STRINGS),
	ROW(spec_hook, env, "env", FIELD_STRINGS),
	ROW(spec_hook, timeout, "timeout", FIELD_OPT_INT, .min = 1, .max = INT32_MAX),
};
static const struct fields hook_fields = FIELDS(struct spec_hook, hook_rows);

static const struct field hooks_rows[] = {
	ROW(spec_hooks, prestart, "prestart", FIELD_OBJECTS, .fields = &hook_fields),
	ROW(spec_hooks, create_runtime, "createRuntime", FIELD_OBJECTS, .fields = &hook_fields),
	ROW(spec_hooks, create_container, "createContainer", FIELD_OBJECTS, .fields = &hook_fields),
	ROW(spec_hooks, start_container, "startContainer", FIELD_OBJECTS, .fields = &hook_fields),
	ROW(spec_hooks, poststart, "poststart", FIELD_OBJECTS, .fields = &hook_fields),
	ROW(spec_hooks, poststop, "poststop", FIELD_OBJECTS, .fields = &hook_fields),
};
static const struct fields hooks_fields = FIELDS(struct spec_hooks, hooks_rows);

static const struct word namespace_types[] = {
	{ "user", SPEC_NS_USER },	{ "mount", SPEC_NS_MOUNT }, { "pid", SPEC_NS_PID },
	{ "network", SPEC_NS_NETWORK }, { "uts", SPEC_NS_UTS },	    { "ipc", SPEC_NS_IPC },
	{ "cgroup", SPEC_NS_CGROUP },	{ "time", SPEC_NS_TIME },   { NULL, 0 },
};

static const struct field namespace_rows[] = {
	ROW(spec_namespace, type, "type", FIELD_ENUM, .required = true, .words = namespace_types),
	ROW(spec_namespace, path, "path", FIELD_STRING),
};
static const struct fields namespace_fields = FIELDS(struct spec_namespace, namespace_rows);

static const struct field device_rows[] = {
	ROW(spec_device, type, "type", FIELD_STRING, .required = true, .valid = is_device_type, .expects = "one of c, b, u, p"),
	ROW(spec_device, path, "path", FIELD_STRING, .required = true),
	ROW(spec_device, major, "major", FIELD_OPT_INT, .max = UINT32_MAX),
	ROW(spec_device, minor, "minor", FIELD_OPT_INT, .max = UINT32_MAX),
	ROW(spec_device, file_mode, "fileMode", FIELD_OPT_U32, .max = 07777),
	ROW(spec_device, uid, "uid", FIELD_OPT_U32),
	ROW(spec_device, gid, "gid", FIELD_OPT_U32),
};
static const struct fields device_fields = FIELDS(struct spec_device, device_rows);

static const struct field net_device_rows[] = {
	ROW(spec_net_device, name, "name", FIELD_STRING),
};
static const struct fields net_device_fields = FIELDS(struct spec_net_device, net_device_rows);

static const struct field device_rule_rows[] = {
	ROW(spec_device_rule, allow, "allow", FIELD_BOOL, .required = true),
	ROW(spec_device_rule, type, "type", FIELD_STRING),
	ROW(spec_device_rule, major, "major", FIELD_OPT_INT),
	ROW(spec_device_rule, minor, "minor", FIELD_OPT_INT),
	ROW(spec_device_rule, access, "access", FIELD_STRING),
};
static const struct fields device_rule_fields = FIELDS(struct spec_device_rule, device_rule_rows);

static const struct field memory_rows[] = {
	ROW(spec_memory, limit, "limit", FIELD_OPT_INT),
	ROW(spec_memory, reservation, "reservation", FIELD_OPT_INT),
	ROW(spec_memory, swap, "swap", FIELD_OPT_INT),
	ROW(spec_memory, kernel, "kernel", FIELD_OPT_INT),
	ROW(spec_memory, kernel_tcp, "kernelTCP", FIELD_OPT_INT),
	ROW(spec_memory, swappiness, "swappiness", FIELD_OPT_U64),
	ROW(spec_memory, disable_oom_killer, "disableOOMKiller", FIELD_BOOL),
	ROW(spec_memory, use_hierarchy, "useHierarchy", FIELD_BOOL),
	ROW(spec_memory, check_before_update, "checkBeforeUpdate", FIELD_BOOL),
};
static const struct fields memory_fields = FIELDS(struct spec_memory, memory_rows);

static const struct field cpu_rows[] = {
	ROW(spec_cpu, shares, "shares", FIELD_OPT_U64),
	ROW(spec_cpu, quota, "quota", FIELD_OPT_INT),
	ROW(spec_cpu, burst, "burst", FIELD_OPT_U64),
	ROW(spec_cpu, period, "period", FIELD_OPT_U64),
	ROW(spec_cpu, realtime_runtime, "realtimeRuntime", FIELD_OPT_INT),
	ROW(spec_cpu, realtime_period, "realtimePeriod", FIELD_OPT_U64),
	ROW(spec_cpu, cpus, "cpus", FIELD_STRING),
	ROW(spec_cpu, mems, "mems", FIELD_STRING),
	ROW(spec_cpu, idle, "idle", FIELD_OPT_INT),
};
static const struct fields cpu_fields = FIELDS(struct spec_cpu, cpu_rows);

static const struct field pids_rows[] = {
	ROW(spec_pids, limit, "limit", FIELD_INT, .required = true),
};
static const struct fields pids_fields = FIELDS(struct spec_pids, pids_rows);

static const struct field weight_device_rows[] = {
	ROW(spec_weight_device, major, "major", FIELD_INT, .required = true),
	ROW(spec_weight_device, minor, "minor", FIELD_INT, .required = true),
	ROW(spec_weight_device, weight, "weight", FIELD_OPT_U32, .max = UINT16_MAX),
	ROW(spec_weight_device, leaf_weight, "leafWeight", FIELD_OPT_U32, .max = UINT16_MAX),
};
static const struct fields weight_device_fields = FIELDS(struct spec_weight_device, weight_device_rows);

static const struct field throttle_rows[] = {
	ROW(spec_throttle, major, "major", FIELD_INT, .required = true),
	ROW(spec_throttle, minor, "minor", FIELD_INT, .required = true),
	ROW(spec_throttle, rate, "rate", FIELD_OPT_U64),
};
static const struct fields throttle_fields = FIELDS(struct spec_throttle, throttle_rows);

static const struct field block_io_rows[] = {
	ROW(spec_block_io, weight, "weight", FIELD_OPT_U32, .max = UINT16_MAX),
	ROW(spec_block_io, leaf_weight, "leafWeight", FIELD_OPT_U32, .max = UINT16_MAX),
	ROW(spec_block_io, weight_device, "weightDevice", FIELD_OBJECTS, .fields = &weight_device_fields),
	ROW(spec_block_io, read_bps, "throttleReadBpsDevice", FIELD_OBJECTS, .fields = &throttle_fields),
	ROW(spec_block_io, write_bps, "throttleWriteBpsDevice", FIELD_OBJECTS, .fields = &throttle_fields),
	ROW(spec_block_io, read_iops, "throttleReadIOPSDevice", FIELD_OBJECTS, .fields = &throttle_fields),
	ROW(spec_block_io, write_iops, "throttleWriteIOPSDevice", FIELD_OBJECTS, .fields = &throttle_fields),
};
static const struct fields block_io_fields = FIELDS(struct spec_block_io, block_io_rows);

static const struct field hugepage_rows[] = {
	ROW(spec_hugepage_limit, page_size, "pageSize", FIELD_STRING, .required = true, .valid = is_page_size,
	    .expects = "a size like 2MB"),
	ROW(spec_hugepage_limit, limit, "limit", FIELD_U64, .required = true),
};
static const struct fields hugepage_fields = FIELDS(struct spec_hugepage_limit, hugepage_rows);

static const struct field priority_rows[] = {
	ROW(spec_priority, name, "name", FIELD_STRING, .required = true),
	ROW(spec_priority, priority, "priority", FIELD_U32, .required = true),
};
static const struct fields priority_fields = FIELDS(struct spec_priority, priority_rows);

static const struct field network_rows[] = {
	ROW(spec_network, class_id, "classID", FIELD_OPT_U32),
	ROW(spec_network, priorities, "priorities", FIELD_OBJECTS, .fields = &priority_fields),
};
static const struct fields network_fields = FIELDS(struct spec_network, network_rows);

static const struct field rdma_rows[] = {
	ROW(spec_rdma, hca_handles, "hcaHandles", FIELD_OPT_U32),
	ROW(spec_rdma, hca_objects, "hcaObjects", FIELD_OPT_U32),
};
static const struct fields rdma_fields = FIELDS(struct spec_rdma, rdma_rows);

static const struct field resources_rows[] = {
	ROW(spec_resources, devices, "devices", FIELD_OBJECTS, .fields = &device_rule_fields),
	ROW(spec_resources, memory, "memory", FIELD_OBJECT_PTR, .fields = &memory_fields),
	ROW(spec_resources, cpu, "cpu", FIELD_OBJECT_PTR, .fields = &cpu_fields),
	ROW(spec_resources, pids, "pids", FIELD_OBJECT_PTR, .fields = &pids_fields),
	ROW(spec_resources, block_io, "blockIO", FIELD_OBJECT_PTR, .fields = &block_io_fields),
	ROW(spec_resources, hugepage_limits, "hugepageLimits", FIELD_OBJECTS, .fields = &hugepage_fields),
	ROW(spec_resources, network, "network", FIELD_OBJECT_PTR, .fields = &network_fields),
	ROW(spec_resources, rdma, "rdma", FIELD_OBJECT_MAP, .fields = &rdma_fields),
	ROW(spec_resources, unified, "unified", FIELD_MAP),
};
const struct fields spec_resources_fields = FIELDS(struct spec_resources, resources_rows);

static const struct field rdt_rows[] = {
	ROW(spec_rdt, clos_id, "closID", FIELD_STRING),
	ROW(spec_rdt, schemata, "schemata", FIELD_STRINGS),
	ROW(spec_rdt, l3_cache_schema, "l3CacheSchema", FIELD_STRING),
	ROW(spec_rdt, mem_bw_schema, "memBwSchema", FIELD_STRING, .valid = is_mem_bw_schema, .expects = "a line that starts with MB:"),
	ROW(spec_rdt, enable_monitoring, "enableMonitoring", FIELD_BOOL),
};
static const struct fields rdt_fields = FIELDS(struct spec_rdt, rdt_rows);

/* SCMP_ACT_KILL is the old name of SCMP_ACT_KILL_THREAD (seccomp_init(3)). */
const struct word spec_seccomp_actions[] = {
	{ "SCMP_ACT_KILL_THREAD", SPEC_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL", SPEC_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SPEC_ACT_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SPEC_ACT_TRAP },
	{ "SCMP_ACT_ERRNO", SPEC_ACT_ERRNO },
	{ "SCMP_ACT_TRACE", SPEC_ACT_TRACE },
	{ "SCMP_ACT_ALLOW", SPEC_ACT_ALLOW },
	{ "SCMP_ACT_LOG", SPEC_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", SPEC_ACT_NOTIFY },
	{ NULL, 0 },
};

const struct word spec_seccomp_operators[] = {
	{ "SCMP_CMP_NE", SPEC_CMP_NE },
	{ "SCMP_CMP_LT", SPEC_CMP_LT },
	{ "SCMP_CMP_LE", SPEC_CMP_LE },
	{ "SCMP_CMP_EQ", SPEC_CMP_EQ },
	{ "SCMP_CMP_GE", SPEC_CMP_GE },
	{ "SCMP_CMP_GT", SPEC_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SPEC_CMP_MASKED_EQ },
	{ NULL, 0 },
};

const struct word spec_seccomp_archs[] = {
	{ "SCMP_ARCH_X86", 0 },		{ "SCMP_ARCH_X86_64", 0 },	{ "SCMP_ARCH_X32", 0 },	    { "SCMP_ARCH_ARM", 0 },
	{ "SCMP_ARCH_AARCH64", 0 },	{ "SCMP_ARCH_LOONGARCH64", 0 }, { "SCMP_ARCH_M68K", 0 },    { "SCMP_ARCH_MIPS", 0 },
	{ "SCMP_ARCH_MIPS64", 0 },	{ "SCMP_ARCH_MIPS64N32", 0 },	{ "SCMP_ARCH_MIPSEL", 0 },  { "SCMP_ARCH_MIPSEL64", 0 },
	{ "SCMP_ARCH_MIPSEL64N32", 0 }, { "SCMP_ARCH_PPC", 0 },		{ "SCMP_ARCH_PPC64", 0 },   { "SCMP_ARCH_PPC64LE", 0 },
	{ "SCMP_ARCH_S390", 0 },	{ "SCMP_ARCH_S390X", 0 },	{ "SCMP_ARCH_SH", 0 },	    { "SCMP_ARCH_SHEB", 0 },
	{ "SCMP_ARCH_PARISC", 0 },	{ "SCMP_ARCH_PARISC64", 0 },	{ "SCMP_ARCH_RISCV64", 0 }, { NULL, 0 },
};

const struct word spec_seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", 0 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 0 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0 },
	{ NULL, 0 },
};

static const struct field syscall_arg_rows[] = {
	ROW(spec_syscall_arg, index, "index", FIELD_U32, .required = true),
	ROW(spec_syscall_arg, value, "value", FIELD_U64, .required = true),
	ROW(spec_syscall_arg, value_two, "valueTwo", FIELD_U64),
	ROW(spec_syscall_arg, op, "op", FIELD_ENUM, .required = true, .words = spec_seccomp_operators),
};
static const struct fields syscall_arg_fields = FIELDS(struct spec_syscall_arg, syscall_arg_rows);

static const struct field syscall_rows[] = {
	ROW(spec_syscall, names, "names", FIELD_STRINGS, .required = true),
	ROW(spec_syscall, action, "action", FIELD_ENUM, .required = true, .words = spec_seccomp_actions),
	ROW(spec_syscall, errno_ret, "errnoRet", FIELD_OPT_U32),
	ROW(spec_syscall, args, "args", FIELD_OBJECTS, .fields = &syscall_arg_fields),
};
static const struct fields syscall_fields = FIELDS(struct spec_syscall, syscall_rows);

static const struct field seccomp_rows[] = {
	ROW(spec_seccomp, default_action, "defaultAction", FIELD_ENUM, .required = true, .words = spec_seccomp_actions),
	ROW(spec_seccomp, default_errno_ret, "defaultErrnoRet", FIELD_OPT_U32),
	ROW(spec_seccomp, architectures, "architectures", FIELD_STRINGS, .words = spec_seccomp_archs),
	ROW(spec_seccomp, flags, "flags", FIELD_STRINGS, .words = spec_seccomp_flags),
	ROW(spec_seccomp, listener_path, "listenerPath", FIELD_STRING),
	ROW(spec_seccomp, listener_metadata, "listenerMetadata", FIELD_STRING),
	ROW(spec_seccomp, syscalls, "syscalls", FIELD_OBJECTS, .fields = &syscall_fields),
};
const struct fields spec_seccomp_fields = FIELDS(struct spec_seccomp, seccomp_rows);

const struct word spec_memory_modes[] = {
	{ "MPOL_DEFAULT", 0 },	 { "MPOL_BIND", 0 },	       { "MPOL_INTERLEAVE", 0 }, { "MPOL_WEIGHTED_INTERLEAVE", 0 },
	{ "MPOL_PREFERRED", 0 }, { "MPOL_PREFERRED_MANY", 0 }, { "MPOL_LOCAL", 0 },	 { NULL, 0 },
};

const struct word spec_memory_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 0 },
	{ "MPOL_F_RELATIVE_NODES", 0 },
	{ "MPOL_F_STATIC_NODES", 0 },
	{ NULL, 0 },
};

static const struct field memory_policy_rows[] = {
	ROW(spec_memory_policy, mode, "mode", FIELD_STRING, .words = spec_memory_modes),
	ROW(spec_memory_policy, nodes, "nodes", FIELD_STRING),
	ROW(spec_memory_policy, flags, "flags", FIELD_STRINGS, .words = spec_memory_flags),
};
static const struct fields memory_policy_fields = FIELDS(struct spec_memory_policy, memory_policy_rows);

static const struct word domains[] = { { "LINUX", 0 }, { "LINUX32", 0 }, { NULL, 0 } };

static const struct field personality_rows[] = {
	ROW(spec_personality, domain, "domain", FIELD_STRING, .words = domains),
	ROW(spec_personality, flags, "flags", FIELD_STRINGS),
};
static const struct fields personality_fields = FIELDS(struct spec_personality, personality_rows);

static const struct field time_offset_rows[] = {
	ROW(spec_time_offset, secs, "secs", FIELD_INT),
	ROW(spec_time_offset, nanosecs, "nanosecs", FIELD_U32),
};
static const struct fields time_offset_fields = FIELDS(struct spec_time_offset, time_offset_rows);

static const struct field time_offsets_rows[] = {
	ROW(spec_time_offsets, boottime, "boottime", FIELD_OBJECT_PTR, .fields = &time_offset_fields),
	ROW(spec_time_offsets, monotonic, "monotonic", FIELD_OBJECT_PTR, .fields = &time_offset_fields),
};
static const struct fields time_offsets_fields = FIELDS(struct spec_time_offsets, time_offsets_rows);

static const struct word propagations[] = {
	{ "private", 0 },
	{ "shared", 0 },
	{ "slave", 0 },
	{ "unbindable", 0 },
	/* runc writes and accepts the recursive spellings too */
	{ "rprivate", 0 },
	{ "rshared", 0 },
	{ "rslave", 0 },
	{ "runbindable", 0 },
	{ "", 0 },
	{ NULL, 0 },
};

static const struct field linux_rows[] = {
	ROW(spec_linux, uid_mappings, "uidMappings", FIELD_OBJECTS, .fields = &spec_id_mapping_fields),
	ROW(spec_linux, gid_mappings, "gidMappings", FIELD_OBJECTS, .fields = &spec_id_mapping_fields),
	ROW(spec_linux, sysctl, "sysctl", FIELD_MAP),
	ROW(spec_linux, resources, "resources", FIELD_OBJECT_PTR, .fields = &spec_resources_fields),
	ROW(spec_linux, cgroups_path, "cgroupsPath", FIELD_STRING),
	ROW(spec_linux, namespaces, "namespaces", FIELD_OBJECTS, .fields = &namespace_fields),
	ROW(spec_linux, devices, "devices", FIELD_OBJECTS, .fields = &device_fields),
	ROW(spec_linux, net_devices, "netDevices", FIELD_OBJECT_MAP, .fields = &net_device_fields),
	ROW(spec_linux, seccomp, "seccomp", FIELD_OBJECT_PTR, .fields = &spec_seccomp_fields),
	ROW(spec_linux, rootfs_propagation, "rootfsPropagation", FIELD_STRING, .words = propagations),
	ROW(spec_linux, masked_paths, "maskedPaths", FIELD_STRINGS),
	ROW(spec_linux, readonly_paths, "readonlyPaths", FIELD_STRINGS),
	ROW(spec_linux, mount_label, "mountLabel", FIELD_STRING),
	ROW(spec_linux, intel_rdt, "intelRdt", FIELD_OBJECT_PTR, .fields = &rdt_fields),
	ROW(spec_linux, memory_policy, "memoryPolicy", FIELD_OBJECT_PTR, .fields = &memory_policy_fields),
	ROW(spec_linux, personality, "personality", FIELD_OBJECT_PTR, .fields = &personality_fields),
	ROW(spec_linux, time_offsets, "timeOffsets", FIELD_OBJECT_PTR, .fields = &time_offsets_fields),
};
static const struct fields linux_fields = FIELDS(struct spec_linux, linux_rows);

static const struct field spec_rows[] = {
	ROW(spec, oci_version, "ociVersion", FIELD_STRING, .required = true),
	ROW(spec, process, "process", FIELD_OBJECT_PTR, .fields = &spec_process_fields),
	ROW(spec, root, "root", FIELD_OBJECT_PTR, .fields = &root_fields),
	ROW(spec, hostname, "hostname", FIELD_STRING),
	ROW(spec, domainname, "domainname", FIELD_STRING),
	ROW(spec, mounts, "mounts", FIELD_OBJECTS, .fields = &mount_fields),
	ROW(spec, hooks, "hooks", FIELD_OBJECT_PTR, .fields = &hooks_fields),
	ROW(spec, annotations, "annotations", FIELD_MAP),
	ROW(spec, linux_, "linux", FIELD_OBJECT_PTR, .fields = &linux_fields),
};
const struct fields spec_fields = FIELDS(struct spec, spec_rows);
