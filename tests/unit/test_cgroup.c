/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_cgroup.c - a cgroup is a directory with files, and any directory will do. */
#include "base/err.h"
#include "base/file.h"
#include "linux/cgroup_change.h"
#include "linux/cgroup_stats.h"
#include "linux/oom.h"
#include "tap.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static char path[] = "/tmp/urun-test-cgroup.XXXXXX";
static int dir;

static void put(const char *name, const char *text)
{
	autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	(void)write_all(fd, text, strlen(text));
}

static void empty(void)
{
	DIR *entries = opendir(path);
	const struct dirent *e;

	while (entries && (e = readdir(entries)))
		if (e->d_name[0] != '.')
			(void)unlinkat(dir, e->d_name, 0);
	if (entries)
		(void)closedir(entries);
}

static void cpu_time_is_in_nanoseconds(void)
{
	autoarena a = { 0 };
	struct cgroup_stats s;

	put("cpu.stat", "usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\ncore_sched.force_idle_usec 0\nnr_periods 7\n"
			"nr_throttled 3\nthrottled_usec 5000\nnr_bursts 0\nburst_usec 0\n");
	put("cpuset.cpus.effective", "0-1,3\n");
	put("cpuset.mems.effective", "0\n");
	cgroup_stats_read(&a, dir, &s);
	claim(s.cpu.usage_ns == 123456000 && s.cpu.user_ns == 100000000 && s.cpu.system_ns == 23456000, "CPU time is in nanoseconds");
	claim(s.cpu.periods == 7 && s.cpu.throttled_periods == 3 && s.cpu.throttled_ns == 5000000, "and so is the time without");
	claim_text(s.cpu.cpus, "0-1,3", "it may run there");
	claim_text(s.cpu.nodes, "0", "and allocate there");
	claim(!s.memory.known && !s.pids.known && !s.io.known && !s.cpu.pressure.known, "what has no file is not known");
	empty();
}

static void memory_has_all_its_numbers(void)
{
	autoarena a = { 0 };
	struct cgroup_stats s;

	put("memory.current", "4096\n");
	put("memory.peak", "8192\n");
	put("memory.max", "max\n");
	put("memory.swap.current", "512\n");
	put("memory.swap.max", "1024\n");
	put("memory.events", "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n");
	put("memory.stat", "anon 100\nfile 200\nkernel 300\n");
	cgroup_stats_read(&a, dir, &s);
	claim(s.memory.known && s.memory.usage == 4096 && s.memory.peak == 8192, "memory is counted");
	claim(s.memory.limit == CGROUP_MAX && s.memory.swap_limit == 1024, "\"max\" is no limit");
	claim(s.memory.swap_usage == 512, "swap is counted alone");
	claim(s.memory.failures == 12, "a failure is a limit that was met");
	claim(s.memory.raw.n == 3 && strcmp(s.memory.raw.items[2].key, "kernel") == 0 && s.memory.raw.items[2].value == 300,
	      "memory.stat is there as it is");
	claim(s.memory.cache == 200, "the cache is one of its numbers");
	empty();
}

static void devices_have_bytes_and_operations(void)
{
	autoarena a = { 0 };
	struct cgroup_stats s;

	put("io.stat", "253:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n7:7\n8:16 \n11:0 rbytes=9 cost.vrate=100.00\n");
	cgroup_stats_read(&a, dir, &s);
	claim(s.io.known && s.io.devices.n == 2, "devices that have done nothing are left out");
	claim(s.io.devices.items[0].major == 253 && s.io.devices.items[0].minor == 0, "a device has its numbers");
	claim(s.io.devices.items[0].bytes[CGROUP_READ] == 1 && s.io.devices.items[0].bytes[CGROUP_WRITE] == 2 &&
		      s.io.devices.items[0].bytes[CGROUP_DISCARD] == 5,
	      "its bytes");
	claim(s.io.devices.items[0].operations[CGROUP_READ] == 3 && s.io.devices.items[0].operations[CGROUP_WRITE] == 4 &&
		      s.io.devices.items[0].operations[CGROUP_DISCARD] == 6,
	      "and its operations");
	claim(s.io.devices.items[1].bytes[CGROUP_READ] == 9 && s.io.devices.items[1].bytes[CGROUP_WRITE] == 0, "what is not said is none");
	empty();
}

static void pressure_is_in_hundredths_of_a_percent(void)
{
	autoarena a = { 0 };
	struct cgroup_stats s;

	put("cpu.pressure", "some avg10=1.50 avg60=0.07 avg300=100.00 total=12345\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
	put("memory.pressure", "some avg10=2.5 avg60=0 avg300=nan total=5\n");
	put("io.pressure", "");
	cgroup_stats_read(&a, dir, &s);
	claim(s.cpu.pressure.known && s.cpu.pressure.some.avg10 == 150 && s.cpu.pressure.some.avg60 == 7 &&
		      s.cpu.pressure.some.avg300 == 10000 && s.cpu.pressure.some.total == 12345,
	      "pressure is in hundredths of a percent");
	claim(s.cpu.pressure.full.total == 1, "of some and of all");
	claim(s.memory.pressure.some.avg10 == 250 && s.memory.pressure.some.avg300 == 0 && s.memory.pressure.some.total == 5,
	      "what is no such number is none");
	claim(!s.io.pressure.known, "an empty file says nothing");
	empty();
}

static void huge_pages_have_sizes(void)
{
	autoarena a = { 0 };
	struct cgroup_stats s;

	put("hugetlb.2MB.current", "2097152\n");
	put("hugetlb.2MB.max", "max\n");
	put("hugetlb.2MB.events", "max 4\n");
	put("hugetlb.2MB.rsvd.current", "1\n");
	put("hugetlb.1GB.current", "0\n");
	put("hugetlb..current", "1\n");
	put("pids.current", "5\n");
	put("pids.max", "100\n");
	cgroup_stats_read(&a, dir, &s);
	claim(s.huge_pages.n == 2, "each size is there once");
	claim_text(s.huge_pages.items[0].size, "1GB", "in order");
	claim(s.huge_pages.items[1].usage == 2097152 && s.huge_pages.items[1].failures == 4 && s.huge_pages.items[1].limit == CGROUP_MAX,
	      "with its numbers");
	claim(s.pids.known && s.pids.current == 5 && s.pids.limit == 100, "processes have theirs");
	empty();
}

/* Nobody but the kernel should write these files, but a file system in the cgroup's place may be anybody's. */
static void odd_files_are_no_numbers(void)
{
	static const char *const odd[] = {
		"",
		"\n\n \n",
		" ",
		"max",
		"usage_usec\nuser_usec \nsystem_usec -1\nnr_periods 99999999999999999999999\n",
		"usage_usec 18446744073709551615\nuser_usec 0x10\nfile\n file 1\nfile  1\nanon 1 2\n= = =\n",
		"8:0 rbytes=\n:\n8: rbytes=1\n99999999999:1 rbytes=1\n8:0 =1 rbytes rbytes=max rbytes=-1\n8:0:1 rbytes=1\n",
		"some\nfull\nsome \nfull avg10\nsome avg10= avg60=. avg300=1. total=\nsome avg10=-1.00 avg60=1.234 avg300=99999999999.00\n",
	};
	static const char *const files[] = {
		"cpu.stat",	"memory.current", "memory.max",		 "memory.stat",	       "memory.events",	       "io.stat",
		"cpu.pressure", "pids.max",	  "hugetlb.2MB.current", "hugetlb.2MB.events", "cpuset.cpus.effective"
	};
	autoarena a = { 0 };
	struct cgroup_stats s;

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(files); k++)
			put(files[k], odd[i]);
		cgroup_stats_read(&a, dir, &s);
		claim(s.cpu.usage_ns == 0 && s.cpu.system_ns == 0 && s.cpu.periods == 0 && s.memory.usage != 1 &&
			      s.cpu.pressure.some.avg10 == 0,
		      "odd content %zu is no number", i);
		empty();
	}
	put("cpu.stat", "\xff\xfe\x01 7\nuser_usec 1\n");
	(void)mkdirat(dir, "io.stat", 0700);
	(void)mkfifoat(dir, "memory.stat", 0600);
	(void)symlinkat("/dev/zero", dir, "memory.current");
	cgroup_stats_read(&a, dir, &s);
	claim(s.cpu.user_ns == 1000 && !s.io.known && s.memory.raw.n == 0 && !s.memory.known, "what is no file says nothing");
	(void)unlinkat(dir, "io.stat", AT_REMOVEDIR);
	empty();
}

static void kills_are_counted(void)
{
	uint64_t n = 0;
	int fd = oom_open(dir);

	claim(fd < 0, "without the controller nothing tells of kills");
	claim(!oom_more(&fd, &n) && n == 0, "and nothing is read");
	put("memory.events", "oom 3\noom_kill 2\n");
	fd = oom_open(dir);
	claim(oom_more(&fd, &n) && n == 2, "kills are counted");
	claim(!oom_more(&fd, &n) && n == 2, "once");
	put("memory.events", "oom 3\noom_kill 7\n");
	claim(oom_more(&fd, &n) && n == 7, "again and again");
	put("memory.events", "oom_kill_x 7\noom_kill");
	claim(!oom_more(&fd, &n) && n == 7 && fd < 0, "as long as there is a number");
	empty();
}

/* dir is what the unit is in. A file that says nothing is as one of a cgroup that is gone. */
static void kills_are_counted_where_the_cgroup_is_gone(void)
{
	static const char own[] = "unit/container/memory.events", above[] = "memory.events";
	struct oom_watch w = OOM_UNWATCHED;
	autoclose int cgroup = -1;

	(void)mkdirat(dir, "unit", 0700);
	(void)mkdirat(dir, "unit/container", 0700);
	cgroup = openat(dir, "unit/container", O_PATH | O_DIRECTORY | O_CLOEXEC);
	put(above, "oom 9\noom_kill 5\n");
	put(own, "oom 0\noom_kill 0\n");
	oom_begin(&w, cgroup, true);
	claim(w.own >= 0 && w.above >= 0 && w.kills == 0, "what others had before is theirs");
	put(above, "oom 9\noom_kill 6\n");
	oom_look(&w);
	claim(w.kills == 0, "and so is what they have while ours says nothing");
	put(above, "oom 9\noom_kill 8\n");
	put(own, "");
	oom_look(&w);
	claim(w.own < 0 && w.kills == 2, "what comes when ours is gone is ours");
	put(above, "oom 9\noom_kill 9\n");
	oom_look(&w);
	claim(w.kills == 2, "and nothing after that");
	oom_end(&w);
	put(own, "oom 1\noom_kill 1\n");
	oom_begin(&w, cgroup, true);
	put(own, "");
	oom_look(&w);
	claim(w.kills == 1, "what ours has said is not counted twice");
	oom_end(&w);
	put(own, "oom 1\noom_kill 0\n");
	oom_begin(&w, cgroup, false);
	put(own, "");
	put(above, "oom 9\noom_kill 10\n");
	oom_look(&w);
	claim(w.kills == 0 && w.above < 0, "outside a unit nobody else is asked");
	oom_end(&w);
	(void)unlinkat(dir, own, 0);
	(void)unlinkat(dir, "unit/container", AT_REMOVEDIR);
	(void)unlinkat(dir, "unit", AT_REMOVEDIR);
	empty();
}

/* ---- changes ---- */

static const char *content(struct arena *a, const char *file)
{
	size_t len;
	char *text;

	return file_read(a, dir, file, 4096, &text, &len) < 0 ? NULL : text;
}

static int change(struct arena *a, struct cgroup_write *items, size_t n, struct cgroup_writes *undo)
{
	for (size_t i = 0; i < n; i++)
		items[i].origin = "--test";
	return cgroup_change(a, dir, &(struct cgroup_writes){ .items = items, .n = n }, undo);
}

static void limits_can_be_taken_back(void)
{
	struct cgroup_write all[] = { { .file = "memory.max", .value = "2000" }, { .file = "cpuset.cpus", .value = "0" } };
	struct cgroup_writes undo = { 0 };
	autoarena a = { 0 };

	put("memory.max", "1000\n");
	put("cpuset.cpus", "\n");
	claim(change(&a, all, ARRAY_SIZE(all), &undo) == 0, "limits are changed");
	claim_text(content(&a, "memory.max"), "2000\n", "to what is wanted");
	cgroup_undo(dir, &undo);
	claim_text(content(&a, "memory.max"), "1000\n", "and back");
	claim_text(content(&a, "cpuset.cpus"), "\n", "an empty list too");
	empty();
}

static void a_missing_file_changes_nothing(void)
{
	struct cgroup_write all[] = { { .file = "memory.max", .value = "2000" }, { .file = "pids.max", .value = "5" } };
	struct cgroup_write lax[] = { { .file = "memory.max", .value = "3000" },
				      { .file = "memory.swap.max", .value = "max", .optional = true },
				      { .file = "io.bfq.weight", .value = "1", .other_file = "io.weight", .other_value = "2" } };
	struct cgroup_writes undo = { 0 };
	autoarena a = { 0 };

	put("memory.max", "1000");
	claim(change(&a, all, ARRAY_SIZE(all), &undo) == -ENOENT, "a file that is not there is refused");
	claim(strstr(err_last()->text, "'pids.max'") != NULL, "by its name");
	claim_text(content(&a, "memory.max"), "1000", "before anything is written");
	put("io.weight", "9");
	claim(change(&a, lax, ARRAY_SIZE(lax), &undo) == 0, "unless it may be missing, or another one will do");
	claim_text(content(&a, "memory.max"), "3000", "and the rest is written");
	claim_text(content(&a, "io.weight"), "2", "as the other one wants it");
	empty();
}

static void what_cannot_be_written_takes_the_rest_back(void)
{
	struct cgroup_write all[] = { { .file = "memory.max", .value = "2000" }, { .file = "pids.max", .value = "5" } };
	struct cgroup_writes undo = { 0 };
	autoarena a = { 0 };

	put("memory.max", "1000");
	(void)mkdirat(dir, "pids.max", 0700);
	claim(change(&a, all, ARRAY_SIZE(all), &undo) == -EISDIR, "what cannot be written is refused");
	claim_text(content(&a, "memory.max"), "1000", "and the others are as before");
	claim(undo.n == 0, "with nothing left to take back");
	(void)unlinkat(dir, "pids.max", AT_REMOVEDIR);
	empty();
}

int main(void)
{
	if (!mkdtemp(path) || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	cpu_time_is_in_nanoseconds();
	memory_has_all_its_numbers();
	devices_have_bytes_and_operations();
	pressure_is_in_hundredths_of_a_percent();
	huge_pages_have_sizes();
	odd_files_are_no_numbers();
	kills_are_counted();
	kills_are_counted_where_the_cgroup_is_gone();
	limits_can_be_taken_back();
	a_missing_file_changes_nothing();
	what_cannot_be_written_takes_the_rest_back();
	(void)rmdir(path);
	return tap_done();
}
