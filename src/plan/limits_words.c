/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits_words.c - limits of the command line: what people write, as edits of the resources. */
#include "base/err.h"
#include "base/json.h"
#include "plan/limits_parts.h"
#include "plan/plan.h"
#include <string.h>
#include <strings.h>

#define AT "/linux/resources/"

static int bad_option(const char *option, const char *text, const char *why)
{
	return err_set(EINVAL, "usage", "%s=%s: %s", option, text, why);
}

/* ---- numbers ---- */

/* "1.5" times unit, rounded down, without a detour through floating point; the rest of the text goes to ret_rest. */
static bool decimal_scan(const char *text, uint64_t unit, uint64_t *ret, const char **ret_rest)
{
	uint64_t whole, part = 0;
	const char *end = text, *digit;

	if (!number_scan(&end, &whole) || __builtin_mul_overflow(whole, unit, &whole))
		return false;
	if (*end == '.') {
		size_t len = strspn(end + 1, "0123456789");

		if (len == 0)
			return false;
		/* From the last digit to the first; units are below 2^41. */
		for (digit = end + len; digit > end; digit--)
			part = ((uint64_t)(*digit - '0') * unit + part) / 10;
		end += 1 + len;
	}
	*ret_rest = end;
	return !__builtin_add_overflow(whole, part, ret);
}

/* "", "b", "k", "kb" and "kib" as a power of two, or -1. */
static int unit_shift(const char *suffix)
{
	static const char units[] = "kmgt";
	const char *unit = *suffix ? strchr(units, *suffix | 0x20) : NULL;

	if (!*suffix || strcasecmp(suffix, "b") == 0)
		return 0;
	if (!unit || (suffix[1] && strcasecmp(suffix + 1, "b") != 0 && strcasecmp(suffix + 1, "ib") != 0))
		return -1;
	return ((int)(unit - units) + 1) * 10;
}

static bool bytes_scan(const char *text, int64_t *ret)
{
	const char *suffix = text + strspn(text, "0123456789."), *rest;
	int shift = unit_shift(suffix);
	uint64_t n;

	if (shift < 0 || !decimal_scan(text, (uint64_t)1 << shift, &n, &rest) || rest != suffix || n > INT64_MAX)
		return false;
	if (shift == 0 && memchr(text, '.', (size_t)(suffix - text))) /* half a byte */
		return false;
	*ret = (int64_t)n;
	return true;
}

static bool is_unlimited(const char *text)
{
	return strcmp(text, "-1") == 0 || strcasecmp(text, "unlimited") == 0;
}

int limits_parse_bytes(const char *option, const char *text, int64_t *ret)
{
	if (is_unlimited(text)) {
		*ret = -1;
		return 0;
	}
	if (!bytes_scan(text, ret))
		return bad_option(option, text, "must be a number of bytes, with k, m or g behind it");
	return 0;
}

static bool integer_scan(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	const char *p = text + negative;
	uint64_t n;

	if (!number_scan(&p, &n) || *p || n > INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

int limits_parse_number(const char *option, const char *text, int64_t min, int64_t max, int64_t *ret)
{
	int64_t n;

	if (integer_scan(text, &n) && n >= min && n <= max) {
		*ret = n;
		return 0;
	}
	if (max == INT64_MAX)
		return err_set(EINVAL, "usage", "%s=%s: must be a number, at least %lld", option, text, (long long)min);
	return err_set(EINVAL, "usage", "%s=%s: must be a number from %lld to %lld", option, text, (long long)min, (long long)max);
}

/* The largest quota that the kernel takes. */
static const int64_t quota_max = ((int64_t)1 << 44) - 1;

int limits_parse_cpus(const char *option, const char *text, int64_t *ret_quota)
{
	const char *rest;
	uint64_t quota;

	if (!decimal_scan(text, CPU_PERIOD_DEFAULT, &quota, &rest) || *rest || quota > (uint64_t)quota_max)
		return bad_option(option, text, "must be a number of processors like 2 or 1.5");
	if (quota < CPU_QUOTA_MIN && strspn(text, "0.") != strlen(text))
		return bad_option(option, text, "must be at least 0.01, or 0 for no limit");
	*ret_quota = quota ? (int64_t)quota : -1;
	return 0;
}

/* ---- edits ---- */

/* What an edit changes may be shared with who else has the configuration: it gets a copy. */
static struct spec_memory *own_memory(struct arena *a, struct spec_resources *r)
{
	struct spec_memory *own = arena_alloc(a, sizeof(*own));

	if (r->memory)
		*own = *r->memory;
	return r->memory = own;
}

static struct spec_cpu *own_cpu(struct arena *a, struct spec_resources *r)
{
	struct spec_cpu *own = arena_alloc(a, sizeof(*own));

	if (r->cpu)
		*own = *r->cpu;
	return r->cpu = own;
}

static int put_bytes(struct opt_i64 *to, const char *option, const char *text)
{
	int64_t n;
	int r = limits_parse_bytes(option, text, &n);

	if (r < 0)
		return r;
	*to = (struct opt_i64){ .set = true, .value = n };
	return 0;
}

static int put_memory(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	return put_bytes(&own_memory(a, r)->limit, option, text);
}

static int put_memory_reservation(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	return put_bytes(&own_memory(a, r)->reservation, option, text);
}

static int put_memory_swap(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	return put_bytes(&own_memory(a, r)->swap, option, text);
}

static int put_cpus(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_cpu *cpu = own_cpu(a, r);
	int64_t quota;
	int e = limits_parse_cpus(option, text, &quota);

	if (e < 0)
		return e;
	cpu->quota = (struct opt_i64){ .set = true, .value = quota };
	cpu->period = (struct opt_u64){ .set = true, .value = CPU_PERIOD_DEFAULT };
	return 0;
}

static int put_cpu_quota(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_cpu *cpu = own_cpu(a, r);
	int64_t quota;
	int e = limits_parse_number(option, text, -1, quota_max, &quota);

	if (e < 0)
		return e;
	if (quota > 0 && quota < CPU_QUOTA_MIN)
		return bad_option(option, text, "must be at least 1000 microseconds, or -1 for no limit");
	cpu->quota = (struct opt_i64){ .set = true, .value = quota };
	return 0;
}

static int put_cpu_period(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_cpu *cpu = own_cpu(a, r);
	int64_t period;
	int e = limits_parse_number(option, text, CPU_PERIOD_MIN, CPU_PERIOD_MAX, &period);

	if (e < 0)
		return e;
	cpu->period = (struct opt_u64){ .set = true, .value = (uint64_t)period };
	return 0;
}

static int put_cpu_shares(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_cpu *cpu = own_cpu(a, r);
	int64_t shares;
	int e = limits_parse_number(option, text, 2, 262144, &shares);

	if (e < 0)
		return e;
	cpu->shares = (struct opt_u64){ .set = true, .value = (uint64_t)shares };
	return 0;
}

static int put_cpu_burst(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_cpu *cpu = own_cpu(a, r);
	int64_t burst;
	int e = limits_parse_number(option, text, 0, quota_max, &burst);

	if (e < 0)
		return e;
	cpu->burst = (struct opt_u64){ .set = true, .value = (uint64_t)burst };
	return 0;
}

static int put_cpu_idle(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_cpu *cpu = own_cpu(a, r);
	int64_t idle;
	int e = limits_parse_number(option, text, 0, 1, &idle);

	if (e < 0)
		return e;
	cpu->idle = (struct opt_i64){ .set = true, .value = idle };
	return 0;
}

static int put_list(struct arena *a, const char *option, const char *text, char **ret)
{
	if (!limits_cpu_mask(a, text))
		return bad_option(option, text, "must be a list of numbers like 0-3,8");
	*ret = arena_strdup(a, text);
	return 0;
}

static int put_cpuset_cpus(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	return put_list(a, option, text, &own_cpu(a, r)->cpus);
}

static int put_cpuset_mems(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	return put_list(a, option, text, &own_cpu(a, r)->mems);
}

static int put_pids(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_pids *own = arena_alloc(a, sizeof(*own));
	int e = is_unlimited(text) ? 0 : limits_parse_number(option, text, -1, INT64_MAX, &own->limit);

	if (e < 0)
		return e;
	if (is_unlimited(text))
		own->limit = -1;
	r->pids = own;
	return 0;
}

static int put_blkio_weight(struct arena *a, const char *option, const char *text, struct spec_resources *r)
{
	struct spec_block_io *own = arena_alloc(a, sizeof(*own));
	int64_t weight;
	int e = limits_parse_number(option, text, 10, BLKIO_WEIGHT_MAX, &weight);

	if (e < 0)
		return e;
	if (r->block_io)
		*own = *r->block_io;
	own->weight = (struct opt_u32){ .set = true, .value = (uint32_t)weight };
	r->block_io = own;
	return 0;
}

struct edit {
	const char *option;
	size_t offset; /* in struct limit_options */
	const char *pointer, *pointer_too;
	int (*put)(struct arena *a, const char *option, const char *text, struct spec_resources *r);
};

#define OPTION(member) offsetof(struct limit_options, member)

static const struct edit edits[] = {
	{ "--memory", OPTION(memory), AT "memory/limit", NULL, put_memory },
	{ "--memory-swap", OPTION(memory_swap), AT "memory/swap", NULL, put_memory_swap },
	{ "--memory-reservation", OPTION(memory_reservation), AT "memory/reservation", NULL, put_memory_reservation },
	{ "--cpus", OPTION(cpus), AT "cpu/quota", AT "cpu/period", put_cpus },
	{ "--cpu-shares", OPTION(cpu_shares), AT "cpu/shares", NULL, put_cpu_shares },
	{ "--cpu-period", OPTION(cpu_period), AT "cpu/period", NULL, put_cpu_period },
	{ "--cpu-quota", OPTION(cpu_quota), AT "cpu/quota", NULL, put_cpu_quota },
	{ "--cpu-burst", OPTION(cpu_burst), AT "cpu/burst", NULL, put_cpu_burst },
	{ "--cpu-idle", OPTION(cpu_idle), AT "cpu/idle", NULL, put_cpu_idle },
	{ "--cpuset-cpus", OPTION(cpuset_cpus), AT "cpu/cpus", NULL, put_cpuset_cpus },
	{ "--cpuset-mems", OPTION(cpuset_mems), AT "cpu/mems", NULL, put_cpuset_mems },
	{ "--pids-limit", OPTION(pids_limit), AT "pids/limit", NULL, put_pids },
	{ "--blkio-weight", OPTION(blkio_weight), AT "blockIO/weight", NULL, put_blkio_weight },
};

static void ask(struct arena *a, struct strv *asked, const char *pointer)
{
	if (pointer && !strv_has(asked, pointer))
		strv_push(a, asked, arena_strdup(a, pointer));
}

static int edit_values(struct arena *a, const struct limit_options *o, struct spec_resources *r, struct strv *asked)
{
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		const struct edit *e = &edits[i];
		const char *text = *(const char *const *)((const char *)o + e->offset);
		int n;

		if (!text)
			continue;
		if ((n = e->put(a, e->option, text, r)) < 0)
			return n;
		ask(a, asked, e->pointer);
		ask(a, asked, e->pointer_too);
	}
	return 0;
}

/* ---- --cgroup-conf ---- */

static void set_unified(struct arena *a, struct key_values *l, const char *file, const char *value)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].key, file) == 0) {
			l->items[i].value = value;
			return;
		}
	*arena_push(a, l) = (struct key_value){ .key = file, .value = value };
}

static void copy_unified(struct arena *a, const struct key_values *from, struct key_values *ret)
{
	struct key_values copy = { 0 };

	for (size_t i = 0; i < from->n; i++)
		*arena_push(a, &copy) = from->items[i];
	*ret = copy;
}

static int edit_unified(struct arena *a, const struct limit_options *o, struct spec_resources *r, struct strv *asked)
{
	struct key_values unified;

	copy_unified(a, &r->unified, &unified);
	for (size_t i = 0; i < o->cgroup_conf.n; i++) {
		const char *text = o->cgroup_conf.v[i], *equals = strchr(text, '='), *file, *problem;

		if (!equals)
			return bad_option("--cgroup-conf", text, "must be FILE=VALUE");
		file = arena_strndup(a, text, (size_t)(equals - text));
		if ((problem = unified_problem(file)))
			return err_set(EINVAL, "usage", "--cgroup-conf=%s: '%s' %s", text, file, problem);
		set_unified(a, &unified, file, arena_strdup(a, equals + 1));
		ask(a, asked, arena_printf(a, AT "unified/%s", json_pointer_key(a, file)));
	}
	r->unified = unified;
	return 0;
}

/* ---- what does not go together ---- */

static int check_cpus(const struct limit_options *o)
{
	if (o->cpus && (o->cpu_quota || o->cpu_period))
		return bad_option("--cpus", o->cpus, "cannot go with --cpu-quota or --cpu-period, it sets both");
	return 0;
}

/* Only what an option has brought about: the rest is the configuration's own. */
static int check_swap(const struct limit_options *o, const struct spec_resources *r)
{
	int64_t limit = r->memory && r->memory->limit.set ? r->memory->limit.value : 0;
	int64_t both = r->memory && r->memory->swap.set ? r->memory->swap.value : 0;

	if (both <= 0 || limit < 0)
		return 0;
	if (o->memory_swap && limit == 0)
		return bad_option("--memory-swap", o->memory_swap, "needs --memory, too: memory is counted in it");
	if (o->memory_swap && both < limit)
		return bad_option("--memory-swap", o->memory_swap, "must be at least the limit of memory, which is counted in it");
	if (o->memory && both < limit)
		return bad_option("--memory", o->memory, "is more than the limit of memory and swap together: give --memory-swap, too");
	return 0;
}

int limits_edit(struct arena *a, const struct limit_options *o, struct spec_resources *r, struct strv *ret_asked)
{
	struct spec_resources edited = *r;
	struct strv asked = { 0 };
	int e;

	if ((e = check_cpus(o)) < 0)
		return e;
	if ((e = edit_values(a, o, &edited, &asked)) < 0)
		return e;
	if ((e = check_swap(o, &edited)) < 0)
		return e;
	if (o->cgroup_conf.n > 0 && (e = edit_unified(a, o, &edited, &asked)) < 0)
		return e;
	*r = edited;
	for (size_t i = 0; i < asked.n; i++)
		ask(a, ret_asked, asked.v[i]);
	return 0;
}
