/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "linux/journal.h"
#include <fcntl.h>
#include <string.h>

static const char *const levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static const char *json_line(struct arena *a, const struct log_line *l, const struct strv *warnings)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	json_member(w, "level", levels[l->level]);
	json_member(w, "msg", l->text);
	json_member(w, "time", text_now(a));
	json_member(w, "code", l->code);
	json_member(w, "cause", l->advice.cause);
	json_member(w, "fix", l->advice.fix);
	json_member(w, "now", l->advice.now);
	if (warnings && warnings->n > 0) {
		json_key(w, "warnings");
		json_open_array(w);
		for (size_t i = 0; i < warnings->n; i++)
			json_string(w, warnings->v[i]);
		json_close_array(w);
	}
	json_close_object(w);
	return arena_printf(a, "%s\n", json_text(w, NULL));
}

/* The form that runc and crun write to --log. */
static const char *log_text(struct arena *a, const struct log_line *l)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_string(w, l->text); /* quoted as JSON quotes: so one line stays one line */
	return arena_printf(a, "time=\"%s\" level=%s msg=%s\n", text_now(a), levels[l->level], json_text(w, NULL));
}

static const char *advice_lines(struct arena *a, const char *label, const char *text)
{
	const char *all = "";

	if (!text)
		return "";
	for (const char *first = label; *text; first = "       ") {
		size_t len = strcspn(text, "\n");

		all = arena_printf(a, "%s  %s%s\n", all, first, text_escape(a, arena_strndup(a, text, len)));
		text += len + (text[len] == '\n');
	}
	return all;
}

static const char *person_text(struct arena *a, const struct report *r, const struct log_line *l)
{
	bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	const char *on = !colour ? "" : l->level == LOG_LEVEL_ERROR ? "\033[1;31m" : "\033[1;33m";

	if (l->level == LOG_LEVEL_DEBUG)
		return arena_printf(a, "%s: debug: %s\n", r->program, text_escape(a, l->text));
	return arena_printf(a, "%s: %s%s:%s %s\n%s%s%s", r->program, on, levels[l->level], colour ? "\033[0m" : "", text_escape(a, l->text),
			    advice_lines(a, "cause: ", l->advice.cause), advice_lines(a, "fix:   ", l->advice.fix),
			    advice_lines(a, "now:   ", l->advice.now));
}

static bool is_silenced(const struct report *r, const struct log_line *l)
{
	const char *list = r->quiet_codes;

	while (l->code && list && *list) {
		size_t len = strcspn(list, ",");

		if (strlen(l->code) == len && strncmp(list, l->code, len) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/* podman reads a log in JSON as one object, to find the reason of a failure, and appends to the log of an earlier success. So what is
 * only a warning becomes a part of the error, and on success is written only if somebody has asked for a level. */
static bool hold_back(struct report *r, const struct log_line *l)
{
	if (r->format != LOG_FORMAT_JSON || l->level != LOG_LEVEL_WARNING || !r->quiet_stderr)
		return false;
	strv_push(r->arena, &r->held, arena_strdup(r->arena, l->text));
	return true;
}

static void write_log(const struct report *r, struct arena *a, const char *line)
{
	const char *all = r->log_head[0] ? arena_printf(a, "%s%s", r->log_head, line) : line;

	(void)write_all(r->log, all, strlen(all));
}

static void tell(struct report *r, const struct log_line *l)
{
	autoarena a = { 0 };
	const char *person = r->format == LOG_FORMAT_JSON && r->log < 0 ? json_line(&a, l, NULL) : person_text(&a, r, l);

	if (r->log >= 0) {
		const struct strv *warnings = l->level == LOG_LEVEL_ERROR ? &r->held : NULL;
		const char *line = r->format == LOG_FORMAT_JSON ? json_line(&a, l, warnings) : log_text(&a, l);

		if (hold_back(r, l))
			return;
		write_log(r, &a, line);
		if (warnings)
			r->held = (struct strv){ 0 };
		if (l->level != LOG_LEVEL_ERROR && r->quiet_stderr)
			return;
	}
	if (l->level == LOG_LEVEL_WARNING && r->quiet_stderr)
		return;
	(void)write_all(STDERR_FILENO, person, strlen(person));
}

static void on_line(void *data, const struct log_line *l)
{
	struct report *r = data;

	if (l->level != LOG_LEVEL_WARNING || !is_silenced(r, l))
		tell(r, l);
}

void report_begin(struct report *r)
{
	log_listen(on_line, r, r->level);
}

void report_end(struct report *r)
{
	r->quiet_stderr = false;
	for (size_t i = 0; i < r->held.n && r->log >= 0 && r->wants_warnings; i++) {
		autoarena a = { 0 };
		write_log(r, &a, json_line(&a, &(struct log_line){ .level = LOG_LEVEL_WARNING, .text = r->held.v[i] }, NULL));
	}
	log_listen(NULL, NULL, LOG_LEVEL_ERROR);
	if (r->log >= 0)
		(void)close(take_fd(&r->log));
}

static const char *behind(const char *text, const char *head)
{
	size_t len = strlen(head);

	return strncmp(text, head, len) == 0 ? text + len : NULL;
}

int report_open_log(struct report *r, const char *path)
{
	const char *name;

	r->log_head = "";
	if ((name = behind(path, "journald:"))) {
		r->log = journal_stream(name);
	} else if ((name = behind(path, "syslog:"))) {
		r->log = syslog_open();
		r->log_head = arena_printf(r->arena, "<14>%s: ", name); /* user.info (RFC 3164) */
	} else {
		name = behind(path, "file:");
		r->log = open(name ? name : path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	}
	if (r->log >= 0)
		return 0;
	r->log = -1;
	return err_sys("cannot open the log '%s'", path);
}

int report_error(struct report *r)
{
	const struct err *e = err_last();

	tell(r, &(struct log_line){ .level = LOG_LEVEL_ERROR, .code = e->code, .text = e->text, .advice = e->advice });
	return e->status;
}
