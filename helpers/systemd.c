/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* urun-systemd [--system] COMMAND - ask a systemd manager, the user's or the system's.
 *
 *	start                        make a scope; the lines of systemd_request.h are on standard input
 *	set UNIT                     change properties, which are on standard input, until the unit ends
 *	attach UNIT SUBGROUP PID…    move processes into a cgroup of the unit; SUBGROUP is a path in it, or ""
 *	stop UNIT                    stop and forget it; one that is not there is stopped
 *
 * Answers are lines: "dropped NAME" for each property that this manager does not know, and after start "unit NAME", the
 * name that it got. One sentence on standard error when it fails; the exit status is one of linux/manager.h. */
#include "base/err.h"
#include "base/file.h"
#include "linux/manager.h"
#include "systemd_bus.h"
#include "systemd_request.h"
#include <stdio.h>
#include <string.h>

#define automessage __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message
#define autobuserror __attribute__((cleanup(sd_bus_error_free))) sd_bus_error

enum { REQUEST_MAX = 256 * 1024, NAMES_MAX = 64 };

/* ---- errors ---- */

/* What the manager said, as the end of a sentence of ours. */
static int refused(struct arena *a, const char *what, const char *unit, int num, const sd_bus_error *e)
{
	const char *text = e->message ? e->message : num == -ETIMEDOUT ? "the manager does not answer" : strerror(-num);
	size_t len = strcspn(text, "\n");

	while (len > 0 && (text[len - 1] == '.' || text[len - 1] == ' '))
		len--;
	return err_set(EIO, "manager", "cannot %s '%s': %s", what, unit, arena_strndup(a, text, len));
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++)
		if ((p == text || !is_word(p[-1])) && !is_word(p[len]))
			return true;
	return false;
}

/* "Cannot set property X, or unknown property."; a value that is new has a name that is old: "… X is out of range". */
static bool is_unknown_property(const sd_bus_error *e)
{
	if (sd_bus_error_has_name(e, SD_BUS_ERROR_PROPERTY_READ_ONLY) || sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_PROPERTY))
		return true;
	return sd_bus_error_has_name(e, SD_BUS_ERROR_INVALID_ARGS) && e->message &&
	       (strstr(e->message, "nknown property") || strstr(e->message, "out of range"));
}

/* Drop the property that the manager does not know. Where it does not say which, the last one: each call makes the list shorter,
 * so whoever tries again ends. */
static bool drop_property(struct properties *l, const sd_bus_error *e)
{
	struct property *last = NULL;

	if (!is_unknown_property(e))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		struct property *p = &l->items[i];

		if (p->dropped)
			continue;
		last = p;
		if (e->message && has_word(e->message, p->name))
			break;
	}
	if (last)
		last->dropped = true;
	return last;
}

static const char *dropped_lines(struct arena *a, const struct properties *l)
{
	const char *text = "";

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].dropped)
			text = arena_printf(a, "%sdropped %s\n", text, l->items[i].name);
	return text;
}

/* ---- jobs ---- */

struct job {
	char path[128];
	char result[32];
};

static int job_removed(sd_bus_message *m, void *data, sd_bus_error *e)
{
	struct job *job = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)e;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 && strcmp(path, job->path) == 0)
		(void)snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

/* Before the call that makes the job, which may end before the call is answered. The manager tells whoever has asked
 * for a job of its end, without Subscribe(). A private socket has no names, so no sender either. */
static int watch_jobs(const struct conversation *c, struct job *job)
{
	const char *sender = sd_bus_is_bus_client(c->bus) > 0 ? "org.freedesktop.systemd1" : NULL;

	return sd_bus_match_signal_async(c->bus, NULL, sender, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
					 "JobRemoved", job_removed, NULL, job);
}

/* Processes that are moved much later, when whoever asked has found another way, would be a surprise. */
static void cancel_job(const struct conversation *c, const struct job *job)
{
	static const char name[] = "org.freedesktop.systemd1", interface[] = "org.freedesktop.systemd1.Job";
	automessage *m = NULL;

	if (sd_bus_message_new_method_call(c->bus, &m, name, job->path, interface, "Cancel") >= 0 &&
	    sd_bus_message_set_expect_reply(m, 0) >= 0)
		(void)sd_bus_send(c->bus, m, NULL);
}

static int wait_for_job(const struct conversation *c, const struct job *job, const char *what, const char *unit)
{
	int r = 0;

	while (r >= 0 && !job->result[0])
		r = conversation_go_on(c);
	if (r == -ETIMEDOUT)
		return err_set(ETIMEDOUT, "manager", "cannot %s '%s': the manager is not done after %d seconds", what, unit,
			       CONVERSATION_MS / 1000);
	if (r < 0)
		return err_set(EIO, "manager", "cannot %s '%s': lost the manager: %s", what, unit, strerror(-r));
	if (strcmp(job->result, "done") != 0)
		return err_set(EIO, "manager", "cannot %s '%s': its job ended as '%s'", what, unit, job->result);
	return 0;
}

/* A call that is answered with a job. */
static int call_for_job(const struct conversation *c, sd_bus_message *m, sd_bus_error *e, struct job *job)
{
	automessage *reply = NULL;
	const char *path;
	int r;

	if ((r = conversation_call(c, m, e, &reply)) < 0 || (r = sd_bus_message_read_basic(reply, 'o', &path)) < 0)
		return r;
	(void)snprintf(job->path, sizeof(job->path), "%s", path);
	return 0;
}

/* A failed unit keeps its name. That there is none, or none that failed, does not matter. */
static void forget_failure(const struct conversation *c, const char *unit)
{
	automessage *m = NULL;

	if (conversation_method(c, "ResetFailedUnit", &m) >= 0 && sd_bus_message_append_basic(m, 's', unit) >= 0)
		(void)conversation_call(c, m, NULL, NULL);
}

/* ---- start ---- */

static int append_pids_property(sd_bus_message *m, const struct pids *pids)
{
	int r;

	if (pids->n == 0)
		return 0;
	if ((r = sd_bus_message_open_container(m, 'r', "sv")) < 0 || (r = sd_bus_message_append_basic(m, 's', "PIDs")) < 0 ||
	    (r = sd_bus_message_open_container(m, 'v', "au")) < 0 || (r = request_append_pids(m, pids)) < 0 ||
	    (r = sd_bus_message_close_container(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

static int append_properties(sd_bus_message *m, const struct request *q)
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	for (size_t i = 0; r >= 0 && i < q->properties.n; i++)
		if (!q->properties.items[i].dropped)
			r = request_append_property(m, &q->properties.items[i]);
	if (r >= 0)
		r = append_pids_property(m, &q->pids);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int try_start(const struct conversation *c, const struct request *q, const char *unit, sd_bus_error *e, struct job *job)
{
	automessage *m = NULL;
	int r;

	if ((r = conversation_method(c, "StartTransientUnit", &m)) < 0 || (r = sd_bus_message_append(m, "ss", unit, "fail")) < 0 ||
	    (r = append_properties(m, q)) < 0 || (r = sd_bus_message_append(m, "a(sa(sv))", 0)) < 0)
		return r;
	return call_for_job(c, m, e, job);
}

/* "a.scope", once more for one that had only failed, then "a-2.scope", "a-3.scope" and so on. */
static const char *name_of_try(struct arena *a, const char *unit, int n)
{
	const char *dot = strrchr(unit, '.');

	if (n < 2)
		return unit;
	return dot ? arena_printf(a, "%.*s-%d%s", (int)(dot - unit), unit, n, dot) : arena_printf(a, "%s-%d", unit, n);
}

static int start_somehow(struct arena *a, const struct conversation *c, struct request *q, struct job *job, const char **ret_unit)
{
	int n = 0;

	for (;;) {
		autobuserror e = SD_BUS_ERROR_NULL;
		const char *unit = name_of_try(a, q->unit, n);
		int r = try_start(c, q, unit, &e, job);

		*ret_unit = unit;
		if (r >= 0)
			return 0;
		if (drop_property(&q->properties, &e))
			continue;
		if (!sd_bus_error_has_name(&e, "org.freedesktop.systemd1.UnitExists") || n == NAMES_MAX)
			return refused(a, "start the unit", unit, r, &e);
		if (n++ == 0)
			forget_failure(c, unit);
	}
}

static int do_start(struct arena *a, const struct conversation *c, char *argv[], struct request *q)
{
	struct job job = { 0 };
	const char *unit;
	int r;

	(void)argv;
	if ((r = watch_jobs(c, &job)) < 0)
		return err_set(EIO, "manager", "cannot watch the manager's jobs: %s", strerror(-r));
	if ((r = start_somehow(a, c, q, &job, &unit)) < 0)
		return r;
	if ((r = wait_for_job(c, &job, "start the unit", unit)) == -ETIMEDOUT)
		cancel_job(c, &job);
	if (r < 0)
		return r;
	(void)printf("%sunit %s\n", dropped_lines(a, &q->properties), unit);
	return 0;
}

/* ---- set, attach, stop ---- */

static int try_set(const struct conversation *c, const struct request *q, const char *unit, sd_bus_error *e)
{
	automessage *m = NULL;
	int r;

	if ((r = conversation_method(c, "SetUnitProperties", &m)) < 0 || (r = sd_bus_message_append(m, "sb", unit, 1)) < 0 ||
	    (r = append_properties(m, q)) < 0)
		return r;
	return conversation_call(c, m, e, NULL);
}

static int do_set(struct arena *a, const struct conversation *c, char *argv[], struct request *q)
{
	for (;;) {
		autobuserror e = SD_BUS_ERROR_NULL;
		int r = try_set(c, q, argv[0], &e);

		if (r < 0 && drop_property(&q->properties, &e))
			continue;
		if (r < 0)
			return refused(a, "set properties of the unit", argv[0], r, &e);
		(void)printf("%s", dropped_lines(a, &q->properties));
		return 0;
	}
}

static int do_attach(struct arena *a, const struct conversation *c, char *argv[], struct request *q)
{
	autobuserror e = SD_BUS_ERROR_NULL;
	automessage *m = NULL;
	int r;

	for (size_t i = 2; argv[i]; i++)
		if ((r = request_parse_pid(a, argv[i], &q->pids)) < 0)
			return r;
	if ((r = conversation_method(c, "AttachProcessesToUnit", &m)) >= 0 && (r = sd_bus_message_append(m, "ss", argv[0], argv[1])) >= 0 &&
	    (r = request_append_pids(m, &q->pids)) >= 0)
		r = conversation_call(c, m, &e, NULL);
	return r < 0 ? refused(a, "move a process into the unit", argv[0], r, &e) : 0;
}

static int do_stop(struct arena *a, const struct conversation *c, char *argv[], struct request *q)
{
	autobuserror e = SD_BUS_ERROR_NULL;
	automessage *m = NULL;
	struct job job = { 0 };
	int r;

	(void)q;
	if ((r = watch_jobs(c, &job)) >= 0 && (r = conversation_method(c, "StopUnit", &m)) >= 0 &&
	    (r = sd_bus_message_append(m, "ss", argv[0], "replace")) >= 0)
		r = call_for_job(c, m, &e, &job);
	if (sd_bus_error_has_name(&e, "org.freedesktop.systemd1.NoSuchUnit"))
		return 0;
	if (r < 0)
		return refused(a, "stop the unit", argv[0], r, &e);
	if ((r = wait_for_job(c, &job, "stop the unit", argv[0])) == 0)
		forget_failure(c, argv[0]);
	return r;
}

/* ---- the command line ---- */

static const struct command {
	const char *name;
	int min_args, max_args;
	bool has_request, names_unit; /* standard input is read; and it must say the unit */
	int (*run)(struct arena *a, const struct conversation *c, char *argv[], struct request *q);
} commands[] = {
	{ "start", 0, 0, true, true, do_start },
	{ "set", 1, 1, true, false, do_set },
	{ "attach", 3, 1024, false, false, do_attach },
	{ "stop", 1, 1, false, false, do_stop },
};

static const struct command *find_command(int argc, char *argv[])
{
	for (size_t i = 0; argc > 0 && i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			return argc - 1 >= commands[i].min_args && argc - 1 <= commands[i].max_args ? &commands[i] : NULL;
	return NULL;
}

static int read_request(struct arena *a, const struct command *cmd, struct request *ret)
{
	char *text;
	size_t len;
	int r;

	if (!cmd->has_request)
		return 0;
	if ((r = file_read_stream(a, STDIN_FILENO, "standard input", REQUEST_MAX, &text, &len)) < 0)
		return r;
	if (strlen(text) < len)
		return err_set(EBADMSG, "manager", "the request is malformed: it has a NUL");
	if ((r = request_parse(a, text, ret)) < 0)
		return r;
	return ret->unit || !cmd->names_unit ? 0 : err_set(EBADMSG, "manager", "the request is malformed: it names no unit");
}

static int run(struct arena *a, int argc, char *argv[])
{
	bool system = argc > 1 && strcmp(argv[1], "--system") == 0;
	const struct command *cmd = find_command(argc - 1 - system, argv + 1 + system);
	autoconversation c = { 0 };
	struct request q = { 0 };
	int r;

	if (!cmd)
		return err_set(EBADMSG, "manager",
			       "usage: urun-systemd [--system] start | set UNIT | attach UNIT SUBGROUP PID… | stop UNIT");
	if ((r = read_request(a, cmd, &q)) < 0 || (r = conversation_open(a, system, &c)) < 0)
		return r;
	return cmd->run(a, &c, argv + 2 + system, &q);
}

int main(int argc, char *argv[])
{
	autoarena a = { 0 };
	int r = run(&a, argc, argv);

	if (r == 0)
		return fflush(stdout) == 0 ? 0 : MANAGER_FAILED;
	(void)fprintf(stderr, "%s\n", err_last()->text);
	return r == -EBADMSG ? MANAGER_MALFORMED : r == -ENOTCONN ? MANAGER_NOT_REACHED : MANAGER_FAILED;
}
