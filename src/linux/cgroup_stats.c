/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/cgroup_stats.h"
#include "base/file.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* memory.stat has 3 KiB, io.stat a line of at most 300 bytes a device. */
enum { TEXT_MAX = 1024 * 1024 };

/* A whole file, or NULL. */
static char *read_text(struct arena *a, int dir, const char *file)
{
	size_t len;
	char *text;

	return file_read(a, dir, file, TEXT_MAX, &text, &len) < 0 ? NULL : text;
}

/* The next line, or word, without its end; NULL when there are no more. */
static char *next(char **text, const char *ends)
{
	char *part;

	while ((part = strsep(text, ends)) && !*part)
		;
	return part;
}

/* "max" is CGROUP_MAX; false for what is no number, or too large a one. */
static bool parse_number(const char *text, uint64_t *ret)
{
	char *end;

	if (strcmp(text, "max") == 0) {
		*ret = CGROUP_MAX;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !*end && !errno;
}

/* ---- files with one number, or with lines "KEY NUMBER" ---- */

struct row {
	const char *file, *key; /* NULL: the file is the number */
	size_t offset, known;	/* in struct cgroup_stats; known: of a bool, or 0 */
	uint64_t scale;
};

#define STAT(member) offsetof(struct cgroup_stats, member)

/* Rows of the same file stand together: it is read once. */
static const struct row rows[] = {
	{ "cpu.stat", "usage_usec", STAT(cpu.usage_ns), 0, 1000 },
	{ "cpu.stat", "user_usec", STAT(cpu.user_ns), 0, 1000 },
	{ "cpu.stat", "system_usec", STAT(cpu.system_ns), 0, 1000 },
	{ "cpu.stat", "nr_periods", STAT(cpu.periods), 0, 1 },
	{ "cpu.stat", "nr_throttled", STAT(cpu.throttled_periods), 0, 1 },
	{ "cpu.stat", "throttled_usec", STAT(cpu.throttled_ns), 0, 1000 },
	{ "memory.current", NULL, STAT(memory.usage), STAT(memory.known), 1 },
	{ "memory.peak", NULL, STAT(memory.peak), 0, 1 },
	{ "memory.max", NULL, STAT(memory.limit), 0, 1 },
	{ "memory.swap.current", NULL, STAT(memory.swap_usage), 0, 1 },
	{ "memory.swap.peak", NULL, STAT(memory.swap_peak), 0, 1 },
	{ "memory.swap.max", NULL, STAT(memory.swap_limit), 0, 1 },
	{ "memory.events", "max", STAT(memory.failures), 0, 1 },
	{ "pids.current", NULL, STAT(pids.current), STAT(pids.known), 1 },
	{ "pids.max", NULL, STAT(pids.limit), 0, 1 },
};

static void put(const struct row *r, const char *text, struct cgroup_stats *s)
{
	uint64_t n;

	if (!parse_number(text, &n) || __builtin_mul_overflow(n, r->scale, &n))
		return;
	*(uint64_t *)((char *)s + r->offset) = n;
	if (r->known)
		*(bool *)((char *)s + r->known) = true;
}

/* The rows of one file. */
static void put_lines(const struct row *first, const struct row *end, char *text, struct cgroup_stats *s)
{
	for (char *line; (line = next(&text, "\n"));) {
		const char *key = strsep(&line, " ");

		for (const struct row *r = first; r < end; r++)
			if (!r->key)
				put(r, key, s);
			else if (line && strcmp(r->key, key) == 0)
				put(r, line, s);
	}
}

static void read_rows(struct arena *a, int dir, struct cgroup_stats *s)
{
	const struct row *end = rows + ARRAY_SIZE(rows), *behind;

	for (const struct row *r = rows; r < end; r = behind) {
		for (behind = r + 1; behind < end && strcmp(behind->file, r->file) == 0;)
			behind++;
		put_lines(r, behind, read_text(a, dir, r->file), s);
	}
}

static void read_memory_stat(struct arena *a, int dir, struct cgroup_stats *s)
{
	char *text = read_text(a, dir, "memory.stat");

	for (char *line; (line = next(&text, "\n"));) {
		const char *key = strsep(&line, " ");
		uint64_t n;

		if (!line || !*key || !parse_number(line, &n))
			continue;
		*arena_push(a, &s->memory.raw) = (struct cgroup_number){ .key = key, .value = n };
		if (strcmp(key, "file") == 0)
			s->memory.cache = n;
	}
}

/* ---- io.stat: "8:0 rbytes=1 wbytes=2 …" ---- */

static bool put_io(const char *word, struct cgroup_device *d)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
		{ "rbytes=", offsetof(struct cgroup_device, bytes[CGROUP_READ]) },
		{ "wbytes=", offsetof(struct cgroup_device, bytes[CGROUP_WRITE]) },
		{ "dbytes=", offsetof(struct cgroup_device, bytes[CGROUP_DISCARD]) },
		{ "rios=", offsetof(struct cgroup_device, operations[CGROUP_READ]) },
		{ "wios=", offsetof(struct cgroup_device, operations[CGROUP_WRITE]) },
		{ "dios=", offsetof(struct cgroup_device, operations[CGROUP_DISCARD]) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		size_t len = strlen(keys[i].key);
		uint64_t n;

		if (strncmp(word, keys[i].key, len) == 0 && parse_number(word + len, &n)) {
			*(uint64_t *)((char *)d + keys[i].offset) = n;
			return true;
		}
	}
	return false;
}

static void read_io(struct arena *a, int dir, struct cgroup_stats *s)
{
	char *text = read_text(a, dir, "io.stat");

	s->io.known = text;
	for (char *line; (line = next(&text, "\n"));) {
		const char *numbers = strsep(&line, " ");
		struct cgroup_device d = { 0 };
		bool used = false;
		int len = 0;

		if (sscanf(numbers, "%u:%u%n", &d.major, &d.minor, &len) != 2 || numbers[len])
			continue;
		for (char *word; (word = next(&line, " "));)
			used |= put_io(word, &d);
		if (used) /* otherwise its name stands alone */
			*arena_push(a, &s->io.devices) = d;
	}
}

/* ---- pressure: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" ---- */

static bool parse_hundredths(const char *text, uint64_t *ret)
{
	unsigned whole, part;
	int len = 0;

	if (*text < '0' || *text > '9' || sscanf(text, "%9u.%2u%n", &whole, &part, &len) != 2 || text[len])
		return false;
	*ret = (uint64_t)whole * 100 + (text[len - 2] == '.' ? part * 10 : part);
	return true;
}

static void put_stall(char *line, struct cgroup_stall *s)
{
	const struct {
		const char *key;
		uint64_t *to;
		bool (*parse)(const char *text, uint64_t *ret);
	} keys[] = {
		{ "avg10=", &s->avg10, parse_hundredths },
		{ "avg60=", &s->avg60, parse_hundredths },
		{ "avg300=", &s->avg300, parse_hundredths },
		{ "total=", &s->total, parse_number },
	};

	for (char *word; (word = next(&line, " "));)
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (strncmp(word, keys[i].key, strlen(keys[i].key)) == 0)
				(void)keys[i].parse(word + strlen(keys[i].key), keys[i].to);
}

/* The files are there, but cannot be read, where the kernel was started without psi=1. */
static void read_pressure(struct arena *a, int dir, const char *file, struct cgroup_pressure *ret)
{
	char *text = read_text(a, dir, file);

	for (char *line; (line = next(&text, "\n"));) {
		const char *kind = strsep(&line, " ");
		bool some = strcmp(kind, "some") == 0;

		if (!some && strcmp(kind, "full") != 0)
			continue;
		put_stall(line, some ? &ret->some : &ret->full);
		ret->known = true;
	}
}

/* ---- huge pages: "hugetlb.2MB.current" ---- */

static uint64_t read_number(struct arena *a, int dir, const char *file)
{
	char *text = read_text(a, dir, file);
	const char *line = next(&text, "\n");
	uint64_t n;

	return line && parse_number(line, &n) ? n : 0;
}

static void read_huge_pages_of(struct arena *a, int dir, const char *size, struct cgroup_stats *s)
{
	char *events = read_text(a, dir, arena_printf(a, "hugetlb.%s.events", size));
	struct cgroup_huge_pages h = {
		.size = size,
		.usage = read_number(a, dir, arena_printf(a, "hugetlb.%s.current", size)),
		.limit = read_number(a, dir, arena_printf(a, "hugetlb.%s.max", size)),
	};

	for (const char *line; (line = next(&events, "\n"));)
		if (strncmp(line, "max ", 4) == 0)
			(void)parse_number(line + 4, &h.failures);
	*arena_push(a, &s->huge_pages) = h;
}

static int by_size(const void *a, const void *b)
{
	const struct cgroup_huge_pages *x = a, *y = b;

	return strcmp(x->size, y->size);
}

/* The files tell which sizes there are. */
static void read_huge_pages(struct arena *a, int dir, struct cgroup_stats *s)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (entries && (e = readdir(entries))) {
		const char *size = strncmp(e->d_name, "hugetlb.", 8) == 0 ? e->d_name + 8 : "";
		size_t len = strcspn(size, ".");

		if (len > 0 && strcmp(size + len, ".current") == 0)
			read_huge_pages_of(a, dir, arena_strndup(a, size, len), s);
	}
	if (entries)
		(void)closedir(entries);
	if (s->huge_pages.n > 0)
		qsort(s->huge_pages.items, s->huge_pages.n, sizeof(*s->huge_pages.items), by_size);
}

/* ---- all ---- */

static const char *read_list(struct arena *a, int dir, const char *file)
{
	char *text = read_text(a, dir, file);
	const char *line = next(&text, "\n");

	return line ? line : "";
}

void cgroup_stats_read(struct arena *a, int dir, struct cgroup_stats *ret)
{
	*ret = (struct cgroup_stats){ 0 };
	read_rows(a, dir, ret);
	read_io(a, dir, ret);
	read_memory_stat(a, dir, ret);
	read_pressure(a, dir, "cpu.pressure", &ret->cpu.pressure);
	read_pressure(a, dir, "memory.pressure", &ret->memory.pressure);
	read_pressure(a, dir, "io.pressure", &ret->io.pressure);
	read_huge_pages(a, dir, ret);
	ret->cpu.cpus = read_list(a, dir, "cpuset.cpus.effective");
	ret->cpu.nodes = read_list(a, dir, "cpuset.mems.effective");
}
