/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_state.c - records of containers, the FIFOs of their start, processes and signals. */
#include "base/err.h"
#include "base/file.h"
#include "linux/processes.h"
#include "linux/signals.h"
#include "run/record.h"
#include "run/start.h"
#include "linux/sync.h"
#include "linux/sys.h"
#include "tap.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char path[] = "/tmp/urun-test-state.XXXXXX";
static int dir;

static void put(const char *name, const char *text)
{
	autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	(void)write_all(fd, text, strlen(text));
}

static void records_can_be_read_back(void)
{
	autoarena a = { 0 };
	struct key_value items[] = { { "a", "1" }, { "b\"", "2\n" } };
	struct record r = { .oci_version = arena_strdup(&a, "1.0.2"),
			    .id = arena_strdup(&a, "box"),
			    .bundle = arena_strdup(&a, "/b \"x\""),
			    .rootfs = arena_strdup(&a, "/b/rootfs"),
			    .created = arena_strdup(&a, "2026-01-01T00:00:00Z"),
			    .annotations = { .items = items, .n = 2 },
			    .pid = 12,
			    .pid_start = UINT64_MAX,
			    .supervisor = 13,
			    .supervisor_start = 14,
			    .mount_ns = 15,
			    .mount_ns_id = 16,
			    .pid_ns = 17,
			    .kept = true,
			    .has_hooks = true },
		      back;

	claim(record_read(&a, dir, "state.json", &back) == -ENOENT, "no record is no error with a sentence");
	claim(record_write(dir, &r) == 0, "a record is written");
	claim(faccessat(dir, ".state.json", F_OK, 0) < 0, "under no other name");
	claim(record_read(&a, dir, "state.json", &back) == 0, "and read");
	claim_text(back.bundle, r.bundle, "with its texts");
	claim(back.pid == 12 && back.pid_start == UINT64_MAX && back.supervisor == 13 && back.supervisor_start == 14 &&
		      back.mount_ns == 15 && back.mount_ns_id == 16 && back.pid_ns == 17 && back.kept && back.has_hooks,
	      "with its numbers");
	claim(back.annotations.n == 2 && strcmp(back.annotations.items[1].value, "2\n") == 0, "with its annotations");
}

static void spoilt_records_are_refused(void)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"null",
		"{\"ociVersion\":\"1\",\"id\":\"x\",\"bundle\":\"/\",\"rootfs\":\"/\",\"created\":\"\",\"pid\":-1,\"pidStart\":1,"
		"\"supervisor\":1,\"supervisorStart\":1}",
		"{\"ociVersion\":\"1\",\"id\":\"x\",\"bundle\":\"/\",\"rootfs\":\"/\",\"created\":\"\",\"pid\":99999999999,\"pidStart\":1,"
		"\"supervisor\":1,\"supervisorStart\":1}",
	};
	autoarena a = { 0 };
	struct record r;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put("state.json", texts[i]);
		claim(record_read(&a, dir, "state.json", &r) < 0 && r.pid == 0, "'%.20s'", texts[i]);
	}
	(void)unlinkat(dir, "state.json", 0);
	claim(symlinkat("/etc/passwd", dir, "state.json") == 0 && record_read(&a, dir, "state.json", &r) == -ELOOP, "a link");
	(void)unlinkat(dir, "state.json", 0);
	claim(mkfifoat(dir, "state.json", 0600) == 0 && record_read(&a, dir, "state.json", &r) < 0, "a FIFO is not waited for");
	(void)unlinkat(dir, "state.json", 0);
}

static void lists_have_a_copy(void)
{
	autoarena a = { 0 };
	autoclose int self = sys_pidfd_open(getpid());
	uint64_t unique = process_unique(self);
	struct brief b = { .pid = getpid(), .unique = unique ? unique : 1, .created = "2026", .bundle = "/with space" }, back;
	char *longer = arena_alloc(&a, 5000);

	claim(!brief_read(&a, dir, RECORD_BRIEF, &back), "none is there");
	brief_write(dir, &b);
	claim(brief_read(&a, dir, RECORD_BRIEF, &back) && back.pid == b.pid && back.unique == b.unique, "numbers come back");
	claim_text(back.created, "2026", "and when it was made");
	claim_text(back.bundle, "/with space", "and the bundle, whatever is in its name");
	brief_remove(dir);
	claim(!brief_read(&a, dir, RECORD_BRIEF, &back), "it can be taken away");
	memset(longer, 'x', 4999);
	b.bundle = longer;
	brief_write(dir, &b);
	claim(!brief_read(&a, dir, RECORD_BRIEF, &back), "one that would be cut is not written");
	claim(symlinkat("nonsense", dir, RECORD_BRIEF) == 0 && !brief_read(&a, dir, RECORD_BRIEF, &back), "nonsense is none");
	brief_remove(dir);
	if (!unique)
		skip("this kernel has no pidfs", "processes have a number of their own");
	else
		claim(process_is_unique(getpid(), unique) && !process_is_unique(getpid(), unique + 1) && !process_is_unique(-1, unique),
		      "processes have a number of their own");
}

/* A child that waits as process 1 of a created container does. */
static pid_t wait_in_child(int (*then)(int result))
{
	int start, result;
	pid_t pid;

	if (start_make(dir) < 0 || start_open(dir, &start, &result) < 0)
		return -1;
	if ((pid = fork()) == 0) {
		if (start_wait(start) < 0)
			_exit(1);
		(void)close(start);
		_exit(then(result));
	}
	(void)close(start);
	(void)close(result);
	return pid;
}

static int say_nothing(int result)
{
	(void)close(result);
	return 0;
}

static int complain(int result)
{
	(void)err_status(ENOENT, 127, "command-not-found", "there is no such thing");
	sync_write_error(result);
	return 0;
}

static bool is_awaited(void)
{
	return faccessat(dir, START_NAME, F_OK, 0) == 0;
}

static void end_start(pid_t pid)
{
	if (pid > 0)
		(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)unlinkat(dir, "start", 0);
	(void)unlinkat(dir, "result", 0);
}

static void starts_have_results(void)
{
	pid_t pid = wait_in_child(say_nothing);
	int r;

	claim(is_awaited(), "who has not been started waits");
	claim(start_tell(dir) == 0, "silence is success");
	claim(!is_awaited(), "and then nobody waits any more");
	claim(start_tell(dir) == -ESRCH, "a second start finds nobody");
	end_start(pid);

	pid = wait_in_child(complain);
	r = start_tell(dir);
	claim(r == -ENOENT && err_last()->status == 127, "an error arrives with number and status");
	claim_text(err_last()->text, "there is no such thing", "and with its sentence");
	claim_text(err_last()->code, "command-not-found", "and with its code");
	end_start(pid);

	pid = wait_in_child(say_nothing);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	claim(start_tell(dir) == -ESRCH, "who is dead is not waited for");
	end_start(-1);
}

static void processes_are_told_apart(void)
{
	uint64_t start = process_start_time(getpid());
	int fd;
	pid_t pid;

	claim(start > 0 && process_is(getpid(), start) && !process_is(getpid(), start + 1) && !process_is(getpid(), 0),
	      "by number and start time");
	claim((fd = process_open(getpid(), start)) >= 0, "the right one can be opened");
	(void)close(fd);
	claim(process_open(getpid(), start + 1) == -ESRCH && process_open(0, 0) == -ESRCH, "another one cannot");
	if ((pid = fork()) == 0)
		_exit(0);
	{
		siginfo_t info;

		(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	}
	claim(process_start_time(pid) == 0, "one that nobody has waited for is gone");
	(void)waitpid(pid, NULL, 0);
}

static void signals_have_names(void)
{
	static const struct {
		const char *name;
		int sig;
	} rows[] = {
		{ "9", 9 },	     { "KILL", 9 },	{ "SIGKILL", 9 },     { "kill", 9 },	{ "sigkill", 9 },  { "TERM", 15 },
		{ "USR1", 10 },	     { "STKFLT", 16 },	{ "POLL", 29 },	      { "SIGIO", 29 },	{ "SYS", 31 },	   { "CLD", 17 },
		{ "IOT", 6 },	     { "RTMIN", 34 },	{ "SIGRTMIN+3", 37 }, { "RTMAX", 64 },	{ "RTMAX-1", 63 }, { "rtmin+1", 35 },
		{ "64", 64 },	     { "0", 0 },	{ "65", 0 },	      { "", 0 },	{ "-9", 0 },	   { "9x", 0 },
		{ "KILLER", 0 },     { "RTMIN+31", 0 }, { "RTMIN-1", 0 },     { "RTMAX+1", 0 }, { "RTMIN+", 0 },   { "SIG", 0 },
		{ "SIGSIGKILL", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim(signal_from_name(rows[i].name) == rows[i].sig, "'%s' is %d", rows[i].name, rows[i].sig);
}

int main(void)
{
	if (!mkdtemp(path) || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	records_can_be_read_back();
	spoilt_records_are_refused();
	lists_have_a_copy();
	starts_have_results();
	processes_are_told_apart();
	signals_have_names();
	(void)rmdir(path);
	return tap_done();
}
