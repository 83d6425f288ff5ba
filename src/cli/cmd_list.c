/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/find.h"
#include "linux/userdb.h"
#include "run/state.h"
#include <fcntl.h>
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

struct listed {
	struct container *items;
	size_t n, room;
};

/* One that goes away meanwhile, or whose record somebody has spoilt, is no reason to hide the others. */
static void open_all(const struct context *c, int root, const struct strv *ids, const char *status, struct listed *ret)
{
	for (size_t i = 0; i < ids->n; i++) {
		struct container found;
		int r = container_open(c->arena, root, ids->v[i], &found);

		if (r < 0 && found.dir >= 0)
			log_warn("state", "%s", err_last()->text);
		container_close(&found);
		if (r == 0 && (!status || is_wanted(status, status_name(found.status))))
			*arena_push(c->arena, ret) = found;
	}
}

static int print_array(const struct listed *l, const char *owner)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		container_write(w, &l->items[i], owner);
	json_close_array(w);
	return print_json(w);
}

static int print_table(struct arena *a, const struct listed *l, const char *owner)
{
	int wide = 12, path = 12;
	char *text;

	for (size_t i = 0; i < l->n; i++) {
		int id_len = (int)strlen(l->items[i].id),
		    path_len = (int)strlen(l->items[i].record.bundle ? l->items[i].record.bundle : "");

		wide = id_len > wide ? id_len : wide;
		path = path_len > path ? path_len : path;
	}
	text = arena_printf(a, "%-*s %-10s %-10s %-*s %-28s %s\n", wide, "ID", "PID", "STATUS", path, "BUNDLE", "CREATED", "OWNER");
	if (print(text) < 0)
		return -EIO;
	for (size_t i = 0; i < l->n; i++) {
		const struct container *c = &l->items[i];
		int r;

		text = arena_printf(a, "%-*s %-10d %-10s %-*s %-28s %s\n", wide, c->id,
				    c->status == STATUS_STOPPED ? 0 : (int)c->record.pid, status_name(c->status), path,
				    c->record.bundle ? text_escape(a, c->record.bundle) : "", c->record.created ? c->record.created : "",
				    owner);
		if ((r = print(text)) < 0)
			return r;
	}
	return 0;
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
	struct listed all = { 0 };
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
	open_all(c, root, &ids, w.status, &all);
	if (w.quiet) {
		ids = (struct strv){ 0 };
		for (size_t i = 0; i < all.n; i++)
			strv_push(c->arena, &ids, (char *)(uintptr_t)all.items[i].id);
		return print_ids(c->arena, &ids);
	}
	return w.format == FORMAT_JSON ? print_array(&all, owner_name(c->arena)) : print_table(c->arena, &all, owner_name(c->arena));
}
