/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/find.h"
#include "plan/limits.h"
#include "spec/spec.h"
#include <fcntl.h>
#include <string.h>

struct update_words {
	struct global_options global;
	struct limit_options limits; /* and so it starts as struct limit_words */
	const char *resources;
	struct strv ignored;
};

#define AT(field) offsetof(struct update_words, field)

_Static_assert(AT(limits) == offsetof(struct limit_words, limits), "limit_options are of both");

static const struct opt rows[] = {
	{ 'r', "resources", "FILE", OPT_STRING, AT(resources), "read limits as in /linux/resources of config.json; - is standard input" },
	{ 0, "cpu-share", "SHARES", OPT_STRING, AT(limits.cpu_shares), NULL },
	{ 0, "cpu-burst", "MICROSECONDS", OPT_STRING, AT(limits.cpu_burst), "CPU time that may be saved up for later periods" },
	{ 0, "cpu-idle", "0|1", OPT_STRING, AT(limits.cpu_idle), "run only when nothing else does" },
	/* Of cgroup v1 and of the real root. */
	{ 0, "cpu-rt-period", "MICROSECONDS", OPT_PEER_VALUE, AT(ignored), NULL },
	{ 0, "cpu-rt-runtime", "MICROSECONDS", OPT_PEER_VALUE, AT(ignored), NULL },
	{ 0, "kernel-memory", "BYTES", OPT_PEER_VALUE, AT(ignored), NULL },
	{ 0, "kernel-memory-tcp", "BYTES", OPT_PEER_VALUE, AT(ignored), NULL },
	{ 0, "l3-cache-schema", "SCHEMA", OPT_PEER_VALUE, AT(ignored), NULL },
	{ 0, "mem-bw-schema", "SCHEMA", OPT_PEER_VALUE, AT(ignored), NULL },
};
const struct opt_table update_options = OPT_TABLE(rows);

static int read_file(const struct context *c, const char *path, const char **ret_name, struct json *ret)
{
	bool is_stdin = strcmp(path, "-") == 0;
	size_t len;
	char *text;
	int r;

	*ret_name = is_stdin ? "standard input" : path;
	r = is_stdin ? file_read_stream(c->arena, STDIN_FILENO, *ret_name, SPEC_SIZE_MAX, &text, &len)
		     : file_read(c->arena, AT_FDCWD, path, SPEC_SIZE_MAX, &text, &len);
	return r < 0 ? err_in(r, "--resources") : json_parse(c->arena, *ret_name, text, len, ret);
}

static void tell_ignored(const struct strv *options, const struct strv *left)
{
	for (size_t i = 0; i < options->n; i++)
		log_warn("option-ignored", "option --%s has no effect here", options->v[i]);
	for (size_t i = 0; i < left->n; i++)
		log_warn("limit-v1", "%s left out: cgroup v2 has no such limit", left->v[i]);
}

static int apply(const struct container *found, struct spec *spec, const struct limits_change *limits)
{
	const struct spec_memory *mem = limits->resources.memory;
	bool checks = mem && mem->check_before_update;
	struct container_change change = {
		.writes = &limits->writes,
		.memory_at_least = checks && mem->limit.set ? mem->limit.value : 0,
		.swap_at_least = checks && mem->swap.set ? mem->swap.value : 0,
	};
	struct spec_resources *own = arena_alloc(found->arena, sizeof(*own));

	*own = limits->resources;
	limits_to_properties(found->arena, own, &change.properties);
	if (!spec->linux_)
		spec->linux_ = arena_alloc(found->arena, sizeof(*spec->linux_));
	spec->linux_->resources = own;
	change.config = spec_text(found->arena, spec);
	return container_update(found, &change);
}

static int update(const struct context *c, const struct container *found, const struct update_words *w)
{
	struct limits_change change;
	struct json file;
	struct spec spec;
	const char *name = NULL;
	int r;

	if (w->resources && (r = read_file(c, w->resources, &name, &file)) < 0)
		return r;
	if ((r = find_spec(found, &spec)) < 0)
		return r;
	if ((r = limits_update(c->arena, spec.linux_ ? spec.linux_->resources : NULL, name, name ? &file : NULL, &w->limits, &change)) < 0)
		return r;
	if (change.is_nothing && w->ignored.n == 0)
		return 0;
	if ((r = apply(found, &spec, &change)) == 0)
		tell_ignored(&w->ignored, &change.left);
	return r;
}

int cmd_update(const struct context *c, int argc, char *argv[])
{
	struct update_words w = { 0 };
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
	return update(c, &found, &w);
}
