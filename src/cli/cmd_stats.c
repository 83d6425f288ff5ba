/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_stats.c - what containers use, as a table that stays up to date. */
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/find.h"
#include "cli/interval.h"
#include "linux/usage.h"
#include "run/state.h"
#include <fcntl.h>
#include <string.h>

enum { FORMAT_TABLE, FORMAT_JSON };

struct stats_words {
	struct global_options global;
	const char *interval;
	int format;
	bool no_stream;
};

static const struct opt rows[] = {
	{ 0, "no-stream", NULL, OPT_FLAG, offsetof(struct stats_words, no_stream), "print once and end" },
	{ 0, "format", "table|json", OPT_CHOICE, offsetof(struct stats_words, format), "form of the numbers" },
	{ 'i', "interval", "DURATION", OPT_STRING, offsetof(struct stats_words, interval),
	  "time between two rounds, as 5s or 500ms (default: 2s)" },
};
const struct opt_table stats_options = OPT_TABLE(rows);

/* ---- what one container uses at one time ---- */

struct sample {
	const char *id;
	int64_t pid;
	uint64_t pid_start;
	uint64_t cpu_ns, time_ns; /* CPU time until then, and the time */
	uint64_t cpu_hundredths;  /* of a percent of one processor */
	uint64_t memory, limit;	  /* bytes */
	bool has_network, has_io; /* otherwise nobody counts it for this container alone */
	uint64_t network_in, network_out, io_in, io_out;
	uint64_t pids;
};

struct samples {
	struct sample *items;
	size_t n, room;
};

/* The clock that the start of a process is counted with. */
static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t ratio(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)(10000.0 * (double)part / (double)whole + 0.5) : 0;
}

/* The same container in the round before. */
static const struct sample *find_before(const struct samples *before, const struct sample *s)
{
	for (size_t i = 0; i < before->n; i++)
		if (strcmp(before->items[i].id, s->id) == 0 && before->items[i].pid == s->pid && before->items[i].pid_start == s->pid_start)
			return &before->items[i];
	return NULL;
}

/* Since the round before, or else since process 1 has started. Without a cgroup the time of processes that have ended may be lost. */
static uint64_t cpu_share(const struct sample *s, const struct sample *before)
{
	uint64_t cpu = before ? before->cpu_ns : 0;
	uint64_t time = before ? before->time_ns : s->pid_start * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));

	return s->cpu_ns > cpu && s->time_ns > time ? ratio(s->cpu_ns - cpu, s->time_ns - time) : 0;
}

static uint64_t memory_of_machine(void)
{
	char text[4096];
	const char *line;

	if (file_peek(AT_FDCWD, "/proc/meminfo", text, sizeof(text)) < 0 || !(line = strstr(text, "MemTotal:")))
		return 0;
	return strtoull(line + strlen("MemTotal:"), NULL, 10) * 1024;
}

static void sample_network(const struct container *c, struct sample *s)
{
	struct net_devices l = { 0 };

	if (!(s->has_network = container_has_own_network(c)))
		return;
	usage_read_network(c->arena, (pid_t)c->record.pid, &l);
	for (size_t i = 0; i < l.n; i++) {
		s->network_in += l.items[i].rx[0];
		s->network_out += l.items[i].tx[0];
	}
}

static void sample_container(const struct container *c, const struct samples *before, struct sample *ret)
{
	struct sample s = { .id = c->id, .pid = c->record.pid, .pid_start = c->record.pid_start };
	uint64_t machine = memory_of_machine();
	struct cgroup_stats stats;

	container_stats(c, &stats);
	s.time_ns = now_ns();
	s.cpu_ns = stats.cpu.usage_ns;
	s.cpu_hundredths = cpu_share(&s, find_before(before, &s));
	s.memory = stats.memory.usage;
	s.limit = stats.memory.limit < machine ? stats.memory.limit : machine;
	s.pids = stats.pids.current;
	s.has_io = stats.io.known;
	for (size_t i = 0; i < stats.io.devices.n; i++) {
		s.io_in += stats.io.devices.items[i].bytes[CGROUP_READ];
		s.io_out += stats.io.devices.items[i].bytes[CGROUP_WRITE];
	}
	sample_network(c, &s);
	*ret = s;
}

/* ---- one round ---- */

struct round {
	int root;
	const struct strv *ids; /* empty: all that run */
	struct samples before;
};

static bool uses_something(enum status s)
{
	return s == STATUS_CREATED || s == STATUS_RUNNING || s == STATUS_PAUSED;
}

/* One that goes away meanwhile, or whose record somebody has spoilt, is no reason to hide the others. */
static int look(struct arena *a, const struct round *r, struct samples *ret)
{
	struct strv ids = *r->ids;
	int e;

	if (ids.n == 0 && (e = container_list(a, r->root, &ids)) < 0)
		return e;
	for (size_t i = 0; i < ids.n; i++) {
		autocontainer c = { .dir = -1 };

		if (container_open(a, r->root, ids.v[i], &c) == 0 && uses_something(c.status))
			sample_container(&c, &r->before, arena_push(a, ret));
	}
	return 0;
}

/* ---- printing ---- */

/* "12.3MiB" */
static const char *size_text(struct arena *a, uint64_t n)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double size = (double)n;
	size_t unit = 0;

	if (n < 1024)
		return arena_printf(a, "%lluB", (unsigned long long)n);
	for (size /= 1024; size >= 1023.5 && unit + 1 < ARRAY_SIZE(units); unit++)
		size /= 1024;
	return arena_printf(a, size < 9.995 ? "%.2f%s" : size < 99.95 ? "%.1f%s" : "%.0f%s", size, units[unit]);
}

static const char *pair_text(struct arena *a, bool known, uint64_t one, uint64_t two)
{
	return known ? arena_printf(a, "%s / %s", size_text(a, one), size_text(a, two)) : "-- / --";
}

static const char *percent_text(struct arena *a, uint64_t hundredths)
{
	return arena_printf(a, "%llu.%02u%%", (unsigned long long)(hundredths / 100), (unsigned)(hundredths % 100));
}

static int widest_id(const struct samples *l)
{
	int wide = 12;

	for (size_t i = 0; i < l->n; i++)
		wide = (int)strlen(l->items[i].id) > wide ? (int)strlen(l->items[i].id) : wide;
	return wide;
}

/* On a terminal over what is there: each line is cleared behind its text, and what is below the last one. Nothing is empty in between,
 * so nothing flickers. */
static const char *table_text(struct arena *a, const struct samples *l, bool redraws)
{
	const char *end = redraws ? "\033[K\n" : "\n";
	int id = widest_id(l);
	struct strv lines = { 0 };
	size_t len = 0;
	char *text, *p;

	strv_push(a, &lines,
		  arena_printf(a, "%s%-*s  %-9s  %-21s  %-7s  %-21s  %-21s  %s%s", redraws ? "\033[H" : "", id, "ID", "CPU %",
			       "MEM USAGE / LIMIT", "MEM %", "NET IO", "BLOCK IO", "PIDS", end));
	for (size_t i = 0; i < l->n; i++) {
		const struct sample *s = &l->items[i];

		strv_push(a, &lines,
			  arena_printf(a, "%-*s  %-9s  %-21s  %-7s  %-21s  %-21s  %llu%s", id, s->id, percent_text(a, s->cpu_hundredths),
				       pair_text(a, true, s->memory, s->limit), percent_text(a, ratio(s->memory, s->limit)),
				       pair_text(a, s->has_network, s->network_in, s->network_out),
				       pair_text(a, s->has_io, s->io_in, s->io_out), (unsigned long long)s->pids, end));
	}
	strv_push(a, &lines, arena_strdup(a, redraws ? "\033[J" : ""));
	for (size_t i = 0; i < lines.n; i++)
		len += strlen(lines.v[i]);
	p = text = arena_alloc(a, len + 1);
	for (size_t i = 0; i < lines.n; i++)
		p = stpcpy(p, lines.v[i]);
	return text;
}

/* What nobody counts is left out. */
static void write_sample(struct json_writer *w, const struct sample *s)
{
	json_open_object(w);
	json_member(w, "id", s->id);
	json_key(w, "cpu_percent");
	json_hundredths(w, s->cpu_hundredths);
	json_member_uint(w, "mem_usage", s->memory);
	json_member_uint(w, "mem_limit", s->limit);
	json_key(w, "mem_percent");
	json_hundredths(w, ratio(s->memory, s->limit));
	if (s->has_network) {
		json_member_uint(w, "net_input", s->network_in);
		json_member_uint(w, "net_output", s->network_out);
	}
	if (s->has_io) {
		json_member_uint(w, "block_input", s->io_in);
		json_member_uint(w, "block_output", s->io_out);
	}
	json_member_uint(w, "pids", s->pids);
	json_close_object(w);
}

static int print_array(const struct samples *l)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		write_sample(w, &l->items[i]);
	json_close_array(w);
	return print_json(w);
}

/* ---- rounds ---- */

static int stream(const struct stats_words *w, struct round *r, const struct timespec *interval)
{
	const bool redraws = w->format == FORMAT_TABLE && !w->no_stream && isatty(STDOUT_FILENO);
	struct arena arenas[2] = { { 0 } }; /* this round and the one before */
	int e = redraws ? print("\033[H\033[2J") : 0;

	for (int i = 0; e == 0; i = !i) {
		struct timespec until = interval_end(interval);
		struct samples now = { 0 };

		arena_reset(&arenas[i]);
		e = look(&arenas[i], r, &now);
		/* Those that were named have ended; the last table stays. */
		if (e < 0 || (r->ids->n > 0 && now.n == 0))
			break;
		e = w->format == FORMAT_JSON ? print_array(&now) : print(table_text(&arenas[i], &now, redraws));
		if (w->no_stream)
			break;
		r->before = now;
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	arena_free(&arenas[0]);
	arena_free(&arenas[1]);
	return e;
}

/* Each that is named must be there, to begin with. */
static int check_ids(const struct context *c, const struct stats_words *w, const struct strv *ids)
{
	for (size_t i = 0; i < ids->n; i++) {
		autocontainer found = { .dir = -1 };
		int r = find_container(c, w->global.root, ids->v[i], &found);

		if (r < 0)
			return r;
		if (!uses_something(found.status))
			return err_set(ESRCH, "not-running", "container not running: '%s' is %s", ids->v[i], status_name(found.status));
	}
	return 0;
}

int cmd_stats(const struct context *c, int argc, char *argv[])
{
	struct stats_words w = { .interval = "2s" };
	struct strv ids = { 0 };
	struct round round = { .ids = &ids };
	struct timespec interval;
	int r = command_options(c, command_find("stats"), OPT_ANYWHERE, argc, argv, &w, &ids);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = interval_parse(w.interval, &interval)) < 0)
		return r;
	if ((r = check_ids(c, &w, &ids)) < 0)
		return r;
	if ((r = state_find_root(c->arena, w.global.root, &round.root)) < 0)
		return r;
	return stream(&w, &round, &interval);
}
