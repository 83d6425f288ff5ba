/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/find.h"
#include "spec/spec.h"
#include "spec/spec_fields.h"
#include <fcntl.h>
#include <string.h>

struct update_words {
	struct global_options global;
	const char *resources;
	struct strv limits; /* what was asked for, one by one */
};

#define LIMIT(name, arg, help)                                                                                                             \
	{                                                                                                                                  \
		0, name, arg, OPT_LIST, offsetof(struct update_words, limits), help                                                        \
	}

static const struct opt rows[] = {
	{ 'r', "resources", "FILE", OPT_STRING, offsetof(struct update_words, resources),
	  "read limits as in /linux/resources of config.json; - is standard input" },
	LIMIT("memory", "BYTES", "limit of memory"),
	LIMIT("memory-reservation", "BYTES", "memory that is kept as long as possible"),
	LIMIT("memory-swap", "BYTES", "limit of memory and swap together"),
	LIMIT("cpu-period", "MICROSECONDS", "period of the CPU quota"),
	LIMIT("cpu-quota", "MICROSECONDS", "CPU time in a period"),
	LIMIT("cpu-burst", "MICROSECONDS", "CPU time that may be saved up"),
	LIMIT("cpu-share", "SHARES", "relative share of CPU time"),
	LIMIT("cpu-idle", "0|1", "run only when nothing else does"),
	LIMIT("cpu-rt-period", "MICROSECONDS", NULL),
	LIMIT("cpu-rt-runtime", "MICROSECONDS", NULL),
	LIMIT("cpuset-cpus", "LIST", "CPUs it may use"),
	LIMIT("cpuset-mems", "LIST", "memory nodes it may use"),
	LIMIT("pids-limit", "N", "number of processes"),
	LIMIT("blkio-weight", "WEIGHT", "relative share of disk time"),
	LIMIT("kernel-memory", "BYTES", NULL),
	LIMIT("kernel-memory-tcp", "BYTES", NULL),
	LIMIT("l3-cache-schema", "SCHEMA", NULL),
	LIMIT("mem-bw-schema", "SCHEMA", NULL),
};
const struct opt_table update_options = OPT_TABLE(rows);

static int read_resources(const struct context *c, const char *path, struct spec_resources *ret)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? "standard input" : path;
	struct json tree;
	size_t len;
	char *text;
	int r = is_stdin ? file_read_stream(c->arena, STDIN_FILENO, name, SPEC_SIZE_MAX, &text, &len)
			 : file_read(c->arena, AT_FDCWD, path, SPEC_SIZE_MAX, &text, &len);

	if (r < 0)
		return err_in(r, "--resources");
	if ((r = json_parse(c->arena, name, text, len, &tree)) < 0)
		return r;
	return fields_read(c->arena, &spec_resources_fields, name, &tree, ret);
}

static bool limits_something(const struct spec_resources *r)
{
	return r->memory || r->cpu || r->pids || r->block_io || r->hugepage_limits.n || r->network || r->rdma.n || r->unified.n;
}

int cmd_update(const struct context *c, int argc, char *argv[])
{
	struct update_words w = { 0 };
	struct spec_resources resources = { 0 };
	autocontainer found = { .dir = -1 };
	struct strv words = { 0 };
	const char *id;
	int r = command_options(c, command_find("update"), OPT_ANYWHERE, argc, argv, &w, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = find_only_word("update", &words, &id)) < 0)
		return r;
	if ((r = find_container(c, w.global.root, id, &found)) < 0)
		return r;
	if (w.resources && (r = read_resources(c, w.resources, &resources)) < 0)
		return r;
	if (w.limits.n == 0 && !limits_something(&resources))
		return 0;
	return err_advise(
		err_set(ENOTSUP, "no-cgroup", "the limits of container '%s' cannot be changed: it has no cgroup of its own", id),
		&(struct advice){ .cause = "limits belong to a cgroup, and this container runs in the cgroup of who started it" });
}
