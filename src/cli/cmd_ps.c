/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_ps.c - ps, the processes as the host counts them, and top, as they count themselves. */
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/find.h"
#include "linux/helper.h"
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

enum { FORMAT_TABLE, FORMAT_JSON };
enum { PS_OUTPUT_MAX = 16 * 1024 * 1024 };

struct ps_words {
	struct global_options global;
	int format;
};

static const struct opt ps_rows[] = {
	{ 'f', "format", "table|json", OPT_CHOICE, offsetof(struct ps_words, format),
	  "form of the list: what ps(1) prints, or the numbers" },
};
const struct opt_table ps_options = OPT_TABLE(ps_rows);
const struct opt_table top_options = { 0 };

static int find_running(const struct context *c, const char *root, const char *id, struct container *found, struct pids *ret)
{
	int r = find_container(c, root, id, found);

	if (r < 0)
		return r;
	if (found->status == STATUS_STOPPED)
		return err_set(ESRCH, "not-running", "container not running: '%s' is stopped", id);
	container_processes(found, ret);
	return 0;
}

/* ---- ps ---- */

static int print_numbers(const struct pids *l)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_int(w, l->items[i]);
	json_close_array(w);
	return print_json(w);
}

/* The start of word number n of a line, or NULL. */
static const char *word(const char *line, int n)
{
	line += strspn(line, " \t");
	for (; n > 0 && *line && *line != '\n'; n--) {
		line += strcspn(line, " \t\n");
		line += strspn(line, " \t");
	}
	return *line && *line != '\n' ? line : NULL;
}

static int find_column(const char *header)
{
	const char *w;

	for (int n = 0; (w = word(header, n)); n++)
		if (strncmp(w, "PID", 3) == 0 && strcspn(w, " \t\n") == 3)
			return n;
	return -1;
}

static bool has(const struct pids *l, long pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i] == pid)
			return true;
	return false;
}

static int print_lines(const struct context *c, const char *text, const struct pids *l)
{
	int column = find_column(text), r;

	if (column < 0)
		return err_set(EINVAL, "usage", "ps: with these options ps(1) prints no column PID");
	for (bool header = true; *text; header = false) {
		size_t len = strcspn(text, "\n");
		const char *pid = word(text, column);

		if ((header || (pid && has(l, strtol(pid, NULL, 10)))) &&
		    (r = print(arena_printf(c->arena, "%s\n", text_escape(c->arena, arena_strndup(c->arena, text, len))))) < 0)
			return r;
		text += len + (text[len] == '\n');
	}
	return 0;
}

/* Callers of runc write all options of ps(1) as one word. */
static void add_words(struct arena *a, struct strv *l, const char *text)
{
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");

		strv_push(a, l, arena_strndup(a, text, len));
		text += len;
	}
}

static int print_table(const struct context *c, const struct strv *words, const struct pids *l)
{
	struct strv ps = { 0 };
	size_t len;
	char *text;
	int r;

	strv_push(c->arena, &ps, arena_strdup(c->arena, "ps"));
	if (words->n == 1)
		strv_push(c->arena, &ps, arena_strdup(c->arena, "-ef"));
	for (size_t i = 1; i < words->n; i++)
		add_words(c->arena, &ps, words->v[i]);
	if ((r = helper_run(c->arena, ps.v, "", 0, PS_OUTPUT_MAX, &text, &len)) < 0)
		return r;
	return print_lines(c, text, l);
}

int cmd_ps(const struct context *c, int argc, char *argv[])
{
	struct ps_words w = { 0 };
	autocontainer found = { .dir = -1 };
	struct strv words = { 0 };
	struct pids pids = { 0 };
	int r = command_options(c, command_find("ps"), OPT_FIRST, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		return err_set(EINVAL, "usage", "ps needs the id of a container");
	if ((r = find_running(c, w.global.root, words.v[0], &found, &pids)) < 0)
		return r;
	return w.format == FORMAT_JSON ? print_numbers(&pids) : print_table(c, &words, &pids);
}

/* ---- top ---- */

static uint64_t uptime_ticks(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * (uint64_t)sysconf(_SC_CLK_TCK);
}

static const char *duration(struct arena *a, uint64_t ticks)
{
	unsigned long long s = ticks / (uint64_t)sysconf(_SC_CLK_TCK);

	return s < 3600 ? arena_printf(a, "%llu:%02llu", s / 60, s % 60)
			: arena_printf(a, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

static const char *terminal(struct arena *a, int tty)
{
	enum { UNIX98_PTY_SLAVE_MAJOR = 136 };
	unsigned number = (unsigned)tty;

	if (!tty)
		return "?";
	return major(number) == UNIX98_PTY_SLAVE_MAJOR ? arena_printf(a, "pts/%u", minor(number))
						       : arena_printf(a, "%u:%u", major(number), minor(number));
}

static int64_t inside(const struct pids *l, const struct process_info *infos, int64_t pid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i] == pid)
			return infos[i].pid;
	return 0;
}

int cmd_top(const struct context *c, int argc, char *argv[])
{
	struct global_options g = { 0 };
	autocontainer found = { .dir = -1 };
	struct strv words = { 0 };
	struct pids pids = { 0 };
	struct process_info *infos;
	uint64_t now = uptime_ticks();
	const char *id;
	int r = command_options(c, command_find("top"), OPT_FIRST, argc, argv, &g, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = find_only_word("top", &words, &id)) < 0)
		return r;
	if ((r = find_running(c, g.root, id, &found, &pids)) < 0)
		return r;
	infos = arena_array(c->arena, pids.n + 1, sizeof(*infos));
	for (size_t i = 0; i < pids.n; i++)
		if (!process_read(c->arena, pids.items[i], &infos[i]))
			infos[i].pid = 0;
	r = print(arena_printf(c->arena, "%-8s %-7s %-7s %-6s %-9s %-7s %-9s %s\n", "USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME",
			       "COMMAND"));
	for (size_t i = 0; i < pids.n && r == 0; i++) {
		const struct process_info *p = &infos[i];
		uint64_t age = now > p->start ? now - p->start : 1, used = p->user_ticks + p->system_ticks;

		if (p->pid)
			r = print(arena_printf(c->arena, "%-8u %-7lld %-7lld %-6.1f %-9s %-7s %-9s %s\n", container_uid(&found, p->uid),
					       (long long)p->pid, (long long)inside(&pids, infos, p->parent),
					       100.0 * (double)used / (double)age, duration(c->arena, age), terminal(c->arena, p->tty),
					       duration(c->arena, used), text_escape(c->arena, p->command)));
	}
	return r;
}
