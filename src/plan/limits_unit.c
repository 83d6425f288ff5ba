/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits_unit.c - limits as properties of a systemd unit (systemd.resource-control(5)).
 *
 * They are read from the writes, which know already what the specification means and what "unified" has replaced. What
 * systemd would refuse is left out: it refuses the whole unit, and the kernel says it better when the file is written. */
#include "plan/limits_parts.h"
#include <string.h>

static const struct cgroup_write *last_write(const struct cgroup_writes *l, const char *file)
{
	for (size_t i = l->n; i > 0; i--)
		if (strcmp(l->items[i - 1].file, file) == 0)
			return &l->items[i - 1];
	return NULL;
}

static void add(struct arena *a, struct unit_properties *l, const char *name, const char *type, const char *value)
{
	*arena_push(a, l) = (struct unit_property){ .name = name, .type = type, .value = value };
}

static void add_number(struct arena *a, struct unit_properties *l, const char *name, uint64_t n)
{
	add(a, l, name, "t", arena_printf(a, "%llu", (unsigned long long)n));
}

static void skip_space(const char **p)
{
	*p += strspn(*p, " \t");
}

/* A number or "max", and the space behind. */
static bool limit_scan(const char **p, uint64_t *ret)
{
	skip_space(p);
	if (strncmp(*p, "max", 3) == 0) {
		*p += 3;
		*ret = UINT64_MAX;
	} else if (!number_scan(p, ret)) {
		return false;
	}
	if (**p && **p != ' ' && **p != '\t')
		return false;
	skip_space(p);
	return true;
}

/* ---- one value ---- */

static const struct {
	const char *file, *name;
	uint64_t min; /* that systemd takes */
} numbers[] = {
	{ "memory.min", "MemoryMin", 0 }, { "memory.low", "MemoryLow", 0 },	     { "memory.high", "MemoryHigh", 1 },
	{ "memory.max", "MemoryMax", 1 }, { "memory.swap.max", "MemorySwapMax", 0 }, { "memory.zswap.max", "MemoryZSwapMax", 0 },
	{ "pids.max", "TasksMax", 1 },
};

static void numbers_as_properties(struct arena *a, const struct cgroup_writes *l, struct unit_properties *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct cgroup_write *w = last_write(l, numbers[i].file);
		const char *p = w ? w->value : "";
		uint64_t n;

		if (limit_scan(&p, &n) && !*p && n >= numbers[i].min)
			add_number(a, ret, numbers[i].name, n);
	}
}

/* Weight 0 is systemd's word for idle, since 252. */
static void weight_as_property(struct arena *a, const struct cgroup_writes *l, struct unit_properties *ret)
{
	const struct cgroup_write *idle = last_write(l, "cpu.idle"), *weight = last_write(l, "cpu.weight");
	const char *p = idle ? idle->value : "";
	uint64_t n;

	if (limit_scan(&p, &n) && !*p && n == 1) {
		add_number(a, ret, "CPUWeight", 0);
		return;
	}
	p = weight ? weight->value : "";
	if (limit_scan(&p, &n) && !*p && n >= 1 && n <= 10000)
		add_number(a, ret, "CPUWeight", n);
}

/* Microseconds in a second. systemd keeps hundredths of a processor, and a cgroup inside may ask for all of what was given: so up
 * to the next one. */
static uint64_t quota_per_second(uint64_t quota, uint64_t period)
{
	enum { HUNDREDTH = 10000 };
	uint64_t n;

	if (quota == UINT64_MAX || __builtin_mul_overflow(quota, 1000000, &n))
		return UINT64_MAX;
	n /= period;
	if (n % HUNDREDTH && __builtin_add_overflow(n, HUNDREDTH - n % HUNDREDTH, &n))
		return UINT64_MAX;
	return n;
}

static void quota_as_properties(struct arena *a, const struct cgroup_writes *l, struct unit_properties *ret)
{
	const struct cgroup_write *w = last_write(l, "cpu.max");
	const char *p = w ? w->value : "";
	uint64_t quota, period = CPU_PERIOD_DEFAULT;

	if (!limit_scan(&p, &quota) || quota == 0 || (*p && !limit_scan(&p, &period)) || *p)
		return;
	if (period < CPU_PERIOD_MIN || period > CPU_PERIOD_MAX)
		return;
	add_number(a, ret, "CPUQuotaPerSecUSec", quota_per_second(quota, period));
	add_number(a, ret, "CPUQuotaPeriodUSec", period);
}

static void lists_as_properties(struct arena *a, const struct cgroup_writes *l, struct unit_properties *ret)
{
	static const struct {
		const char *file, *name;
	} rows[] = {
		{ "cpuset.cpus", "AllowedCPUs" },
		{ "cpuset.mems", "AllowedMemoryNodes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cgroup_write *w = last_write(l, rows[i].file);
		const char *mask = w ? limits_cpu_mask(a, w->value) : NULL;

		if (mask)
			add(a, ret, rows[i].name, "ay", mask);
	}
}

/* ---- values of devices ---- */

static const struct device_property {
	const char *file, *key, *name;
	uint64_t max;
} device_properties[] = {
	{ "io.weight", "", "IODeviceWeight", 10000 },
	{ "io.max", "rbps=", "IOReadBandwidthMax", UINT64_MAX },
	{ "io.max", "wbps=", "IOWriteBandwidthMax", UINT64_MAX },
	{ "io.max", "riops=", "IOReadIOPSMax", UINT64_MAX },
	{ "io.max", "wiops=", "IOWriteIOPSMax", UINT64_MAX },
};

/* systemd has no property for BFQ alone: it makes both of one. */
static const char *value_for(const struct cgroup_write *w, const char *file)
{
	if (strcmp(w->file, file) == 0)
		return w->value;
	return w->other_file && strcmp(w->other_file, file) == 0 ? w->other_value : NULL;
}

/* "MAJOR:MINOR" and the space behind; its length, or 0. */
static size_t device_scan(const char **p)
{
	size_t major, minor;
	const char *s;

	skip_space(p);
	s = *p;
	major = strspn(s, "0123456789");
	if (major == 0 || s[major] != ':')
		return 0;
	minor = strspn(s + major + 1, "0123456789");
	*p = s + major + 1 + minor;
	return minor > 0 && (**p == ' ' || **p == '\t') ? major + 1 + minor : 0;
}

/* What a line says of key: "8:0 rbps=1 wiops=2", or "8:0 100" where the key is "". */
static bool line_scan(const char *line, const struct device_property *d, const char **ret_device, size_t *ret_len, uint64_t *ret)
{
	size_t len = device_scan(&line), key = strlen(d->key);

	if (len == 0)
		return false;
	*ret_device = line - len;
	*ret_len = len;
	for (skip_space(&line); *line; skip_space(&line)) {
		if (strncmp(line, d->key, key) == 0) {
			line += key;
			return limit_scan(&line, ret) && *ret > 0 && *ret <= d->max;
		}
		line += strcspn(line, " \t");
	}
	return false;
}

static void devices_as_property(struct arena *a, const struct cgroup_writes *l, const struct device_property *d,
				struct unit_properties *ret)
{
	struct strv words = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		const char *line = value_for(&l->items[i], d->file), *device;
		size_t len;
		uint64_t n;

		if (line && line_scan(line, d, &device, &len, &n))
			strv_push(a, &words, arena_printf(a, "/dev/block/%.*s %llu", (int)len, device, (unsigned long long)n));
	}
	if (words.n > 0)
		add(a, ret, d->name, "a(st)", strv_join(a, &words, " "));
}

/* "default 100", or just "100" */
static void io_weight_as_property(struct arena *a, const struct cgroup_writes *l, struct unit_properties *ret)
{
	uint64_t n, weight = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *p = value_for(&l->items[i], "io.weight");

		if (!p)
			continue;
		skip_space(&p);
		if (strncmp(p, "default ", 8) == 0)
			p += 8;
		if (limit_scan(&p, &n) && !*p && n >= 1 && n <= 10000)
			weight = n;
	}
	if (weight)
		add_number(a, ret, "IOWeight", weight);
}

void limits_to_properties(struct arena *a, const struct spec_resources *r, struct unit_properties *l)
{
	struct cgroup_writes writes = { 0 };
	struct strv asked = { 0 }, left = { 0 };

	/* Whoever makes the writes has told what is wrong. */
	if (limits_to_writes(a, r, &asked, &writes, &left) < 0)
		return;
	numbers_as_properties(a, &writes, l);
	weight_as_property(a, &writes, l);
	quota_as_properties(a, &writes, l);
	lists_as_properties(a, &writes, l);
	io_weight_as_property(a, &writes, l);
	for (size_t i = 0; i < ARRAY_SIZE(device_properties); i++)
		devices_as_property(a, &writes, &device_properties[i], l);
}

/* slirp4netns with hundreds of connections has some 40 MiB, and the kernel as much for their sockets. */
static const char *value_with_room(struct arena *a, const struct unit_property *p, bool networked)
{
	static const struct {
		const char *name;
		uint64_t supervisor, network;
	} needs[] = { { "TasksMax", 1, 8 }, { "MemoryMax", 4 * 1024 * 1024, 128 * 1024 * 1024 } };
	uint64_t limit = strtoull(p->value, NULL, 10);

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (strcmp(p->name, needs[i].name) == 0 && limit < INT64_MAX)
			return arena_printf(a, "%llu",
					    (unsigned long long)(limit + needs[i].supervisor + (networked ? needs[i].network : 0)));
	return p->value;
}

struct unit_properties limits_with_room(struct arena *a, const struct unit_properties *l, bool networked)
{
	struct unit_properties wider = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		struct unit_property *p = arena_push(a, &wider);

		*p = l->items[i];
		p->value = value_with_room(a, p, networked);
	}
	return wider;
}
