/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/json.h"
#include "cli/find.h"
#include "cli/interval.h"
#include "linux/usage.h"
#include "run/watch.h"
#include <string.h>

struct events_words {
	struct global_options global;
	const char *interval;
	bool stats;
};

static const struct opt rows[] = {
	{ 0, "interval", "DURATION", OPT_STRING, offsetof(struct events_words, interval),
	  "time between two lines, as 5s or 500ms (default: 5s)" },
	{ 0, "stats", NULL, OPT_FLAG, offsetof(struct events_words, stats), "print one line and end" },
};
const struct opt_table events_options = OPT_TABLE(rows);

static void write_stall(struct json_writer *w, const char *key, const struct cgroup_stall *s)
{
	json_open_member(w, key);
	json_key(w, "avg10");
	json_hundredths(w, s->avg10);
	json_key(w, "avg60");
	json_hundredths(w, s->avg60);
	json_key(w, "avg300");
	json_hundredths(w, s->avg300);
	json_member_uint(w, "total", s->total);
	json_close_object(w);
}

static void write_pressure(struct json_writer *w, const struct cgroup_pressure *p)
{
	if (!p->known)
		return;
	json_open_member(w, "psi");
	write_stall(w, "some", &p->some);
	write_stall(w, "full", &p->full);
	json_close_object(w);
}

static void write_cpu(struct json_writer *w, const struct cgroup_stats *s)
{
	json_open_member(w, "cpu");
	json_open_member(w, "usage");
	json_member_uint(w, "total", s->cpu.usage_ns);
	json_member_uint(w, "kernel", s->cpu.system_ns);
	json_member_uint(w, "user", s->cpu.user_ns);
	json_close_object(w);
	json_open_member(w, "throttling");
	if (s->cpu.periods) {
		json_member_uint(w, "periods", s->cpu.periods);
		json_member_uint(w, "throttledPeriods", s->cpu.throttled_periods);
		json_member_uint(w, "throttledTime", s->cpu.throttled_ns);
	}
	json_close_object(w);
	write_pressure(w, &s->cpu.pressure);
	json_close_object(w);
}

/* "0-2,5" as an array of numbers; no Linux has more processors than this. */
static void write_list(struct json_writer *w, const char *key, const char *list)
{
	enum { NUMBERS_MAX = 8192 };

	if (!list || !*list)
		return;
	json_key(w, key);
	json_open_array(w);
	for (char *end; *list >= '0' && *list <= '9'; list = end + (*end == ',')) {
		unsigned long first = strtoul(list, &end, 10), last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

		for (; first <= last && first < NUMBERS_MAX; first++)
			json_uint(w, first);
	}
	json_close_array(w);
}

/* All but the lists is of cgroup v1. */
static void write_cpuset(struct json_writer *w, const struct cgroup_stats *s)
{
	static const char *const zeros[] = { "cpu_exclusive",	"mem_hardwall",	      "mem_exclusive",
					     "memory_migrate",	"memory_spread_page", "memory_spread_slab",
					     "memory_pressure", "sched_load_balance", "sched_relax_domain_level" };

	json_open_member(w, "cpuset");
	write_list(w, "cpus", s->cpu.cpus);
	write_list(w, "mems", s->cpu.nodes);
	for (size_t i = 0; i < ARRAY_SIZE(zeros); i++)
		json_member_uint(w, zeros[i], 0);
	json_close_object(w);
}

static void write_memory_of(struct json_writer *w, const char *key, uint64_t limit, uint64_t usage, uint64_t peak, uint64_t failures)
{
	json_open_member(w, key);
	json_member_uint(w, "limit", limit);
	json_member_uint(w, "usage", usage);
	if (peak)
		json_member_uint(w, "max", peak);
	json_member_uint(w, "failcnt", failures);
	json_close_object(w);
}

static uint64_t add_limits(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* As in cgroup v1, memory counts as swap, too; kernel memory has no limit of its own any more. */
static void write_memory(struct json_writer *w, const struct cgroup_stats *s)
{
	json_open_member(w, "memory");
	if (s->memory.cache)
		json_member_uint(w, "cache", s->memory.cache);
	write_memory_of(w, "usage", s->memory.limit, s->memory.usage, s->memory.peak, s->memory.failures);
	write_memory_of(w, "swap", add_limits(s->memory.limit, s->memory.swap_limit), add_limits(s->memory.usage, s->memory.swap_usage), 0,
			0);
	write_memory_of(w, "kernel", 0, 0, 0, 0);
	write_memory_of(w, "kernelTCP", 0, 0, 0, 0);
	if (s->memory.raw.n > 0) {
		json_open_member(w, "raw");
		for (size_t i = 0; i < s->memory.raw.n; i++)
			json_member_uint(w, s->memory.raw.items[i].key, s->memory.raw.items[i].value);
		json_close_object(w);
	}
	write_pressure(w, &s->memory.pressure);
	json_close_object(w);
}

static void write_pids(struct json_writer *w, const struct cgroup_stats *s)
{
	json_open_member(w, "pids");
	json_member_uint(w, "current", s->pids.current);
	if (s->pids.limit != CGROUP_MAX)
		json_member_uint(w, "limit", s->pids.limit);
	json_close_object(w);
}

static void write_io_entry(struct json_writer *w, const struct cgroup_device *d, int op, uint64_t value)
{
	static const char *const names[] = { [CGROUP_READ] = "Read", [CGROUP_WRITE] = "Write", [CGROUP_DISCARD] = "Discard" };

	json_open_object(w);
	json_member_uint(w, "major", d->major);
	json_member_uint(w, "minor", d->minor);
	json_member(w, "op", names[op]);
	json_member_uint(w, "value", value);
	json_close_object(w);
}

static void write_io(struct json_writer *w, const struct cgroup_stats *s)
{
	json_open_member(w, "blkio");
	if (s->io.devices.n > 0) {
		json_key(w, "ioServiceBytesRecursive");
		json_open_array(w);
		for (size_t i = 0; i < s->io.devices.n; i++)
			for (int op = 0; op < CGROUP_IO_COUNT; op++)
				write_io_entry(w, &s->io.devices.items[i], op, s->io.devices.items[i].bytes[op]);
		json_close_array(w);
		json_key(w, "ioServicedRecursive");
		json_open_array(w);
		for (size_t i = 0; i < s->io.devices.n; i++)
			for (int op = 0; op < CGROUP_IO_COUNT; op++)
				write_io_entry(w, &s->io.devices.items[i], op, s->io.devices.items[i].operations[op]);
		json_close_array(w);
	}
	write_pressure(w, &s->io.pressure);
	json_close_object(w);
}

static void write_huge_pages(struct json_writer *w, const struct cgroup_stats *s)
{
	json_open_member(w, "hugetlb");
	for (size_t i = 0; i < s->huge_pages.n; i++) {
		json_open_member(w, s->huge_pages.items[i].size);
		json_member_uint(w, "usage", s->huge_pages.items[i].usage);
		json_member_uint(w, "failcnt", s->huge_pages.items[i].failures);
		json_close_object(w);
	}
	json_close_object(w);
}

static void write_network(struct json_writer *w, const struct net_devices *l)
{
	static const char *const names[] = { "Bytes", "Packets", "Errors", "Dropped" };

	json_key(w, "network_interfaces");
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++) {
		json_open_object(w);
		json_member(w, "Name", l->items[i].name);
		for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
			char key[16] = "Rx";

			json_key(w, strcat(key, names[k]));
			json_uint(w, l->items[i].rx[k]);
			key[0] = 'T';
			json_key(w, key);
			json_uint(w, l->items[i].tx[k]);
		}
		json_close_object(w);
	}
	json_close_array(w);
}

/* One line in the form of runc's "events". */
static int print_stats(const struct container *c)
{
	autoarena a = { 0 };
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	struct net_devices network = { 0 };
	struct container self = *c;
	struct cgroup_stats s;

	self.arena = &a;
	container_stats(&self, &s);
	if (container_has_own_network(&self))
		usage_read_network(&a, (pid_t)c->record.pid, &network);
	json_open_object(w);
	json_member(w, "type", "stats");
	json_member(w, "id", c->id);
	json_open_member(w, "data");
	write_cpu(w, &s);
	write_cpuset(w, &s);
	write_memory(w, &s);
	write_pids(w, &s);
	write_io(w, &s);
	write_huge_pages(w, &s);
	json_open_member(w, "intel_rdt");
	json_close_object(w);
	write_network(w, &network);
	json_close_object(w);
	json_close_object(w);
	return print(arena_printf(&a, "%s\n", json_text(w, NULL)));
}

static int print_oom(const struct container *c)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	json_member(w, "type", "oom");
	json_member(w, "id", c->id);
	json_close_object(w);
	return print_json(w);
}

static int print_until_end(const struct container *c, const struct timespec *interval)
{
	struct timespec until = { 0 };
	autowatch watch;
	enum news news = NEWS_NONE;
	int r = 0;

	watch_begin(c, &watch);
	while (r == 0 && news != NEWS_ENDED) {
		if (news == NEWS_NONE) {
			r = print_stats(c);
			until = interval_end(interval);
		} else {
			r = print_oom(c);
		}
		news = watch_next(&watch, &until);
	}
	return r;
}

int cmd_events(const struct context *c, int argc, char *argv[])
{
	struct events_words w = { .interval = "5s" };
	autocontainer found = { .dir = -1 };
	struct strv words = { 0 };
	struct timespec interval;
	const char *id;
	int r = command_options(c, command_find("events"), OPT_ANYWHERE, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = find_only_word("events", &words, &id)) < 0)
		return r;
	if ((r = interval_parse(w.interval, &interval)) < 0)
		return r;
	if ((r = find_container(c, w.global.root, id, &found)) < 0)
		return r;
	if (found.status == STATUS_STOPPED || found.status == STATUS_CREATING)
		return err_set(ESRCH, "not-running", "container not running: '%s' is %s", id, status_name(found.status));
	return w.stats ? print_stats(&found) : print_until_end(&found, &interval);
}
