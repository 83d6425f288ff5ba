/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/cgroup_change.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/cgroup.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool has_file(int dir, const char *file)
{
	return file && faccessat(dir, file, F_OK, 0) == 0;
}

/* A controller that nobody needed when the cgroup was made. The cgroup above is ours in most places; where it is not, the file stays
 * missing. */
static void enable_controller(int dir, const char *file)
{
	autoclose int above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char controller[NAME_MAX + 1], *list[] = { controller, NULL };

	(void)snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(file, "."), file);
	if (above >= 0)
		cgroup_enable(above, &(struct strv){ .v = list, .n = 1 });
}

static bool is_there(int dir, const struct cgroup_write *w)
{
	return has_file(dir, w->file) || has_file(dir, w->other_file);
}

static int check_files(int dir, const struct cgroup_writes *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct cgroup_write *w = &l->items[i];

		if (w->optional || is_there(dir, w))
			continue;
		enable_controller(dir, w->file);
		if (!is_there(dir, w))
			return err_advise(
				err_set(ENOENT, "limit", "%s: the cgroup has no '%s'", w->origin, w->file),
				&(struct advice){ .cause = "its controller is not available to this user, or the kernel is older" });
	}
	return 0;
}

/* Of a file with lines for devices, nothing. */
static void remember(struct arena *a, int dir, const struct cgroup_write *w, struct cgroup_writes *undo)
{
	enum { VALUE_MAX = 4096 };
	char text[VALUE_MAX];

	if (strncmp(w->file, "io.", 3) == 0 || file_peek(dir, w->file, text, sizeof(text)) < 0)
		return;
	/* Nothing written is no write: an empty list of processors is an empty line. */
	*arena_push(a, undo) = (struct cgroup_write){ .file = w->file, .value = *text ? arena_strdup(a, text) : "\n" };
}

void cgroup_undo(int dir, const struct cgroup_writes *undo)
{
	for (size_t i = undo->n; i > 0; i--)
		(void)file_poke(dir, undo->items[i - 1].file, undo->items[i - 1].value, strlen(undo->items[i - 1].value));
}

/* Some files limit each other, as cpu.max and cpu.max.burst do: which one goes first depends on what is there. So what the kernel
 * finds invalid has a second chance behind the others. */
static int write_all_of(struct arena *a, int dir, const struct cgroup_writes *l)
{
	struct cgroup_writes again = { 0 };
	int r;

	for (size_t i = 0; i < l->n; i++) {
		if ((r = cgroup_limit(dir, &l->items[i])) == -EINVAL)
			*arena_push(a, &again) = l->items[i];
		else if (r < 0)
			return r;
	}
	for (size_t i = 0; i < again.n; i++)
		if ((r = cgroup_limit(dir, &again.items[i])) < 0)
			return r;
	return 0;
}

int cgroup_change(struct arena *a, int dir, const struct cgroup_writes *l, struct cgroup_writes *ret_undo)
{
	struct cgroup_writes undo = { 0 };
	int r = check_files(dir, l);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->n; i++)
		remember(a, dir, &l->items[i], &undo);
	if ((r = write_all_of(a, dir, l)) < 0) {
		cgroup_undo(dir, &undo);
		return r;
	}
	*ret_undo = undo;
	return 0;
}
