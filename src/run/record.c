/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/record.h"
#include "base/err.h"
#include "base/file.h"
#include "base/field.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { BRIEF_MAX = 1024 };

#define AT(field) offsetof(struct record, field)

static const struct field rows[] = {
	{ .name = "ociVersion", .type = FIELD_STRING, .offset = AT(oci_version), .required = true },
	{ .name = "id", .type = FIELD_STRING, .offset = AT(id), .required = true },
	{ .name = "bundle", .type = FIELD_STRING, .offset = AT(bundle), .required = true },
	{ .name = "rootfs", .type = FIELD_STRING, .offset = AT(rootfs), .required = true },
	{ .name = "created", .type = FIELD_STRING, .offset = AT(created), .required = true },
	{ .name = "annotations", .type = FIELD_MAP, .offset = AT(annotations) },
	{ .name = "pid", .type = FIELD_INT, .offset = AT(pid), .required = true, .min = 1, .max = INT32_MAX },
	{ .name = "pidStart", .type = FIELD_U64, .offset = AT(pid_start), .required = true },
	{ .name = "supervisor", .type = FIELD_INT, .offset = AT(supervisor), .required = true, .min = 1, .max = INT32_MAX },
	{ .name = "supervisorStart", .type = FIELD_U64, .offset = AT(supervisor_start), .required = true },
	{ .name = "mountNamespace", .type = FIELD_U64, .offset = AT(mount_ns) },
	{ .name = "mountNamespaceId", .type = FIELD_U64, .offset = AT(mount_ns_id) },
	{ .name = "pidNamespace", .type = FIELD_U64, .offset = AT(pid_ns) },
	{ .name = "newNamespaces", .type = FIELD_INT, .offset = AT(new_ns), .min = 0, .max = INT32_MAX },
	{ .name = "kept", .type = FIELD_BOOL, .offset = AT(kept) },
	{ .name = "hooks", .type = FIELD_BOOL, .offset = AT(has_hooks) },
};
static const struct fields fields = FIELDS(struct record, rows);

static const char name[] = "state.json";

int record_read(struct arena *a, int dir, const char *path, struct record *ret)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct json tree;
	size_t len;
	char *text;
	int r;

	*ret = (struct record){ 0 };
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : err_sys("cannot open '%s' of the container", name);
	if ((r = file_read_fd(a, fd, name, RECORD_MAX, &text, &len)) < 0)
		return r;
	if ((r = json_parse(a, name, text, len, &tree)) < 0)
		return r;
	return fields_read(a, &fields, name, &tree, ret);
}

int record_write(int dir, const struct record *r)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	const char *text;
	size_t len;
	int e;

	fields_write(w, &fields, r);
	text = json_text(w, &len);
	/* No fsync: the record is worth nothing after a crash of the machine. */
	if ((e = file_create(dir, ".state.json", text, len)) < 0 || renameat(dir, ".state.json", dir, name) < 0) {
		errno = e < 0 ? -e : errno;
		return err_sys("cannot write the state of '%s'", r->id);
	}
	return 0;
}

void brief_write(int dir, const struct brief *b)
{
	char text[BRIEF_MAX];
	int n = snprintf(text, sizeof(text), "%d %llu %s %s", b->pid, (unsigned long long)b->unique, b->created, b->bundle);

	if (b->unique && n < (int)sizeof(text))
		(void)symlinkat(text, dir, RECORD_BRIEF);
}

void brief_remove(int dir)
{
	(void)unlinkat(dir, RECORD_BRIEF, 0);
}

bool brief_read(struct arena *a, int dir, const char *path, struct brief *ret)
{
	char text[BRIEF_MAX], *p;
	ssize_t n = readlinkat(dir, path, text, sizeof(text));
	const char *created;

	if (n <= 0 || n == (ssize_t)sizeof(text))
		return false;
	text[n] = '\0';
	*ret = (struct brief){ .pid = (pid_t)strtol(text, &p, 10) };
	ret->unique = strtoull(p, &p, 10);
	if (ret->pid <= 0 || !ret->unique || *p != ' ' || !(p = strchr(created = p + 1, ' ')))
		return false;
	ret->created = arena_strndup(a, created, (size_t)(p - created));
	ret->bundle = arena_strdup(a, p + 1);
	return true;
}
