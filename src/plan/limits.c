/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits.c - resources as writes to the files of a cgroup (the kernel's admin-guide/cgroup-v2). */
#include "base/err.h"
#include "base/json.h"
#include "plan/limits_parts.h"
#include <string.h>

#define AT "/linux/resources/"

struct maker {
	struct arena *arena;
	const struct strv *asked;
	struct cgroup_writes writes;
	struct strv left;
};

static int bad_value(const char *pointer, const char *why)
{
	return err_set(EINVAL, "config-invalid", "config.json: %s: %s", pointer, why);
}

/* Where "no limit" is written, a kernel without the file does not limit either. */
static bool is_max(const char *value)
{
	return strncmp(value, "max", 3) == 0;
}

static struct cgroup_write *add(struct maker *m, const char *origin, const char *file, const char *value)
{
	struct cgroup_write *w = arena_push(m->arena, &m->writes);

	*w = (struct cgroup_write){
		.file = file,
		.value = value,
		.optional = is_max(value),
		.asked = strv_has(m->asked, origin),
		.origin = origin,
	};
	return w;
}

static void leave(struct maker *m, const char *pointer)
{
	strv_push(m->arena, &m->left, arena_strdup(m->arena, pointer));
}

static const char *number(struct arena *a, uint64_t n)
{
	return arena_printf(a, "%llu", (unsigned long long)n);
}

static const char *number_or_max(struct arena *a, int64_t n)
{
	return n < 0 ? "max" : number(a, (uint64_t)n);
}

/* What was not set is 0 for runc and those who write for it, and the other way round. */
static int64_t or_zero(struct opt_i64 v)
{
	return v.set ? v.value : 0;
}

static uint64_t or_zero_u(struct opt_u64 v)
{
	return v.set ? v.value : 0;
}

/* ---- memory ---- */

static int write_bytes(struct maker *m, const char *pointer, struct opt_i64 v, const char *file)
{
	int64_t n = or_zero(v);

	if (n < -1)
		return bad_value(pointer, "must be a number of bytes, or -1 for no limit");
	if (n != 0)
		add(m, pointer, file, number_or_max(m->arena, n));
	return 0;
}

/* v1 counts memory and swap together, v2 swap alone. */
static int write_swap(struct maker *m, const struct spec_memory *mem)
{
	static const char pointer[] = AT "memory/swap";
	int64_t limit = or_zero(mem->limit), both = or_zero(mem->swap);
	struct cgroup_write *w;

	if (both < -1)
		return bad_value(pointer, "must be a number of bytes, or -1 for no limit");
	if (both > 0 && limit == 0)
		return bad_value(pointer, "needs a limit of memory, too: memory is counted in it");
	if (both > 0 && both < limit)
		return bad_value(pointer, "must be at least the limit of memory, which is counted in it");
	if (both == 0 && limit != -1)
		return 0;
	if (both == 0) /* no limit of memory is none of swap, as in v1 */
		w = add(m, AT "memory/limit", "memory.swap.max", "max");
	else
		w = add(m, pointer, "memory.swap.max", number_or_max(m->arena, both > 0 && limit > 0 ? both - limit : both));
	/* A kernel that does not count swap mostly has none, and then this holds. Kubernetes and others write it for every container,
	 * so that they can run on such a kernel only if it is let through (runc does). */
	if (strcmp(w->value, "0") == 0)
		w->optional = true;
	return 0;
}

static int write_memory(struct maker *m, const struct spec_memory *mem)
{
	int r;

	if ((r = write_bytes(m, AT "memory/limit", mem->limit, "memory.max")) < 0)
		return r;
	if ((r = write_bytes(m, AT "memory/reservation", mem->reservation, "memory.low")) < 0)
		return r;
	return write_swap(m, mem);
}

/* ---- cpu ---- */

static int write_cpu_max(struct maker *m, const struct spec_cpu *cpu)
{
	static const char at_quota[] = AT "cpu/quota", at_period[] = AT "cpu/period";
	int64_t quota = or_zero(cpu->quota);
	uint64_t period = or_zero_u(cpu->period);
	struct cgroup_write *w;

	if (period && (period < CPU_PERIOD_MIN || period > CPU_PERIOD_MAX))
		return bad_value(at_period, "must be from 1000 to 1000000 microseconds");
	if (quota > 0 && quota < CPU_QUOTA_MIN)
		return bad_value(at_quota, "must be at least 1000 microseconds");
	if (quota == 0 && period == 0)
		return 0;
	w = add(m, quota ? at_quota : at_period, "cpu.max",
		arena_printf(m->arena, "%s %llu", quota > 0 ? number(m->arena, (uint64_t)quota) : "max",
			     (unsigned long long)(period ? period : CPU_PERIOD_DEFAULT)));
	/* One file for both: whichever was asked for. */
	if (!w->asked && period && strv_has(m->asked, at_period)) {
		w->asked = true;
		w->origin = at_period;
	}
	return 0;
}

static int write_cpu_burst(struct maker *m, const struct spec_cpu *cpu)
{
	static const char pointer[] = AT "cpu/burst";
	int64_t quota = or_zero(cpu->quota);

	if (!cpu->burst.set)
		return 0;
	if (quota > 0 && cpu->burst.value > (uint64_t)quota)
		return bad_value(pointer, "must be at most the quota");
	/* Older kernels save nothing up, which is what 0 wants. */
	add(m, pointer, "cpu.max.burst", number(m->arena, cpu->burst.value))->optional = cpu->burst.value == 0;
	return 0;
}

/* The kernel takes no weight for a cgroup that is idle, and forgets the one that it had: so it becomes busy first, and if it is to be
 * idle, the weight is left. */
static int write_cpu_weight(struct maker *m, const struct spec_cpu *cpu)
{
	static const char at_idle[] = AT "cpu/idle", at_shares[] = AT "cpu/shares";
	int64_t idle = or_zero(cpu->idle);
	uint64_t shares = or_zero_u(cpu->shares);

	if (idle != 0 && idle != 1)
		return bad_value(at_idle, "must be 0 or 1");
	/* Kernels without the file know no idle cgroups. */
	if (cpu->idle.set)
		add(m, at_idle, "cpu.idle", idle ? "1" : "0")->optional = !idle;
	if (shares && !idle)
		add(m, at_shares, "cpu.weight", number(m->arena, limits_cpu_weight(shares)));
	else if (shares)
		leave(m, at_shares);
	return 0;
}

static int write_list(struct maker *m, const char *pointer, const char *list, const char *file)
{
	if (!list || !*list)
		return 0;
	if (!limits_cpu_mask(m->arena, list))
		return bad_value(pointer, "must be a list of numbers like 0-3,8");
	add(m, pointer, file, list);
	return 0;
}

static int write_cpu(struct maker *m, const struct spec_cpu *cpu)
{
	int r;

	if ((r = write_cpu_weight(m, cpu)) < 0)
		return r;
	if ((r = write_cpu_max(m, cpu)) < 0)
		return r;
	if ((r = write_cpu_burst(m, cpu)) < 0)
		return r;
	if ((r = write_list(m, AT "cpu/cpus", cpu->cpus, "cpuset.cpus")) < 0)
		return r;
	return write_list(m, AT "cpu/mems", cpu->mems, "cpuset.mems");
}

/* ---- pids ---- */

/* PID_MAX_LIMIT of a 64-bit kernel, which takes no larger limit and has no more processes. */
enum { PIDS_MAX = 4 * 1024 * 1024 };

static void write_pids(struct maker *m, const struct spec_pids *pids)
{
	static const char pointer[] = AT "pids/limit";

	/* 0 is a limit since 1.3.0 of the specification: no more processes than there must be. That is one: none can be born into a
	 * cgroup that takes none, and systemd refuses TasksMax=0. runc does the same. */
	if (pids->limit == 0)
		add(m, pointer, "pids.max", "1");
	else
		add(m, pointer, "pids.max", pids->limit > PIDS_MAX ? "max" : number_or_max(m->arena, pids->limit));
}

/* ---- blockIO ---- */

/* "MAJOR:MINOR" in the kernel's range (12 and 20 bits), or NULL. */
static const char *device_numbers(struct arena *a, int64_t major, int64_t minor)
{
	if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff)
		return NULL;
	return arena_printf(a, "%u:%u", (unsigned)major, (unsigned)minor);
}

/* BFQ keeps the weights of v1; the model of io.weight has a scale of its own. */
static int write_weight(struct maker *m, const char *pointer, const char *device, uint32_t weight)
{
	struct cgroup_write *w;

	if (weight > BLKIO_WEIGHT_MAX)
		return bad_value(pointer, "must be at most 1000");
	w = add(m, pointer, "io.bfq.weight", device ? arena_printf(m->arena, "%s %u", device, weight) : number(m->arena, weight));
	w->other_file = "io.weight";
	w->other_value = arena_printf(m->arena, "%s %llu", device ? device : "default", (unsigned long long)limits_io_weight(weight));
	return 0;
}

static int write_weight_device(struct maker *m, const struct spec_weight_device *d, const char *pointer)
{
	const char *device = device_numbers(m->arena, d->major, d->minor);

	if (!device)
		return bad_value(pointer, "major and minor are no numbers of a device");
	if (d->leaf_weight.set && d->leaf_weight.value)
		leave(m, arena_printf(m->arena, "%s/leafWeight", pointer));
	if (!d->weight.set || d->weight.value == 0)
		return 0;
	return write_weight(m, pointer, device, d->weight.value);
}

static int write_throttles(struct maker *m, const char *name, const struct spec_throttles *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct spec_throttle *t = &l->items[i];
		const char *pointer = arena_printf(m->arena, AT "blockIO/%s/%zu", name, i);
		const char *device = device_numbers(m->arena, t->major, t->minor);
		uint64_t rate = or_zero_u(t->rate);

		if (!device)
			return bad_value(pointer, "major and minor are no numbers of a device");
		/* 0 takes a limit away in v1; the kernel refuses it in v2. */
		add(m, pointer, "io.max", arena_printf(m->arena, "%s %s=%s", device, key, rate ? number(m->arena, rate) : "max"));
	}
	return 0;
}

static int write_block_io(struct maker *m, const struct spec_block_io *io)
{
	const struct {
		const char *name;
		const struct spec_throttles *list;
		const char *key;
	} throttles[] = {
		{ "throttleReadBpsDevice", &io->read_bps, "rbps" },
		{ "throttleWriteBpsDevice", &io->write_bps, "wbps" },
		{ "throttleReadIOPSDevice", &io->read_iops, "riops" },
		{ "throttleWriteIOPSDevice", &io->write_iops, "wiops" },
	};
	int r;

	if (io->leaf_weight.set && io->leaf_weight.value)
		leave(m, AT "blockIO/leafWeight");
	if (io->weight.set && io->weight.value && (r = write_weight(m, AT "blockIO/weight", NULL, io->weight.value)) < 0)
		return r;
	for (size_t i = 0; i < io->weight_device.n; i++)
		if ((r = write_weight_device(m, &io->weight_device.items[i], arena_printf(m->arena, AT "blockIO/weightDevice/%zu", i))) < 0)
			return r;
	for (size_t i = 0; i < ARRAY_SIZE(throttles); i++)
		if ((r = write_throttles(m, throttles[i].name, throttles[i].list, throttles[i].key)) < 0)
			return r;
	return 0;
}

/* ---- huge pages, RDMA ---- */

static void write_hugepages(struct maker *m, const struct spec_hugepage_limits *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *pointer = arena_printf(m->arena, AT "hugepageLimits/%zu", i), *size = l->items[i].page_size;
		const char *limit = number(m->arena, l->items[i].limit);

		add(m, pointer, arena_printf(m->arena, "hugetlb.%s.max", size), limit);
		/* What is reserved and never touched is not counted by the other. Linux 5.7. */
		add(m, pointer, arena_printf(m->arena, "hugetlb.%s.rsvd.max", size), limit)->optional = true;
	}
}

static const char *rdma_value(struct arena *a, struct opt_u32 v)
{
	return v.set && v.value < INT32_MAX ? number(a, v.value) : "max"; /* the kernel reads an int whose largest is its "max" */
}

static int write_rdma(struct maker *m, const struct spec_rdmas *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct spec_rdma *d = &l->items[i];
		const char *pointer = arena_printf(m->arena, AT "rdma/%s", json_pointer_key(m->arena, d->key));

		if (!*d->key || d->key[strcspn(d->key, " \t\n")])
			return bad_value(pointer, "is no name of a device");
		add(m, pointer, "rdma.max",
		    arena_printf(m->arena, "%s hca_handle=%s hca_object=%s", d->key, rdma_value(m->arena, d->hca_handles),
				 rdma_value(m->arena, d->hca_objects)));
	}
	return 0;
}

/* ---- unified ---- */

const char *unified_problem(const char *file)
{
	const char *dot = strchr(file, '.');

	if (strchr(file, '/'))
		return "must be the name of a file, without '/'";
	if (!dot || dot == file)
		return "must be the name of a file like memory.high";
	if (strncmp(file, "cgroup.", 7) == 0)
		return "is no limit: files of the cgroup itself cannot be set";
	return NULL;
}

/* Files in which a line is about one device; the others hold one value. */
static bool holds_lines(const char *file)
{
	return strncmp(file, "io.", 3) == 0 || strcmp(file, "rdma.max") == 0;
}

static void forget(struct cgroup_writes *l, const char *file)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].file, file) != 0)
			l->items[kept++] = l->items[i];
	l->n = kept;
}

static bool is_blank(const char *value)
{
	return value[strspn(value, "\n")] == '\0';
}

/* Who names a file wants that one. */
static void add_as_is(struct maker *m, const char *pointer, const char *file, const char *value)
{
	add(m, pointer, file, value)->optional = false;
}

static int write_unified(struct maker *m, const struct key_value *kv)
{
	const char *pointer = arena_printf(m->arena, AT "unified/%s", json_pointer_key(m->arena, kv->key));
	const char *problem = unified_problem(kv->key), *value = kv->value;

	if (problem)
		return bad_value(pointer, problem);
	if (!holds_lines(kv->key))
		forget(&m->writes, kv->key);
	if (is_blank(value))
		add_as_is(m, pointer, kv->key, "");
	/* The kernel reads one line of what is written at once. */
	while (*value) {
		size_t len = strcspn(value, "\n");

		if (len > 0)
			add_as_is(m, pointer, kv->key, arena_strndup(m->arena, value, len));
		value += len + (value[len] == '\n');
	}
	return 0;
}

/* ---- all ---- */

static void leave_those_without_file(struct maker *m, const struct spec_resources *r)
{
	const struct spec_memory *mem = r->memory;
	const struct spec_cpu *cpu = r->cpu;
	const struct spec_network *net = r->network;
	const struct {
		bool is_set;
		const char *pointer;
	} rows[] = {
		{ mem && or_zero(mem->kernel) != 0 && or_zero(mem->kernel) != -1, AT "memory/kernel" },
		{ mem && or_zero(mem->kernel_tcp) != 0 && or_zero(mem->kernel_tcp) != -1, AT "memory/kernelTCP" },
		{ mem && mem->swappiness.set, AT "memory/swappiness" },
		{ mem && mem->disable_oom_killer, AT "memory/disableOOMKiller" },
		{ cpu && or_zero(cpu->realtime_runtime) != 0, AT "cpu/realtimeRuntime" },
		{ cpu && or_zero_u(cpu->realtime_period) != 0, AT "cpu/realtimePeriod" },
		{ net && net->class_id.set && net->class_id.value != 0, AT "network/classID" },
		{ net && net->priorities.n > 0, AT "network/priorities" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].is_set)
			leave(m, rows[i].pointer);
}

int limits_to_writes(struct arena *a, const struct spec_resources *r, const struct strv *asked, struct cgroup_writes *ret,
		     struct strv *ret_left)
{
	struct maker m = { .arena = a, .asked = asked };
	int e;

	if (r->memory && (e = write_memory(&m, r->memory)) < 0)
		return e;
	if (r->cpu && (e = write_cpu(&m, r->cpu)) < 0)
		return e;
	if (r->pids)
		write_pids(&m, r->pids);
	if (r->block_io && (e = write_block_io(&m, r->block_io)) < 0)
		return e;
	write_hugepages(&m, &r->hugepage_limits);
	if ((e = write_rdma(&m, &r->rdma)) < 0)
		return e;
	for (size_t i = 0; i < r->unified.n; i++)
		if ((e = write_unified(&m, &r->unified.items[i])) < 0)
			return e;
	leave_those_without_file(&m, r);
	*ret = m.writes;
	*ret_left = m.left;
	return 0;
}
