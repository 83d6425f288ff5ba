/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/find.h"
#include "linux/userdb.h"
#include "run/state.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT_TABLE, FORMAT_JSON };

struct list_words {
	struct global_options global;
	const char *status;
	int format;
	bool quiet, all;
};

static const struct opt rows[] = {
	{ 'f', "format", "table|json", OPT_CHOICE, offsetof(struct list_words, format), "form of the list" },
	{ 'q', "quiet", NULL, OPT_FLAG, offsetof(struct list_words, quiet), "only the ids" },
	{ 0, "status", "STATUS[,STATUS…]", OPT_STRING, offsetof(struct list_words, status),
	  "only those that are creating, created, running, paused or stopped" },
	{ 'a', "all", NULL, OPT_FLAG, offsetof(struct list_words, all), NULL },
};
const struct opt_table list_options = OPT_TABLE(rows);

/* All of the state root is the caller's. */
static const char *owner_name(struct arena *a)
{
	autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct user_entry e;

	if (userdb_find_user(a, userdb_read(a, root, "/etc/passwd"), NULL, geteuid(), &e))
		return e.name;
	return arena_printf(a, "%u", geteuid());
}

static bool is_wanted(const char *list, const char *word)
{
	for (size_t len = strlen(word); list; list = (list = strchr(list, ',')) ? list + 1 : NULL)
		if (strncmp(list, word, len) == 0 && (!list[len] || list[len] == ','))
			return true;
	return false;
}

static int check_status(const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		bool known = false;

		for (int s = STATUS_CREATING; s <= STATUS_STOPPED; s++)
			known = known ||
				(strlen(status_name((enum status)s)) == len && strncmp(status_name((enum status)s), list, len) == 0);
		if (!known)
			return err_set(EINVAL, "usage", "--status=%s: must be creating, created, running, paused or stopped", list);
		list += len + (list[len] == ',');
	}
	return 0;
}

/* A line of the table. */
struct row {
	const char *id, *bundle, *created;
	int pid;
	enum status status;
};

struct rows {
	struct row *items;
	size_t n, room;
};

static struct row row_of(struct arena *a, const struct container *c)
{
	const struct record *r = &c->record;

	return (struct row){
		.id = c->id,
		.bundle = r->bundle ? text_escape(a, arena_strdup(a, r->bundle)) : "",
		.created = r->created ? arena_strdup(a, r->created) : "",
		.pid = c->status == STATUS_STOPPED ? 0 : (int)r->pid,
		.status = c->status,
	};
}

/* One that goes away meanwhile, or whose record somebody has spoilt, is no reason to hide the others. */
static void look_at_all(struct arena *a, int root, const struct strv *ids, const char *status, bool brief,
			void (*show)(const struct container *c, void *ctx), void *ctx)
{
	autoarena scratch = { 0 };

	for (size_t i = 0; i < ids->n; i++) {
		struct container found;
		int r;

		arena_reset(&scratch);
		r = container_peek(&scratch, root, ids->v[i], brief, &found);
		if (r < 0 && r != -ENOENT)
			log_warn("state", "%s", err_last()->text);
		container_close(&found);
		found.arena = a;
		if (r == 0 && (!status || is_wanted(status, status_name(found.status))))
			show(&found, ctx);
	}
}

static void add_row(const struct container *c, void *ctx)
{
	struct rows *l = ctx;

	*arena_push(c->arena, l) = row_of(c->arena, c);
}

struct json_list {
	struct json_writer *writer;
	const char *owner;
};

static void add_object(const struct container *c, void *ctx)
{
	const struct json_list *l = ctx;

	container_write(l->writer, c, l->owner);
}

static int print_array(const struct context *c, int root, const struct strv *ids, const char *status)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_array(w);
	look_at_all(c->arena, root, ids, status, false, add_object, &(struct json_list){ .writer = w, .owner = owner_name(c->arena) });
	json_close_array(w);
	return print_json(w);
}

static int widest(const struct rows *l, bool of_bundle)
{
	int wide = 12;

	for (size_t i = 0; i < l->n; i++) {
		int len = (int)strlen(of_bundle ? l->items[i].bundle : l->items[i].id);

		wide = len > wide ? len : wide;
	}
	return wide;
}

static int print_table(struct arena *a, const struct rows *l)
{
	int id = widest(l, false), bundle = widest(l, true);
	const char *owner = owner_name(a);
	size_t room = (l->n + 1) * ((size_t)id + (size_t)bundle + strlen(owner) + 128);
	char *text = arena_alloc(a, room), *end = text;

	end += snprintf(end, room, "%-*s %-10s %-10s %-*s %-28s %s\n", id, "ID", "PID", "STATUS", bundle, "BUNDLE", "CREATED", "OWNER");
	for (size_t i = 0; i < l->n; i++) {
		const struct row *r = &l->items[i];

		end += snprintf(end, room - (size_t)(end - text), "%-*s %-10d %-10s %-*s %-28.28s %s\n", id, r->id, r->pid,
				status_name(r->status), bundle, r->bundle, r->created, owner);
	}
	return print(text);
}

static int print_ids(struct arena *a, const struct strv *ids)
{
	size_t len = 0;
	char *text, *end;

	for (size_t i = 0; i < ids->n; i++)
		len += strlen(ids->v[i]) + 1;
	end = text = arena_alloc(a, len + 1);
	for (size_t i = 0; i < ids->n; i++) {
		end = stpcpy(end, ids->v[i]);
		*end++ = '\n';
	}
	return print(text);
}

int cmd_list(const struct context *c, int argc, char *argv[])
{
	struct list_words w = { 0 };
	struct strv words = { 0 }, ids = { 0 };
	struct rows all = { 0 };
	int root, r = command_options(c, command_find("list"), OPT_ANYWHERE, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n > 0)
		return err_set(EINVAL, "usage", "list takes no word: '%s'", words.v[0]);
	if (w.status && (r = check_status(w.status)) < 0)
		return r;
	if ((r = state_find_root(c->arena, w.global.root, &root)) < 0)
		return r;
	if ((r = container_list(c->arena, root, &ids)) < 0)
		return r;
	/* For completions: one directory is read, and nothing else. */
	if (w.quiet && !w.status)
		return print_ids(c->arena, &ids);
	if (w.format == FORMAT_JSON && !w.quiet)
		return print_array(c, root, &ids, w.status);
	look_at_all(c->arena, root, &ids, w.status, true, add_row, &all);
	if (!w.quiet)
		return print_table(c->arena, &all);
	ids = (struct strv){ 0 };
	for (size_t i = 0; i < all.n; i++)
		strv_push(c->arena, &ids, (char *)(uintptr_t)all.items[i].id);
	return print_ids(c->arena, &ids);
}
