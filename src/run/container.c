/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/container.h"
#include "base/file.h"
#include "base/json.h"
#include "linux/cgroup.h"
#include "linux/processes.h"
#include "run/placement.h"
#include "run/start.h"
#include "run/state.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

const char *status_name(enum status s)
{
	static const char *const names[] = {
		[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
		[STATUS_PAUSED] = "paused",	[STATUS_STOPPED] = "stopped",
	};

	return names[s];
}

/* way: "" in its own directory, "ID/" in the state root. */
static bool has_file(int dir, const char *way, const char *name)
{
	char path[NAME_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s%s", way, name);
	return faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Process 1 has the FIFO open until it executes its program; who started it may have been killed before he took it away. */
static bool is_awaited(int dir, const char *way)
{
	char path[NAME_MAX + 32];
	autoclose int fd = -1;

	(void)snprintf(path, sizeof(path), "%s%s", way, START_NAME);
	return (fd = openat(dir, path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)) >= 0;
}

static bool is_frozen(int dir, const char *way)
{
	autoarena a = { 0 };
	autoclose int cgroup = -1;
	struct placed p;

	placed_read(&a, dir, way, &p);
	return (cgroup = placed_open(&p)) >= 0 && cgroup_is_frozen(cgroup);
}

static enum status find_status(int dir, const char *way, const struct record *r)
{
	if (!process_is((pid_t)r->pid, r->pid_start))
		return STATUS_STOPPED;
	if (has_file(dir, way, START_NAME)) {
		if (process_is((pid_t)r->supervisor, r->supervisor_start))
			return STATUS_CREATING;
		if (is_awaited(dir, way))
			return STATUS_CREATED;
	}
	return has_file(dir, way, "paused") || is_frozen(dir, way) ? STATUS_PAUSED : STATUS_RUNNING;
}

int container_open(struct arena *a, int root, const char *id, struct container *ret)
{
	int r = state_check_id(id);

	*ret = (struct container){ .arena = a, .root = root, .dir = -1, .id = id, .status = STATUS_STOPPED };
	if (r < 0)
		return r;
	if ((ret->dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return errno == ENOENT ? err_set(ENOENT, "no-container", "container '%s' does not exist", id)
				       : err_sys("cannot open the state of '%s'", id);
	r = record_read(a, ret->dir, "state.json", &ret->record);
	if (r == -ENOENT) {
		ret->status = state_is_begun(ret->dir) ? STATUS_CREATING : STATUS_STOPPED;
		return 0;
	}
	ret->recorded = true;
	if (r < 0)
		return err_in(r, "container '%s'", id);
	ret->status = find_status(ret->dir, "", &ret->record);
	return 0;
}

static bool peek_brief(struct arena *a, int root, const char *id, struct container *ret)
{
	char path[NAME_MAX + 32];
	struct brief b;

	(void)snprintf(path, sizeof(path), "%s/" RECORD_BRIEF, id);
	if (!brief_read(a, root, path, &b))
		return false;
	ret->record = (struct record){ .pid = b.pid, .created = (char *)(uintptr_t)b.created, .bundle = (char *)(uintptr_t)b.bundle };
	ret->status = process_is_unique(b.pid, b.unique) ? STATUS_RUNNING : STATUS_STOPPED;
	return true;
}

int container_peek(struct arena *a, int root, const char *id, bool brief, struct container *ret)
{
	char way[NAME_MAX + 2], path[NAME_MAX + 32];
	int r;

	*ret = (struct container){ .arena = a, .root = root, .dir = -1, .id = id, .status = STATUS_STOPPED };
	if (brief && peek_brief(a, root, id, ret))
		return 0;
	(void)snprintf(way, sizeof(way), "%s/", id);
	(void)snprintf(path, sizeof(path), "%sstate.json", way);
	if ((r = record_read(a, root, path, &ret->record)) == -ENOENT)
		return container_open(a, root, id, ret);
	if (r < 0)
		return err_in(r, "container '%s'", id);
	ret->status = find_status(root, way, &ret->record);
	return 0;
}

int container_open_settled(struct arena *a, int root, const char *id, struct container *ret)
{
	int r = container_open(a, root, id, ret);

	if (r < 0 || ret->record.pid)
		return r;
	if (state_await_record(ret->dir) < 0)
		return err_set(EBUSY, "status", "container '%s' is being created", id);
	container_close(ret);
	return container_open(a, root, id, ret);
}

void container_close(const struct container *c)
{
	if (c->dir >= 0)
		(void)close(c->dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int container_list(struct arena *a, int root, struct strv *ret)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir)
		return err_sys("cannot read the state directory");
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN))
			strv_push(a, ret, arena_strdup(a, e->d_name));
	(void)closedir(dir);
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return 0;
}

void container_write(struct json_writer *w, const struct container *c, const char *owner)
{
	const struct record *r = &c->record;

	json_open_object(w);
	json_member(w, "ociVersion", r->oci_version ? r->oci_version : "1.0.0");
	json_member(w, "id", c->id);
	json_member_int(w, "pid", c->status == STATUS_STOPPED ? 0 : r->pid);
	json_member(w, "status", status_name(c->status));
	json_member(w, "bundle", r->bundle ? r->bundle : "");
	json_member(w, "rootfs", r->rootfs ? r->rootfs : "");
	json_member(w, "created", r->created ? r->created : "0001-01-01T00:00:00Z"); /* what Go writes for no time */
	json_key(w, "annotations");
	json_open_object(w);
	for (size_t i = 0; i < r->annotations.n; i++)
		json_member(w, r->annotations.items[i].key, r->annotations.items[i].value);
	json_close_object(w);
	json_member(w, "owner", owner);
	json_close_object(w);
}

int container_read_config(const struct container *c, size_t max, char **ret, size_t *ret_len)
{
	autoclose int fd = openat(c->dir, "config.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_sys("cannot open the configuration of '%s'", c->id);
	return file_read_fd(c->arena, fd, "config.json", max, ret, ret_len);
}

int container_cgroup(const struct container *c)
{
	struct placed p;

	placed_read(c->arena, c->dir, "", &p);
	return placed_open(&p);
}

bool container_members(const struct container *c, struct members *ret)
{
	const struct record *r = &c->record;

	*ret = (struct members){ .mount_ns = r->mount_ns, .pid_ns = r->pid_ns, .mount_ns_id = r->mount_ns_id };
	if (process_is((pid_t)r->pid, r->pid_start))
		return true;
	/* A pid namespace ends with its process 1, and then the numbers belong to others (pid_namespaces(7)). */
	return !r->pid_ns && r->mount_ns_id;
}

void container_processes(const struct container *c, struct pids *ret)
{
	autoclose int cgroup = container_cgroup(c);
	struct members m;

	if (cgroup >= 0)
		cgroup_processes(c->arena, cgroup, ret);
	else if (container_members(c, &m))
		processes_find(c->arena, &m, ret);
}

void container_write_brief(const struct container *c)
{
	autoclose int fd = process_open((pid_t)c->record.pid, c->record.pid_start);

	if (fd >= 0)
		brief_write(c->dir, &(struct brief){ .pid = (pid_t)c->record.pid,
						     .unique = process_unique(fd),
						     .created = c->record.created,
						     .bundle = c->record.bundle });
}

bool container_ends_within(const struct container *c, const struct timespec *time)
{
	autoclose int fd = process_open((pid_t)c->record.pid, c->record.pid_start);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd < 0 || ppoll(&p, 1, time, NULL) > 0;
}

bool container_has_own_network(const struct container *c)
{
	return process_namespace((pid_t)c->record.pid, "net") != process_namespace(getpid(), "net");
}

uint32_t container_uid(const struct container *c, uint32_t uid)
{
	enum { OVERFLOW_UID = 65534 };
	char path[64], map[4096];

	/* From inside a map shows the numbers of the namespace above. */
	if (process_namespace((pid_t)c->record.pid, "user") == process_namespace(getpid(), "user"))
		return uid;
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)c->record.pid);
	if (file_peek(AT_FDCWD, path, map, sizeof(map)) < 0)
		return OVERFLOW_UID;
	for (const char *line = map; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned inside, outside, count;

		if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 && uid >= outside && uid - outside < count)
			return inside + (uid - outside);
	}
	return OVERFLOW_UID;
}
