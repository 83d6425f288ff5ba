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
 *
 * A command that does not exit with 0 ends everything. Its output is dropped, its errors are shown.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_PAIRS = 16, RSS_RUNS = 3 };

struct command {
	const char *name;
	char **argv;
	double *ms; /* one per counted round */
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

static _Noreturn void exec_command(const struct command *c, int null)
{
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execv(c->argv[0], c->argv);
	fprintf(stderr, "abrun: cannot run '%s': %s\n", c->argv[0], strerror(errno));
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

static double time_command(const struct command *c, int null)
{
	const double begin = now_ms();
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		exec_command(c, null);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("cannot run %s: %s", c->name, strerror(errno));
	const double end = now_ms();

	check_status(c, status);
	return end - begin;
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
static long measure_peak_rss(const struct command *c, int null)
{
	long kb = 0;
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		exec_command(c, null);
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

static double median_ratio(const struct pair *p, size_t n)
{
	double *ratios = malloc(n * sizeof(*ratios));
	double ret;

	if (!ratios)
		die("out of memory");
	for (size_t i = 0; i < n; i++)
		ratios[i] = p->left->ms[i] / p->right->ms[i];
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

/* Cuts argv into commands at each "--", which becomes the NULL that ends a command. */
static void parse_commands(char **argv, struct comparison *ret)
{
	while (*argv) {
		if (ret->n_commands == MAX_COMMANDS)
			die("more than %d commands", MAX_COMMANDS);
		struct command *c = &ret->commands[ret->n_commands++];

		c->name = *argv++;
		c->argv = argv;
		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (c->argv == argv)
			die("no command for '%s'", c->name);
		if (*argv)
			*argv++ = NULL;
	}
	if (ret->n_commands == 0)
		die("no command");
}

static void parse(int argc, char **argv, struct comparison *ret)
{
	for (int letter; (letter = getopt(argc, argv, "+r:w:p:")) != -1;) {
		switch (letter) {
		case 'r':
			ret->rounds = parse_number(optarg);
			break;
		case 'w':
			ret->warmup = parse_number(optarg);
			break;
		case 'p':
			if (ret->n_pairs == MAX_PAIRS)
				die("more than %d pairs", MAX_PAIRS);
			ret->pair_names[ret->n_pairs++] = optarg;
			break;
		default:
			die("usage: abrun [-r ROUNDS] [-w WARMUP] [-p NAME/NAME]... -- NAME CMD [ARG...] [-- ...]");
		}
	}
	if (ret->rounds == 0)
		die("no rounds");
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
	for (size_t round = 0; round < all->warmup + all->rounds; round++) {
		shuffle(order, all->n_commands);
		for (size_t i = 0; i < all->n_commands; i++) {
			const struct command *c = &all->commands[order[i]];
			const double ms = time_command(c, null);

			if (round >= all->warmup)
				c->ms[round - all->warmup] = ms;
		}
	}
}

static void print_results(const struct comparison *all, int null)
{
	for (size_t i = 0; i < all->n_commands; i++)
		printf("median %s %.3f\n", all->commands[i].name, median(all->commands[i].ms, all->rounds));
	for (size_t i = 0; i < all->n_pairs; i++) {
		const struct pair p = find_pair(all, all->pair_names[i]);

		printf("ratio %s %.3f\n", all->pair_names[i], median_ratio(&p, all->rounds));
	}
	for (size_t i = 0; i < all->n_commands; i++) {
		long peak = 0;

		for (int run = 0; run < RSS_RUNS; run++) {
			const long kb = measure_peak_rss(&all->commands[i], null);

			peak = kb > peak ? kb : peak;
		}
		printf("rss %s %ld\n", all->commands[i].name, peak);
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
	for (size_t i = 0; i < all.n_commands; i++)
		if (!(all.commands[i].ms = calloc(all.rounds, sizeof(double))))
			die("out of memory");
	srandom((unsigned int)time(NULL));
	run_rounds(&all, null);
	print_results(&all, null);
	return 0;
}
