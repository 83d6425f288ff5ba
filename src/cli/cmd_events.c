/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/json.h"
#include "cli/find.h"
#include "linux/usage.h"
#include <string.h>
#include <time.h>

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

/* As Go writes durations: one number and one unit; a number alone is seconds. */
static int parse_interval(const char *text, struct timespec *ret)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = { { "ns", 1 },	  { "us", 1000 },	{ "ms", 1000000 },     { "s", 1000000000 },
		      { "", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 } };
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	for (size_t i = 0; i < ARRAY_SIZE(units) && *text >= '0' && *text <= '9' && n < 1000000; i++)
		if (strcmp(units[i].unit, end) == 0 && n > 0) {
			*ret = (struct timespec){ .tv_sec = (time_t)(n * units[i].ns / 1000000000),
						  .tv_nsec = (long)(n * units[i].ns % 1000000000) };
			return 0;
		}
	return err_set(EINVAL, "usage", "--interval=%s: must be a duration like 5s or 500ms", text);
}

static void write_limit(struct json_writer *w, const char *key, uint64_t usage, uint64_t limit)
{
	json_key(w, key);
	json_open_object(w);
	json_key(w, "limit");
	json_uint(w, limit);
	json_key(w, "usage");
	json_uint(w, usage);
	json_close_object(w);
}

static void write_cpu(struct json_writer *w, const struct usage *u)
{
	json_key(w, "cpu");
	json_open_object(w);
	json_key(w, "usage");
	json_open_object(w);
	json_key(w, "total");
	json_uint(w, u->user_ns + u->system_ns);
	json_key(w, "kernel");
	json_uint(w, u->system_ns);
	json_key(w, "user");
	json_uint(w, u->user_ns);
	json_close_object(w);
	json_key(w, "throttling");
	json_open_object(w);
	json_close_object(w);
	json_close_object(w);
}

static void write_memory(struct json_writer *w, const struct usage *u)
{
	json_key(w, "memory");
	json_open_object(w);
	write_limit(w, "usage", u->memory, UINT64_MAX);
	write_limit(w, "swap", 0, UINT64_MAX);
	write_limit(w, "kernel", 0, UINT64_MAX);
	write_limit(w, "kernelTCP", 0, UINT64_MAX);
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

static void write_empty(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_open_object(w);
	json_close_object(w);
}

/* One line in the form of runc's "events". What only a cgroup can tell is empty. */
static int print_stats(const struct container *c)
{
	autoarena a = { 0 };
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	struct net_devices network = { 0 };
	struct container self = *c;
	struct pids pids = { 0 };
	struct usage u;

	self.arena = &a;
	container_processes(&self, &pids);
	usage_read(&a, &pids, &u);
	if (container_has_own_network(&self))
		usage_read_network(&a, (pid_t)c->record.pid, &network);
	json_open_object(w);
	json_member(w, "type", "stats");
	json_member(w, "id", c->id);
	json_key(w, "data");
	json_open_object(w);
	write_cpu(w, &u);
	write_empty(w, "cpuset");
	write_memory(w, &u);
	json_key(w, "pids");
	json_open_object(w);
	json_key(w, "current");
	json_uint(w, u.processes);
	json_close_object(w);
	write_empty(w, "blkio");
	write_empty(w, "hugetlb");
	write_empty(w, "intel_rdt");
	write_network(w, &network);
	json_close_object(w);
	json_close_object(w);
	return print(arena_printf(&a, "%s\n", json_text(w, NULL)));
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
	if ((r = parse_interval(w.interval, &interval)) < 0)
		return r;
	if ((r = find_container(c, w.global.root, id, &found)) < 0)
		return r;
	if (found.status == STATUS_STOPPED || found.status == STATUS_CREATING)
		return err_set(ESRCH, "not-running", "container not running: '%s' is %s", id, status_name(found.status));
	do {
		if ((r = print_stats(&found)) < 0)
			return r;
	} while (!w.stats && !container_ends_within(&found, &interval));
	return 0;
}
