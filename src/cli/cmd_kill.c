/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_kill.c - kill, and stop, which is kill with patience. */
#include "base/err.h"
#include "cli/find.h"
#include "linux/signals.h"
#include <signal.h>
#include <string.h>

struct kill_words {
	struct global_options global;
	bool all, regex;
};

static const struct opt kill_rows[] = {
	{ 'a', "all", NULL, OPT_FLAG, offsetof(struct kill_words, all), "to all processes, not only to process 1" },
	{ 'r', "regex", NULL, OPT_FLAG, offsetof(struct kill_words, regex), "ID is an extended regular expression" },
};
const struct opt_table kill_options = OPT_TABLE(kill_rows);

struct stop_words {
	struct global_options global;
	unsigned seconds;
	const char *signal;
};

static const struct opt stop_rows[] = {
	{ 't', "time", "SECONDS", OPT_NUMBER, offsetof(struct stop_words, seconds), "how long it may take to end (default: 10)" },
	{ 's', "signal", "SIGNAL", OPT_STRING, offsetof(struct stop_words, signal),
	  "how it is asked (default: its annotation org.opencontainers.image.stopSignal, or TERM)" },
};
const struct opt_table stop_options = OPT_TABLE(stop_rows);

static int parse_signal(const char *name, int *ret)
{
	*ret = signal_from_name(name);
	return *ret ? 0
		    : err_advise(err_set(EINVAL, "usage", "'%s' is not a signal", name),
				 &(struct advice){ .now = "a number, or a name like TERM, SIGTERM or RTMIN+3" });
}

struct to_send {
	int sig;
	bool all;
};

static int send_signal(const struct container *found, void *ctx)
{
	const struct to_send *s = ctx;

	return container_kill(found, s->sig, s->all);
}

int cmd_kill(const struct context *c, int argc, char *argv[])
{
	struct kill_words w = { 0 };
	struct strv words = { 0 }, ids = { 0 };
	struct to_send s = { .sig = SIGTERM };
	int r = command_options(c, command_find("kill"), OPT_AROUND_WORD, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0 || words.n > 2)
		return words.n == 0 ? err_set(EINVAL, "usage", "kill needs the id of a container")
				    : err_set(EINVAL, "usage", "kill takes an id and a signal: '%s'", words.v[2]);
	if (words.n == 2 && (r = parse_signal(words.v[1], &s.sig)) < 0)
		return r;
	s.all = w.all;
	if (!w.regex)
		strv_push(c->arena, &ids, words.v[0]);
	else if ((r = find_matching(c, w.global.root, words.v[0], &ids)) < 0)
		return r;
	return find_each(c, w.global.root, &ids, send_signal, &s);
}

struct stopping {
	int sig; /* 0: what the container says */
	unsigned seconds;
};

static int stop_signal(const struct container *c, int *ret)
{
	const struct key_values *l = &c->record.annotations;

	*ret = SIGTERM;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].key, "org.opencontainers.image.stopSignal") == 0)
			return parse_signal(l->items[i].value, ret);
	return 0;
}

static int stop(const struct container *found, void *ctx)
{
	const struct stopping *s = ctx;
	int sig = s->sig, r;

	if (found->status == STATUS_STOPPED)
		return 0;
	if (!sig && (r = stop_signal(found, &sig)) < 0)
		return r;
	return container_stop(found, sig, (int)s->seconds * 1000);
}

int cmd_stop(const struct context *c, int argc, char *argv[])
{
	struct stop_words w = { .seconds = 10 };
	struct strv words = { 0 };
	struct stopping s = { 0 };
	int r = command_options(c, command_find("stop"), OPT_ANYWHERE, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		return err_set(EINVAL, "usage", "stop needs the id of a container");
	if (w.signal && (r = parse_signal(w.signal, &s.sig)) < 0)
		return r;
	s.seconds = w.seconds;
	return find_each(c, w.global.root, &words, stop, &s);
}
