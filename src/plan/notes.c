/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/parts.h"
#include <string.h>

static void add(const struct planner *b, struct note n, const char *fmt, va_list ap)
{
	n.text = arena_vprintf(b->arena, fmt, ap);
	*arena_push(b->arena, &b->plan->notes) = n;
}

void note_adapted(const struct planner *b, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(b, (struct note){ .kind = NOTE_ADAPTED, .code = code }, fmt, ap);
	va_end(ap);
}

void note_warning(const struct planner *b, const char *code, const struct advice *advice, const char *fmt, ...)
{
	struct note n = { .kind = NOTE_WARNING, .code = code };
	va_list ap;

	if (advice)
		n.advice = *advice;
	va_start(ap, fmt);
	add(b, n, fmt, ap);
	va_end(ap);
}

int refuse(const struct planner *b, const char *pointer, const char *fmt, ...)
{
	va_list ap;
	const char *what;

	va_start(ap, fmt);
	what = arena_vprintf(b->arena, fmt, ap);
	va_end(ap);
	/* What the command line added is not in config.json. */
	return pointer[0] == '/' ? err_set(EINVAL, "config-invalid", "config.json: %s: %s", pointer, what)
				 : err_set(EINVAL, "usage", "%s: %s", pointer, what);
}

/* Where the last component of [path, end) begins, with its slash. */
static char *last_slash(char *path, char *end)
{
	while (end > path && *--end != '/')
		;
	return end;
}

char *path_tidy(struct arena *a, const char *path)
{
	char *tidy = arena_alloc(a, strlen(path) + 2), *end = tidy;

	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			end = last_slash(tidy, end);
		} else if (len > 0 && !(len == 1 && path[0] == '.')) {
			*end++ = '/';
			end = (char *)memcpy(end, path, len) + len;
		}
		path += len;
	}
	*end = '\0';
	return end == tidy ? strcpy(tidy, "/") : tidy;
}

bool path_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return strcmp(path, "/") != 0;
	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

const struct host_file *host_find(const struct host_files *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].path, path) == 0)
			return &l->items[i];
	return NULL;
}
