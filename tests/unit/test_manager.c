/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_manager.c - what is said to the helper urun-systemd, and what becomes of its answers; and how a helper is run.
 *
 * Scripts stand in the place of the helper, in a directory that helper_path() takes for that of urun. The real helper, if
 * it was built, is only asked what needs no manager. */
#include "base/err.h"
#include "base/log.h"
#include "linux/manager.h"
#include "linux/signals.h"
#include "tap.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* ---- the stage ---- */

struct stage {
	struct arena arena;
	char dir[PATH_MAX];
	struct strv debug; /* what was told */
};

static const char *in(struct stage *s, const char *name)
{
	return arena_printf(&s->arena, "%s/%s", s->dir, name);
}

static void listen_to(void *data, const struct log_line *line)
{
	struct stage *s = data;

	strv_push(&s->arena, &s->debug, arena_strdup(&s->arena, line->text));
}

static bool set_stage(struct stage *s)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(s->dir, sizeof(s->dir), "%s/urun-manager-XXXXXX", tmp ? tmp : "/tmp");
	log_listen(listen_to, s, LOG_LEVEL_DEBUG);
	return mkdtemp(s->dir) && setenv("URUN_EXE", in(s, "urun"), 1) == 0;
}

static void clear_stage(struct stage *s)
{
	static const char *const names[] = { "urun-systemd", "in", "args", "pid" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(in(s, names[i]));
	(void)rmdir(s->dir);
	log_listen(NULL, NULL, LOG_LEVEL_ERROR);
	arena_free(&s->arena);
}

/* What it was asked stands in the files "in" and "args" afterwards. */
static void install(struct stage *s, const char *body)
{
	static const char hear[] =
		"#!/bin/sh\nhere=${0%/*}\ncat >\"$here/in\"\nprintf '<%s>' \"$@\" >\"$here/args\"\necho $$ >\"$here/pid\"\n";
	FILE *f;

	(void)unlink(in(s, "in"));
	(void)unlink(in(s, "args"));
	(void)unlink(in(s, "pid"));
	(void)unlink(in(s, "urun-systemd"));
	if (!(f = fopen(in(s, "urun-systemd"), "we")) || fprintf(f, "%s%s\n", hear, body) < 0 || fchmod(fileno(f), 0700) < 0 ||
	    fclose(f) != 0)
		abort();
}

/* NULL if it is not there. */
static const char *content(struct stage *s, const char *name)
{
	char text[4096];
	FILE *f = fopen(in(s, name), "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (!f)
		return NULL;
	(void)fclose(f);
	return arena_strndup(&s->arena, text, n);
}

static bool is_error(int r, int num, const char *code, const char *text)
{
	if (r == -num && strcmp(err_last()->code, code) == 0 && strstr(err_last()->text, text))
		return true;
	printf("# got %d %s: %s\n", r, err_last()->code, err_last()->text);
	return false;
}

static int start(struct stage *s, const struct scope_request *q, const char **ret_unit)
{
	struct manager_job job;
	int r = manager_begin_scope(&s->arena, q, &job);

	return r < 0 ? r : manager_end_scope(&s->arena, &job, -1, ret_unit);
}

static int start_plain(struct stage *s, const char **ret_unit)
{
	return start(s, &(struct scope_request){ .unit = "a.scope" }, ret_unit);
}

/* What becomes of a start when the helper does this. */
static bool fails(struct stage *s, const char *body, int num, const char *code, const char *text)
{
	const char *unit;

	install(s, body);
	return is_error(start_plain(s, &unit), num, code, text);
}

/* ---- claims ---- */

static void asks_for_a_scope(struct stage *s)
{
	struct unit_property items[] = {
		{ "Description", "s", "two\nlines, a \\ and a\ttab" },
		{ "Slice", "s", "" },
		{ "Delegate", "b", "true" },
		{ "AllowedCPUs", "ay", "0f00" },
		{ "IOWeight", "a(st)", "/dev/a\\x20b 100" },
	};
	const struct unit_properties properties = { .items = items, .n = ARRAY_SIZE(items) };
	const pid_t pids[] = { 12, 345 };
	struct scope_request q = { .unit = "a.scope", .properties = &properties, .pids = pids, .n_pids = ARRAY_SIZE(pids) };
	const char *unit = NULL;

	install(s, "echo dropped New; echo unit a-2.scope; echo dropped Newer");
	claim(start(s, &q, &unit) == 0, "a scope is made");
	claim_text(unit, "a-2.scope", "it has the name that the helper says");
	claim_text(content(s, "args"), "<start>", "of the manager of the user");
	claim_text(content(s, "in"),
		   "unit a.scope\npid 12\npid 345\n"
		   "property Description s two\\x0alines, a \\x5c and a\\x09tab\n"
		   "property Slice s \n"
		   "property Delegate b true\n"
		   "property AllowedCPUs ay 0f00\n"
		   "property IOWeight a(st) /dev/a\\x20b 100\n",
		   "each process and property is a line, whatever is in a text");
	claim(s->debug.n == 2 && strstr(s->debug.v[0], "'New'") && strstr(s->debug.v[1], "'Newer'"), "what was dropped is told");
	q.system = true;
	q.properties = NULL;
	q.n_pids = 0;
	claim(start(s, &q, &unit) == 0, "a scope needs no properties");
	claim_text(content(s, "args"), "<--system><start>", "of the manager of the system");
}

static void adds_no_lines(struct stage *s)
{
	static const struct unit_property bad[] = {
		{ "Name\npid 1", "b", "true" }, { "A B", "b", "true" }, { "", "b", "true" },
		{ "A", "b", "true\npid 1" },	{ "A", "as", "a\nb" },	{ "A", "b\n", "true" },
	};
	const char *unit;
	bool refused = true;

	install(s, "echo unit a.scope");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct unit_property p = bad[i];
		const struct unit_properties l = { .items = &p, .n = 1 };

		refused = refused && is_error(start(s, &(struct scope_request){ .unit = "a.scope", .properties = &l }, &unit), EINVAL,
					      "manager", "for the property");
	}
	claim(refused, "a property that is more than a line is refused");
	claim(is_error(start(s, &(struct scope_request){ .unit = "a\npid 1" }, &unit), EINVAL, "manager", "'a\\x0apid 1'"),
	      "so is a name of a unit");
	claim(!content(s, "in"), "and nobody was asked");
}

static void asks_for_the_rest(struct stage *s)
{
	struct unit_property item = { "TasksMax", "t", "9" };
	const struct unit_properties properties = { .items = &item, .n = 1 };

	install(s, "echo dropped TasksMax");
	s->debug.n = 0;
	claim(manager_set(&s->arena, false, "a.scope", &properties) == 0 && s->debug.n == 1, "properties are set, or told to be dropped");
	claim_text(content(s, "args"), "<set><a.scope>", "those of the unit");
	claim_text(content(s, "in"), "property TasksMax t 9\n", "as lines");
	claim(manager_attach(&s->arena, false, "a.scope", "", 12) == 0, "a process is attached");
	claim_text(content(s, "args"), "<attach><a.scope><><12>", "to the unit itself");
	claim(manager_attach(&s->arena, true, "a.scope", "/container", 12) == 0, "or attached");
	claim_text(content(s, "args"), "<--system><attach><a.scope></container><12>", "below it");
	claim(manager_stop(&s->arena, false, "a.scope") == 0, "a unit is stopped");
	claim_text(content(s, "args"), "<stop><a.scope>", "by its name");
	install(s, "echo no way >&2; exit 1");
	claim(is_error(manager_set(&s->arena, false, "a.scope", &properties), EIO, "manager", "no way") &&
		      is_error(manager_attach(&s->arena, false, "a.scope", "", 1), EIO, "manager", "no way") &&
		      is_error(manager_stop(&s->arena, false, "a.scope"), EIO, "manager", "no way"),
	      "all can fail");
}

static void tells_why_it_failed(struct stage *s)
{
	claim(fails(s, "echo the moon is full >&2; echo more >&2; exit 1", EIO, "manager", "the moon is full") &&
		      !strstr(err_last()->text, "more"),
	      "the first line that the helper says is the error");
	claim(fails(s, "echo unit a.scope; echo late >&2; exit 1", EIO, "manager", "late"), "also if its answer is good");
	claim(fails(s, "exit 1", EIO, "manager", "urun-systemd failed"), "one that says nothing failed");
	claim(fails(s, "echo nobody is there >&2; exit 4", ENOTCONN, "no-manager", "nobody is there"), "no manager is an error of its own");
	claim(fails(s, "exit 4", ENOTCONN, "no-manager", "cannot reach"), "with words of our own if need be");
	claim(fails(s, "echo what >&2; exit 2", EINVAL, "manager", "what"), "so is a request that is malformed");
	claim(fails(s, "echo libsystemd.so.0: no such file >&2; exit 127", ELIBACC, "helper-library", "libsystemd"),
	      "so is a library that is not installed");
	claim(fails(s, "kill -9 $$", EIO, "manager", "killed by signal 9"), "so is one that was killed");
	claim(fails(s, "kill -TERM $$; echo unit a.scope", EIO, "manager", "killed by signal 15"), "signals are not blocked in it");
	claim(fails(s, "echo hello", EPROTO, "manager", "does not say which unit"), "one has to name the unit");
	claim(fails(s, "echo unit", EPROTO, "manager", "does not say which unit"), "with a name");
	claim(fails(s, "exec cat /dev/zero", EIO, "manager", "said too much"), "one that does not stop talking is stopped");
	claim(kill((pid_t)atoi(content(s, "pid")), 0) < 0 && errno == ESRCH, "and gone");
}

static void is_missing(struct stage *s)
{
	const char *unit;

	(void)unlink(in(s, "urun-systemd"));
	claim(is_error(start_plain(s, &unit), ENOENT, "manager", "not installed") && err_last()->advice.cause && err_last()->advice.fix,
	      "that there is no helper is said, with a way out");
	install(s, "");
	(void)chmod(in(s, "urun-systemd"), 0600);
	claim(is_error(start_plain(s, &unit), ENOENT, "manager", "not installed"), "one that nobody may run is none");
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool has_no_children(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void is_cancelled(struct stage *s)
{
	struct manager_job job = { 0 };
	double before = now();
	const char *unit;
	sigset_t old;
	int signals, r;

	manager_cancel(&job);
	claim(true, "where there is no job, none is cancelled");
	install(s, "exec sleep 100");
	claim(manager_begin_scope(&s->arena, &(struct scope_request){ .unit = "a.scope" }, &job) == 0 && job.helper.pid > 0,
	      "a helper that hangs is not waited for");
	manager_cancel(&job);
	claim(job.helper.pid == 0 && has_no_children(), "it can be killed");
	manager_cancel(&job);

	(void)sigprocmask(SIG_BLOCK, NULL, &old);
	signals = signals_catch();
	claim(manager_begin_scope(&s->arena, &(struct scope_request){ .unit = "a.scope" }, &job) == 0, "another one hangs");
	(void)raise(SIGUSR1);
	(void)raise(SIGTERM);
	r = manager_end_scope(&s->arena, &job, signals, &unit);
	claim(is_error(r, EINTR, "interrupted", "signal 15") && err_last()->status == 128 + SIGTERM, "a signal ends the wait");
	claim(job.helper.pid == 0 && has_no_children(), "and the helper");
	(void)close(signals);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	claim(now() - before < 30, "nobody has waited for them");
}

/* A number that is free now, and whether it is free afterwards. */
static int lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(fd);
	return fd;
}

static void runs_programs(struct stage *s)
{
	char *echo[] = { (char[]){ "echo" }, (char[]){ "hello" }, NULL };
	char *none[] = { (char[]){ "/nonexistent/program" }, NULL }, *unknown[] = { (char[]){ "urun-no-such-program" }, NULL };
	char *text = NULL;
	size_t len = 0;

	claim(helper_run(&s->arena, echo, "", 0, HELPER_OUTPUT_MAX, &text, &len) == 0 && len == 6, "$PATH finds a program");
	claim_text(text, "hello\n", "and it is heard");
	claim(is_error(helper_run(&s->arena, echo, "", 0, 6, &text, &len), EIO, "helper", "too much"), "less than the limit is heard");
	claim(helper_run(&s->arena, echo, "", 0, 7, &text, &len) == 0, "and all of that");
	claim(is_error(helper_run(&s->arena, none, "", 0, HELPER_OUTPUT_MAX, &text, &len), EIO, "helper", "failed"),
	      "what is not there fails");
	claim(is_error(helper_run(&s->arena, unknown, "", 0, HELPER_OUTPUT_MAX, &text, &len), EIO, "helper", "failed"),
	      "so does what $PATH does not find");
}

/* ---- the real one: it reads before it connects ---- */

static void is_malformed(struct stage *s, char *helper)
{
	static const struct {
		const char *request, *sentence;
	} bad[] = {
		{ "", "names no unit" },
		{ "pid 1\n", "names no unit" },
		{ "unit a.scope\npid x\n", "'x' is not a process id" },
		{ "unit a.scope\npid 0\n", "'0' is not a process id" },
		{ "unit a.scope\npid -1\n", "'-1' is not" },
		{ "unit a.scope\npid 99999999999\n", "is not" },
		{ "unit \n", "'' is not a name of a unit" },
		{ "unit a\xff\n", "is not a name of a unit" },
		{ "hello\n", "'hello' is not a line" },
		{ "unit a.scope\nproperty A\n", "'A' is not a property" },
		{ "unit a.scope\nproperty A b\n", "'A' is not a property with a value" },
		{ "unit a.scope\nproperty A b yes\n", "'yes' is not true or false" },
		{ "unit a.scope\nproperty A z 1\n", "'z' is not a type" },
		{ "unit a.scope\nproperty A u 4294967296\n", "'4294967296' is not a number" },
		{ "unit a.scope\nproperty A u -1\n", "'-1' is not a number" },
		{ "unit a.scope\nproperty A i 2147483648\n", "'2147483648' is not a number" },
		{ "unit a.scope\nproperty A x 9223372036854775808\n", "is not a number" },
		{ "unit a.scope\nproperty A t 18446744073709551616\n", "is not a number" },
		{ "unit a.scope\nproperty A t 1 \n", "is not a number" },
		{ "unit a.scope\nproperty A d 1.x\n", "is not a number" },
		{ "unit a.scope\nproperty A s \\x4\n", "is not an escaped text" },
		{ "unit a.scope\nproperty A s \\x00\n", "is not an escaped text" },
		{ "unit a.scope\nproperty A s \\n\n", "is not an escaped text" },
		{ "unit a.scope\nproperty A s a\\xffb\n", "is not UTF-8" },
		{ "unit a.scope\nproperty A s \\xed\\xa0\\x80\n", "is not UTF-8" },
		{ "unit a.scope\nproperty A s \\xc3\n", "is not UTF-8" },
		{ "unit a.scope\nproperty A as a \\q\n", "is not an escaped text" },
		{ "unit a.scope\nproperty A ay 0\n", "is not bytes" },
		{ "unit a.scope\nproperty A ay 0g\n", "is not bytes" },
		{ "unit a.scope\nproperty A a(st) a\n", "'a' is not followed by a number" },
		{ "unit a.scope\nproperty A a(st) a 1 b\n", "'b' is not followed by a number" },
		{ "unit a.scope\nproperty A a(st) a b\n", "'b' is not a number" },
	};
	char *argv[] = { helper, (char[]){ "start" }, NULL };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct helper_answer answer = { .words = "" };
		struct helper_job job;

		if (helper_begin(&s->arena, argv, bad[i].request, strlen(bad[i].request), &job) < 0 ||
		    helper_end(&s->arena, &job, -1, HELPER_OUTPUT_MAX, &answer) < 0)
			abort();
		claim(answer.status == W_EXITCODE(MANAGER_MALFORMED, 0) && strstr(answer.words, bad[i].sentence), "the helper says: %s",
		      bad[i].sentence);
		if (!strstr(answer.words, bad[i].sentence))
			printf("# got %#x %s\n", (unsigned)answer.status, answer.words);
	}
}

static void asks_the_real_one(struct stage *s)
{
	const char *top = getenv("top_builddir");
	char *helper = arena_printf(&s->arena, "%s/urun-systemd", top ? top : ".");

	if (access(helper, X_OK) < 0)
		skip("urun-systemd is not built", "the helper says what is wrong with a request");
	else
		is_malformed(s, helper);
}

int main(void)
{
	struct stage s = { 0 };
	int fd;

	if (!set_stage(&s))
		return 1;
	fd = lowest_fd();
	asks_for_a_scope(&s);
	adds_no_lines(&s);
	asks_for_the_rest(&s);
	tells_why_it_failed(&s);
	is_missing(&s);
	is_cancelled(&s);
	runs_programs(&s);
	asks_the_real_one(&s);
	claim(lowest_fd() == fd, "no descriptor is left open");
	clear_stage(&s);
	return tap_done();
}
