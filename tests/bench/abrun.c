/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * abrun.c - compare commands fairly: run them in turn, in a new random order each round.
 *
 *	abrun [-r ROUNDS] [-w WARMUP] [-p NAME/NAME]... -- NAME CMD [ARG...] [-- NAME CMD [ARG...]]...
 *
 * A shared machine is now fast, now slow. What holds is the ratio of two commands inside one round, so the median
 * of these ratios is printed beside the medians. One line per result:
 *
 *	median NAME MILLISECONDS
 *	ratio NAME/NAME RATIO
 *	rss NAME KILOBYTES
 *	rss NAME/NAME RATIO
 *
 * A CMD may have several steps with "++" between them, which run one after the other. NAME is then all of them
 * together (its memory that of the largest), and NAME.1, NAME.2, … are the steps.
 *
 * With -s STARTS -j JOBS a command runs STARTS times in a round, JOBS of them at once, and the time is that of all.
 * A "%" in an argument is then the number of the job, so that those at the same time can have different names.
 *
 * A command that does not exit with 0 ends everything. Its output is dropped, its errors are shown.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_STEPS = 4, MAX_PAIRS = 32, MAX_JOBS = 64, NAME_SIZE = 128, RSS_RUNS = 3 };

struct series {
	double *ms; /* one per counted round */
	long kb;
};

struct command {
	const char *name;
	char **steps[MAX_STEPS];
	size_t n_steps;
	struct series all, of_step[MAX_STEPS];
};

struct pair {
	const struct command *left, *right;
};

struct comparison {
	struct command commands[MAX_COMMANDS];
	size_t n_commands;
	const char *pair_names[MAX_PAIRS];
	size_t n_pairs;
	size_t rounds, warmup;
	size_t starts, jobs; /* 0: each once a round */
};

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("abrun: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

/* ---- running ---- */

/* "%" becomes the number of the job. */
static char *fill_in(char *arg, size_t job)
{
	const size_t len = strcspn(arg, "%");
	char *ret;

	if (!arg[len])
		return arg;
	if (asprintf(&ret, "%.*s%zu%s", (int)len, arg, job, arg + len + 1) < 0)
		die("out of memory");
	return ret;
}

static _Noreturn void exec_step(char **argv, int null)
{
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execv(argv[0], argv);
	fprintf(stderr, "abrun: cannot run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void check_status(const struct command *c, int status)
{
	if (WIFSIGNALED(status))
		die("%s was killed by signal %d", c->name, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		die("%s exited with status %d", c->name, WEXITSTATUS(status));
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double time_step(const struct command *c, size_t step, int null)
{
	const double begin = now_ms();
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		exec_step(c->steps[step], null);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("cannot run %s: %s", c->name, strerror(errno));
	const double end = now_ms();

	check_status(c, status);
	return end - begin;
}

static void run_steps(const struct command *c, int null, const size_t *round)
{
	double all = 0;

	for (size_t i = 0; i < c->n_steps; i++) {
		const double ms = time_step(c, i, null);

		all += ms;
		if (round)
			c->of_step[i].ms[*round] = ms;
	}
	if (round)
		c->all.ms[*round] = all;
}

/* ---- many at once ---- */

static pid_t start_job(const struct command *c, size_t job, int null)
{
	const pid_t pid = fork();

	if (pid == 0) {
		for (char **arg = c->steps[0]; *arg; arg++)
			*arg = fill_in(*arg, job);
		exec_step(c->steps[0], null);
	}
	if (pid < 0)
		die("cannot run %s: %s", c->name, strerror(errno));
	return pid;
}

static size_t find_job(const pid_t *jobs, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (jobs[i] == pid)
			return i;
	return n;
}

static void run_burst(const struct comparison *all, const struct command *c, int null, const size_t *round)
{
	const double begin = now_ms();
	pid_t jobs[MAX_JOBS] = { 0 };
	size_t started = 0, ended = 0;

	while (started < all->jobs && started < all->starts) {
		jobs[started] = start_job(c, started, null);
		started++;
	}
	while (ended < started) {
		int status;
		const pid_t pid = waitpid(-1, &status, 0);
		const size_t job = find_job(jobs, all->jobs, pid);

		if (pid < 0)
			die("cannot wait: %s", strerror(errno));
		if (job == all->jobs)
			continue; /* somebody's orphan */
		check_status(c, status);
		ended++;
		jobs[job] = 0;
		if (started < all->starts) {
			jobs[job] = start_job(c, job, null);
			started++;
		}
	}
	if (round)
		c->all.ms[*round] = now_ms() - begin;
}

/* ---- memory ---- */

static long load_peak_rss(pid_t pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (status)
		fclose(status);
	return kb;
}

/*
 * wait4's ru_maxrss would be a lie: it includes what we ourselves occupied before the exec, the setuid helpers and
 * the payload. So the process is stopped as it exits and asked for the peak of its last program (crun re-executes
 * itself). Its children are not traced, which would also take newuidmap's privilege away.
 */
static long measure_peak_rss(const struct command *c, size_t step, int null)
{
	long kb = 0;
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		exec_step(c->steps[step], null);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("cannot run %s: %s", c->name, strerror(errno));
	/* The first stop is that of execve. */
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
	for (intptr_t signal = 0; WIFSTOPPED(status); waitpid(pid, &status, 0)) {
		const int event = status >> 16;

		if (event == PTRACE_EVENT_EXIT)
			kb = load_peak_rss(pid);
		signal = event || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, (void *)signal);
	}
	check_status(c, status);
	return kb;
}

/* A step is measured among the others, which make what it works on. */
static void measure_memory(struct command *c, int null)
{
	for (int run = 0; run < RSS_RUNS; run++) {
		for (size_t i = 0; i < c->n_steps; i++) {
			const long kb = measure_peak_rss(c, i, null);

			c->of_step[i].kb = kb > c->of_step[i].kb ? kb : c->of_step[i].kb;
			c->all.kb = kb > c->all.kb ? kb : c->all.kb;
		}
	}
}

/* ---- numbers ---- */

static int compare_doubles(const void *a, const void *b)
{
	const double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* Sorts the numbers. */
static double sort_median(double *numbers, size_t n)
{
	qsort(numbers, n, sizeof(*numbers), compare_doubles);
	return n % 2 ? numbers[n / 2] : (numbers[n / 2 - 1] + numbers[n / 2]) / 2;
}

static double median(const double *numbers, size_t n)
{
	double *copy = malloc(n * sizeof(*copy));
	double ret;

	if (!copy)
		die("out of memory");
	memcpy(copy, numbers, n * sizeof(*copy));
	ret = sort_median(copy, n);
	free(copy);
	return ret;
}

static double median_ratio(const struct series *left, const struct series *right, size_t n)
{
	double *ratios = malloc(n * sizeof(*ratios));
	double ret;

	if (!ratios)
		die("out of memory");
	for (size_t i = 0; i < n; i++)
		ratios[i] = left->ms[i] / right->ms[i];
	ret = sort_median(ratios, n);
	free(ratios);
	return ret;
}

static void shuffle(size_t *order, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		const size_t j = (size_t)random() % (i + 1), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

/* ---- the command line ---- */

static size_t parse_number(const char *text)
{
	char *end;
	const unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number > 1000000)
		die("'%s' is not a number", text);
	return number;
}

static struct series new_series(size_t rounds)
{
	const struct series ret = { .ms = calloc(rounds, sizeof(double)) };

	if (!ret.ms)
		die("out of memory");
	return ret;
}

/* The words up to "++" or "--", which becomes the NULL that ends them. True if more steps follow. */
static bool parse_step(char ***argv, struct command *c, size_t rounds)
{
	char **begin = *argv, **end = begin;
	bool more;

	while (*end && strcmp(*end, "--") != 0 && strcmp(*end, "++") != 0)
		end++;
	if (end == begin)
		die("no command for '%s'", c->name);
	if (c->n_steps == MAX_STEPS)
		die("more than %d steps", MAX_STEPS);
	more = *end && **end == '+';
	*argv = *end ? end + 1 : end;
	*end = NULL;
	c->of_step[c->n_steps] = new_series(rounds);
	c->steps[c->n_steps++] = begin;
	return more;
}

static void parse_commands(char **argv, struct comparison *ret)
{
	while (*argv) {
		if (ret->n_commands == MAX_COMMANDS)
			die("more than %d commands", MAX_COMMANDS);
		struct command *c = &ret->commands[ret->n_commands++];

		c->name = *argv++;
		c->all = new_series(ret->rounds);
		while (parse_step(&argv, c, ret->rounds))
			;
		if (ret->jobs && c->n_steps > 1)
			die("'%s': of several steps only one can run at a time", c->name);
	}
	if (ret->n_commands == 0)
		die("no command");
}

static void parse(int argc, char **argv, struct comparison *ret)
{
	for (int letter; (letter = getopt(argc, argv, "+r:w:s:j:p:")) != -1;) {
		switch (letter) {
		case 'r':
			ret->rounds = parse_number(optarg);
			break;
		case 'w':
			ret->warmup = parse_number(optarg);
			break;
		case 's':
			ret->starts = parse_number(optarg);
			break;
		case 'j':
			ret->jobs = parse_number(optarg);
			break;
		case 'p':
			if (ret->n_pairs == MAX_PAIRS)
				die("more than %d pairs", MAX_PAIRS);
			ret->pair_names[ret->n_pairs++] = optarg;
			break;
		default:
			die("usage: abrun [-r ROUNDS] [-w WARMUP] [-s STARTS -j JOBS] [-p NAME/NAME]... -- NAME CMD [ARG...] [-- ...]");
		}
	}
	if (ret->rounds == 0)
		die("no rounds");
	if ((ret->starts == 0) != (ret->jobs == 0) || ret->jobs > MAX_JOBS)
		die("-s and -j go together, and not more than %d jobs", MAX_JOBS);
	parse_commands(argv + optind, ret);
}

static const struct command *find_command(const struct comparison *all, const char *name, size_t size)
{
	for (size_t i = 0; i < all->n_commands; i++) {
		const struct command *c = &all->commands[i];

		if (strlen(c->name) == size && memcmp(c->name, name, size) == 0)
			return c;
	}
	die("no command is called '%.*s'", (int)size, name);
}

static struct pair find_pair(const struct comparison *all, const char *names)
{
	const size_t left = strcspn(names, "/");

	if (!names[left])
		die("'%s' is not a pair of names", names);
	return (struct pair){ .left = find_command(all, names, left),
			      .right = find_command(all, names + left + 1, strlen(names + left + 1)) };
}

/* ---- the whole ---- */

static void run_rounds(const struct comparison *all, int null)
{
	size_t order[MAX_COMMANDS];

	for (size_t i = 0; i < all->n_commands; i++)
		order[i] = i;
	for (size_t n = 0; n < all->warmup + all->rounds; n++) {
		const size_t counted = n - all->warmup, *round = n < all->warmup ? NULL : &counted; /* NULL: not counted */

		shuffle(order, all->n_commands);
		for (size_t i = 0; i < all->n_commands; i++) {
			const struct command *c = &all->commands[order[i]];

			if (all->jobs)
				run_burst(all, c, null, round);
			else
				run_steps(c, null, round);
		}
	}
}

static void print_series(const struct comparison *all, const char *name, const struct series *s)
{
	printf("median %s %.3f\n", name, median(s->ms, all->rounds));
	if (s->kb)
		printf("rss %s %ld\n", name, s->kb);
}

static void print_ratio(const struct comparison *all, const char *names, const struct series *left, const struct series *right)
{
	printf("ratio %s %.3f\n", names, median_ratio(left, right, all->rounds));
	if (left->kb && right->kb)
		printf("rss %s %.3f\n", names, (double)left->kb / (double)right->kb);
}

static void print_command(const struct comparison *all, const struct command *c)
{
	print_series(all, c->name, &c->all);
	for (size_t i = 0; i < c->n_steps && c->n_steps > 1; i++) {
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "%s.%zu", c->name, i + 1);
		print_series(all, name, &c->of_step[i]);
	}
}

static void print_pair(const struct comparison *all, const char *names)
{
	const struct pair p = find_pair(all, names);

	print_ratio(all, names, &p.left->all, &p.right->all);
	for (size_t i = 0; i < p.left->n_steps && i < p.right->n_steps && p.left->n_steps > 1; i++) {
		char of_step[NAME_SIZE];

		snprintf(of_step, sizeof(of_step), "%s.%zu/%s.%zu", p.left->name, i + 1, p.right->name, i + 1);
		print_ratio(all, of_step, &p.left->of_step[i], &p.right->of_step[i]);
	}
}

int main(int argc, char **argv)
{
	struct comparison all = { .rounds = 100, .warmup = 3 };
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		die("cannot open '/dev/null': %s", strerror(errno));
	parse(argc, argv, &all);
	for (size_t i = 0; i < all.n_pairs; i++)
		(void)find_pair(&all, all.pair_names[i]); /* a wrong name is found before the long run */
	srandom((unsigned int)time(NULL));
	run_rounds(&all, null);
	for (size_t i = 0; i < all.n_commands && !all.jobs; i++)
		measure_memory(&all.commands[i], null);
	for (size_t i = 0; i < all.n_commands; i++)
		print_command(&all, &all.commands[i]);
	for (size_t i = 0; i < all.n_pairs; i++)
		print_pair(&all, all.pair_names[i]);
	return 0;
}
