/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/manager.h"
#include "base/err.h"
#include "base/log.h"
#include <string.h>
#include <sys/wait.h>

/* ---- what we say: the lines of helpers/systemd_request.h ---- */

/* A value of others must not become a line of ours. */
static const char *escape(struct arena *a, const char *text)
{
	char *escaped = arena_alloc(a, 4 * strlen(text) + 1), *end = escaped;
	static const char digits[] = "0123456789abcdef";

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p >= 0x20 && *p != 0x7f && *p != '\\') {
			*end++ = (char)*p;
			continue;
		}
		*end++ = '\\';
		*end++ = 'x';
		*end++ = digits[*p >> 4];
		*end++ = digits[*p & 15];
	}
	return escaped;
}

static bool is_one_word(const char *text)
{
	return *text && !strpbrk(text, " \n");
}

static int add_property(struct arena *a, const struct unit_property *p, const char **text)
{
	const char *value = strcmp(p->type, "s") == 0 ? escape(a, p->value) : p->value;

	if (!is_one_word(p->name) || !is_one_word(p->type) || strchr(value, '\n'))
		return err_set(EINVAL, "manager", "cannot ask a systemd manager for the property '%s'", escape(a, p->name));
	*text = arena_printf(a, "%sproperty %s %s %s\n", *text, p->name, p->type, value);
	return 0;
}

static int add_properties(struct arena *a, const struct unit_properties *l, const char **text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && l && i < l->n; i++)
		r = add_property(a, &l->items[i], text);
	return r;
}

static int scope_text(struct arena *a, const struct scope_request *q, const char **ret)
{
	const char *text = arena_printf(a, "unit %s\n", q->unit);
	int r;

	if (!is_one_word(q->unit))
		return err_set(EINVAL, "manager", "cannot make a unit called '%s'", escape(a, q->unit));
	for (size_t i = 0; i < q->n_pids; i++)
		text = arena_printf(a, "%spid %d\n", text, q->pids[i]);
	if ((r = add_properties(a, q->properties, &text)) == 0)
		*ret = text;
	return r;
}

/* ---- the helper ---- */

static int begin(struct arena *a, bool system, const char *const words[], const char *input, struct manager_job *ret)
{
	char *path = helper_path(a, "urun-systemd");
	struct strv argv = { 0 };

	if (!path)
		return err_advise(err_set(ENOENT, "manager", "cannot ask a systemd manager: the helper urun-systemd is not installed"),
				  &(struct advice){ .cause = "this urun was built --without-systemd, or without its helpers beside it",
						    .fix = "apt-get install libsystemd-dev && ./configure && make install" });
	strv_push(a, &argv, path);
	if (system)
		strv_push(a, &argv, arena_strdup(a, "--system"));
	for (size_t i = 0; words[i]; i++)
		strv_push(a, &argv, arena_strdup(a, words[i]));
	return helper_begin(a, argv.v, input, strlen(input), &ret->helper);
}

static int failed(const struct helper_answer *answer)
{
	int status = WIFEXITED(answer->status) ? WEXITSTATUS(answer->status) : -1;
	const char *words = answer->words;

	if (status == MANAGER_NOT_REACHED)
		return err_set(ENOTCONN, "no-manager", "%s", words[0] ? words : "cannot reach a systemd manager");
	if (status == EXIT_NOTFOUND && words[0]) /* said the dynamic loader */
		return err_set(ELIBACC, "helper-library", "%s", words);
	if (status < 0)
		return err_set(EIO, "manager", "urun-systemd was killed by signal %d", WTERMSIG(answer->status));
	return err_set(status == MANAGER_MALFORMED ? EINVAL : EIO, "manager", "%s", words[0] ? words : "urun-systemd failed");
}

/* The rest of the line if it starts with this word. */
static const char *after(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

/* *ret_unit stays as it is if no line says it. */
static void read_answer(char *text, const char **ret_unit)
{
	const char *line, *name;

	while ((line = strsep(&text, "\n"))) {
		if ((name = after(line, "dropped")))
			log_debug("the systemd manager does not know the property '%s'", name);
		if ((name = after(line, "unit")))
			*ret_unit = name;
	}
}

static int end(struct arena *a, struct manager_job *job, int signal_fd, const char **ret_unit)
{
	struct helper_answer answer;
	int r = helper_end(a, &job->helper, signal_fd, HELPER_OUTPUT_MAX, &answer);

	if (r < 0)
		return r == -EINTR ? r : err_set(EIO, "manager", "cannot ask a systemd manager: %s", err_keep(a)->text);
	if (answer.status != 0)
		return failed(&answer);
	read_answer(answer.text, ret_unit);
	return 0;
}

/* The helper gives up after seconds, so that nobody has to watch it. */
static int ask(struct arena *a, bool system, const char *const words[], const char *input)
{
	struct manager_job job = { 0 };
	const char *unit;
	int r = begin(a, system, words, input, &job);

	return r < 0 ? r : end(a, &job, -1, &unit);
}

/* ---- what can be asked ---- */

int manager_begin_scope(struct arena *a, const struct scope_request *q, struct manager_job *ret)
{
	const char *text = NULL;
	int r;

	*ret = (struct manager_job){ 0 };
	if ((r = scope_text(a, q, &text)) < 0)
		return r;
	return begin(a, q->system, (const char *const[]){ "start", NULL }, text, ret);
}

int manager_end_scope(struct arena *a, struct manager_job *job, int signal_fd, const char **ret_unit)
{
	const char *unit = NULL;
	int r = end(a, job, signal_fd, &unit);

	if (r < 0)
		return r;
	if (!unit || !is_one_word(unit))
		return err_set(EPROTO, "manager", "urun-systemd does not say which unit it made");
	*ret_unit = unit;
	return 0;
}

void manager_cancel(struct manager_job *job)
{
	helper_cancel(&job->helper);
}

int manager_set(struct arena *a, bool system, const char *unit, const struct unit_properties *p)
{
	const char *text = "";
	int r = add_properties(a, p, &text);

	return r < 0 ? r : ask(a, system, (const char *const[]){ "set", unit, NULL }, text);
}

int manager_attach(struct arena *a, bool system, const char *unit, const char *subgroup, pid_t pid)
{
	return ask(a, system, (const char *const[]){ "attach", unit, subgroup, arena_printf(a, "%d", pid), NULL }, "");
}

int manager_stop(struct arena *a, bool system, const char *unit)
{
	return ask(a, system, (const char *const[]){ "stop", unit, NULL }, "");
}
