/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* golden.c - a configuration, an invented machine and options give this plan, or exactly this error.
 *
 * A case is a directory of cases/: config.json; host.json, whose members replace those of ../host.json; args, an option
 * a line; expect, the plan or the error. `golden --update [CASE…]` writes expect anew: read what it wrote before you
 * believe it. */
#include "../unit/tap.h"
#include "base/file.h"
#include "base/json.h"
#include "plan/names.h"
#include "plan/parts.h"
#include "plan/plan.h"
#include "promise.h"
#include "base/field.h"
#include "spec/spec.h"
#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>

enum { FILE_MAX = 1024 * 1024 };

/* ---- files ---- */

static char *read_text(struct arena *a, const char *path, size_t *ret_len)
{
	size_t len;
	char *text;

	if (file_read(a, AT_FDCWD, path, FILE_MAX, &text, ret_len ? ret_len : &len) < 0)
		return NULL;
	return text;
}

static bool write_text(const char *path, const char *text)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd >= 0 && write_all(fd, text, strlen(text)) == 0;
}

/* ---- args ---- */

static int word_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	fprintf(stderr, "unknown word '%s'\n", word);
	exit(2);
}

#define WORD(value, ...) word_of(value, (const char *const[]){ __VA_ARGS__ }, ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

static void set_userns(struct plan_options *o, char *value)
{
	char *key = strchr(value, ':');

	if (key)
		*key++ = '\0';
	o->userns = (enum userns_mode)WORD(value, "auto", "full", "single", "keep-id", "nomap", "config");
	for (; key && *key; key += strcspn(key, ","), key += *key == ',') {
		uint32_t n = (uint32_t)strtoul(strchr(key, '=') + 1, NULL, 10);

		if (strncmp(key, "uid=", 4) == 0)
			o->keep_id.uid = n, o->keep_id.has_uid = true;
		else if (strncmp(key, "gid=", 4) == 0)
			o->keep_id.gid = n, o->keep_id.has_gid = true;
		else
			o->keep_id.size = n, o->keep_id.has_size = true;
	}
}

static void add_extent(struct arena *a, struct id_map *m, const char *value)
{
	struct id_extent e;

	if (sscanf(value, "%u:%u:%u", &e.inside, &e.outside, &e.count) == 3)
		*arena_push(a, m) = e;
}

static void set_option(struct arena *a, struct plan_options *o, const char *key, char *value)
{
	const struct {
		const char *key;
		const char **to;
	} strings[] = {
		{ "id", &o->id },
		{ "workdir", &o->workdir },
		{ "hostname", &o->hostname },
		{ "user", &o->user },
		{ "cwd", &o->cwd },
		{ "slice", &o->slice },
		{ "network-settings", &o->network.settings },
		{ "network-path", &o->network.path },
		{ "nameserver", &o->network.nameserver },
		{ "too-old", &o->network.too_old },
		{ "memory", &o->limits.memory },
		{ "memory-swap", &o->limits.memory_swap },
		{ "memory-reservation", &o->limits.memory_reservation },
		{ "cpus", &o->limits.cpus },
		{ "cpu-shares", &o->limits.cpu_shares },
		{ "cpuset-cpus", &o->limits.cpuset_cpus },
		{ "cpuset-mems", &o->limits.cpuset_mems },
		{ "pids-limit", &o->limits.pids_limit },
		{ "blkio-weight", &o->limits.blkio_weight },
	};
	const struct {
		const char *key;
		struct strv *to;
	} lists[] = {
		{ "arg", &o->args },
		{ "env", &o->env },
		{ "volume", &o->volumes },
		{ "tmpfs", &o->tmpfs },
		{ "cgroup-conf", &o->limits.cgroup_conf },
		{ "publish", &o->network.publish },
		{ "dns", &o->network.dns },
		{ "dns-search", &o->network.dns_search },
		{ "dns-option", &o->network.dns_options },
		{ "add-host", &o->network.add_hosts },
	};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		if (strcmp(key, strings[i].key) == 0) {
			*strings[i].to = value;
			return;
		}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (strcmp(key, lists[i].key) == 0) {
			strv_push(a, lists[i].to, value);
			return;
		}
	switch (WORD(key, "form", "userns", "uidmap", "gidmap", "init", "fallback", "terminal", "read-only", "cgroups", "manager",
		     "companion", "network", "no-hosts")) {
	case 0:
		o->form = (enum form)WORD(value, "user", "runc");
		return;
	case 1:
		set_userns(o, value);
		return;
	case 2:
		add_extent(a, &o->uid_map, value);
		return;
	case 3:
		add_extent(a, &o->gid_map, value);
		return;
	case 4:
		o->init = (enum init_mode)WORD(value, "auto", "yes", "no");
		return;
	case 5:
		o->fallback = (enum fallback)WORD(value, "warn", "error", "quiet");
		return;
	case 6:
		o->has_terminal = true;
		o->terminal = strcmp(value, "yes") == 0;
		return;
	case 7:
		o->read_only = true;
		return;
	case 8:
		o->cgroups = value[0] == '/' || value[0] == '.' ? CGROUPS_PATH
								: (enum cgroups_mode)WORD(value, "auto", "split", "scope", "none");
		o->cgroups_path = value;
		return;
	case 10:
		o->companion = true;
		return;
	case 11:
		o->network.mode =
			(enum network_mode)WORD(value, "config", "auto", "slirp4netns", "pasta", "host", "none", "ns", "container");
		o->network.process = 4711;
		return;
	case 12:
		o->network.no_hosts = true;
		return;
	default:
		o->manager = (enum cgroup_manager)WORD(value, "cgroupfs", "systemd", "disabled");
	}
}

/* The user form decides about the terminal, as the command line does; tests have none. */
static void read_args(struct arena *a, const char *dir, struct plan_options *o)
{
	char *text = read_text(a, arena_printf(a, "%s/args", dir), NULL), *save = NULL;

	*o = (struct plan_options){ .id = "web-1a2b", .cwd = "/home/alice", .init = INIT_NO, .has_terminal = true };
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		char *value = line + strcspn(line, "=");

		if (*value)
			*value++ = '\0';
		set_option(a, o, line, value);
	}
	if (o->form == FORM_RUNC && !o->terminal)
		o->has_terminal = false;
}

/* ---- the machine ---- */

static bool parse_file(struct arena *a, const char *path, struct json *ret)
{
	size_t len;
	char *text = read_text(a, path, &len);

	return text && json_parse(a, path, text, len, ret) == 0;
}

static struct json merged(struct arena *a, const struct json *base, const struct json *over)
{
	struct json all = { .type = JSON_OBJECT };

	all.items = arena_array(a, base->n + over->n, sizeof(*all.items));
	all.keys = arena_array(a, base->n + over->n, sizeof(*all.keys));
	for (size_t i = 0; i < base->n; i++) {
		const struct json *other = json_get(over, base->keys[i]);

		all.keys[all.n] = base->keys[i];
		all.items[all.n++] = other ? *other : base->items[i];
	}
	for (size_t i = 0; i < over->n; i++)
		if (!json_get(base, over->keys[i])) {
			all.keys[all.n] = over->keys[i];
			all.items[all.n++] = over->items[i];
		}
	return all;
}

static bool read_host(struct arena *a, const char *top, const char *dir, struct host *ret)
{
	const char *own = arena_printf(a, "%s/host.json", dir);
	struct json base, over = { .type = JSON_OBJECT }, all;

	*ret = (struct host){ 0 };
	if (!parse_file(a, arena_printf(a, "%s/host.json", top), &base))
		return false;
	if (access(own, F_OK) == 0 && !parse_file(a, own, &over))
		return false;
	all = merged(a, &base, &over);
	return fields_read(a, &host_fields, own, &all, ret) == 0;
}

/* Answers to exactly these questions; what the case says nothing about is a directory. */
static struct host_files answers(struct arena *a, const struct strv *asked, const struct host_files *known, int otherwise)
{
	struct host_files l = { 0 };

	for (size_t i = 0; i < asked->n; i++) {
		const struct host_file *f = host_find(known, asked->v[i]);

		*arena_push(a, &l) = f ? *f : (struct host_file){ .path = asked->v[i], .kind = otherwise };
	}
	return l;
}

static const char *unasked(const struct strv *asked, const struct host_files *known)
{
	for (size_t i = 0; i < known->n; i++)
		if (!strv_has(asked, known->items[i].path))
			return known->items[i].path;
	return NULL;
}

/* The machine tells only what it is asked, as host_probe() does. Returns the answer that nobody wanted, or NULL. */
static const char *interview(struct arena *a, const struct host_query *q, struct host *h)
{
	const char *spare = unasked(&q->targets, &h->targets);

	spare = spare ? spare : unasked(&q->sources, &h->sources);
	spare = spare ? spare : unasked(&q->devices, &h->devices);
	h->targets = answers(a, &q->targets, &h->targets, FILE_DIRECTORY);
	h->sources = answers(a, &q->sources, &h->sources, FILE_DIRECTORY);
	h->devices = answers(a, &q->devices, &h->devices, FILE_MISSING);
	if (!q->subids || h->may_map_any) {
		h->user = h->subid_source = NULL;
		h->subuids = h->subgids = (struct id_ranges){ 0 };
		h->newuidmap = h->newgidmap = (struct host_helper){ 0 };
		h->free_subid = 0;
	}
	if (!h->may_map_any)
		h->own_uids = h->own_gids = (struct id_ranges){ 0 };
	if (!q->lsm)
		h->apparmor = h->selinux = false;
	if (!q->oom)
		h->oom_score_adj = 0;
	if (!q->init_helper)
		h->init_helper = NULL;
	if (!q->user)
		h->user_found = h->group_found = false;
	return spare;
}

/* ---- what happened, as text ---- */

static const char *advice_text(struct arena *a, const char *label, const char *text)
{
	return text ? arena_printf(a, "%s%s\n", label, text) : "";
}

static const char *error_text(struct arena *a)
{
	const struct err *e = err_last();

	return arena_printf(a, "error: %s: %s\n%s%s%s", e->code, e->text, advice_text(a, "  cause: ", e->advice.cause),
			    advice_text(a, "  fix:   ", e->advice.fix), advice_text(a, "  now:   ", e->advice.now));
}

static const char *ret_text(struct arena *a, uint32_t ret)
{
	uint32_t data = ret & SECCOMP_RET_DATA;

	switch (ret & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
		return "kill process";
	case SECCOMP_RET_KILL_THREAD:
		return "kill thread";
	case SECCOMP_RET_TRAP:
		return "trap";
	case SECCOMP_RET_ERRNO:
		return arena_printf(a, "errno %u", data);
	case SECCOMP_RET_TRACE:
		return arena_printf(a, "trace %u", data);
	case SECCOMP_RET_LOG:
		return "log";
	case SECCOMP_RET_USER_NOTIF:
		return "notify";
	case SECCOMP_RET_ALLOW:
		return "allow";
	}
	return "?";
}

static const char *condition_text(struct arena *a, const struct seccomp_arg *c)
{
	static const char *const ops[] = {
		[SECCOMP_OP_NE] = "!=", [SECCOMP_OP_LT] = "<",	[SECCOMP_OP_LE] = "<=",
		[SECCOMP_OP_EQ] = "==", [SECCOMP_OP_GE] = ">=", [SECCOMP_OP_GT] = ">",
	};

	if (c->op == SECCOMP_OP_MASKED_EQ)
		return arena_printf(a, " if arg%u & 0x%llx == 0x%llx", c->index, (unsigned long long)c->mask, (unsigned long long)c->value);
	return arena_printf(a, " if arg%u %s %llu", c->index, ops[c->op], (unsigned long long)c->value);
}

static const char *seccomp_text(struct arena *a, const struct seccomp_profile *s)
{
	const char *all =
		arena_printf(a, "+ seccomp otherwise %s, flags 0x%x, architectures", ret_text(a, s->default_ret), s->filter_flags);

	for (size_t i = 0; i < s->archs.n; i++)
		all = arena_printf(a, "%s %s", all, s->archs.v[i]);
	all = arena_printf(a, "%s%s%s\n", all, s->listener_metadata ? ", metadata " : "", s->listener_metadata ? s->listener_metadata : "");
	for (size_t i = 0; i < s->rules.n; i++) {
		const struct seccomp_rule *r = &s->rules.items[i];

		all = arena_printf(a, "%s+ seccomp %s %s", all, r->name, ret_text(a, r->ret));
		for (size_t k = 0; k < r->n_args; k++)
			all = arena_printf(a, "%s%s", all, condition_text(a, &r->args[k]));
		all = arena_printf(a, "%s\n", all);
	}
	return all;
}

static const char *map_text(struct arena *a, const struct id_map *m)
{
	const char *all = "";

	for (size_t i = 0; i < m->n; i++)
		all = arena_printf(a, "%s %u:%u:%u", all, m->items[i].inside, m->items[i].outside, m->items[i].count);
	return all;
}

static const char *hooks_text(struct arena *a, const struct hook_list *l)
{
	const char *all = "";

	for (size_t i = 0; i < l->n; i++) {
		const struct hook *h = &l->items[i];

		all = arena_printf(a, "%s+ hook %s, timeout %d ms, arguments", all, h->path, h->timeout_ms);
		for (size_t k = 0; k < h->args.n; k++)
			all = arena_printf(a, "%s %s", all, h->args.v[k]);
		all = arena_printf(a, "%s, environment", all);
		for (size_t k = 0; k < h->env.n; k++)
			all = arena_printf(a, "%s %s", all, h->env.v[k]);
		all = arena_printf(a, "%s\n", all);
	}
	return all;
}

static const char *devices_text(struct arena *a, const struct mount_ops *l)
{
	const char *all = "";

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].kind == MOUNT_DEVICE && strcmp(l->items[i].source, l->items[i].target) != 0)
			all = arena_printf(a, "%s+ device %s is %s of the host\n", all, l->items[i].target, l->items[i].source);
	return all;
}

static const char *nodes_text(struct arena *a, const struct mempolicy_op *m)
{
	const size_t width = sizeof(*m->nodes) * 8;
	const char *all = "+ memory nodes";

	for (size_t i = 0; i < m->max_node; i++)
		if (m->nodes[i / width] & (1UL << (i % width)))
			all = arena_printf(a, "%s %zu", all, i);
	return arena_printf(a, "%s\n", all);
}

/* What the plan says and plan_text() leaves out. */
static const char *details(struct arena *a, const struct plan *p)
{
	const struct hook_list *const hooks[] = {
		&p->hooks.prestart,	   &p->hooks.create_runtime, &p->hooks.create_container,
		&p->hooks.start_container, &p->hooks.poststart,	     &p->hooks.poststop,
	};
	const struct sched_op *s = p->process.sched;
	const char *all = "";

	for (size_t i = 0; i < p->mounts.n; i++)
		if (p->mounts.items[i].idmap_uid)
			all = arena_printf(a, "%s+ mount %zu idmapped%s, user ids%s, group ids%s\n", all, i + 1,
					   p->mounts.items[i].idmap_all ? " with all below" : "", map_text(a, p->mounts.items[i].idmap_uid),
					   map_text(a, p->mounts.items[i].idmap_gid));
	all = arena_printf(a, "%s%s", all, devices_text(a, &p->mounts));
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		all = arena_printf(a, "%s%s", all, hooks_text(a, hooks[i]));
	if (s && (s->runtime || s->deadline || s->period))
		all = arena_printf(a, "%s+ scheduler runtime %llu deadline %llu period %llu\n", all, (unsigned long long)s->runtime,
				   (unsigned long long)s->deadline, (unsigned long long)s->period);
	if (p->process.mempolicy)
		all = arena_printf(a, "%s%s", all, nodes_text(a, p->process.mempolicy));
	if (p->process.rows)
		all = arena_printf(a, "%s+ terminal of %u rows and %u columns\n", all, p->process.rows, p->process.columns);
	if (p->process.create_cwd)
		all = arena_printf(a, "%s+ the directory is made where it is missing\n", all);
	for (size_t i = 0; i < p->cgroup.limits.n; i++) {
		const struct cgroup_write *w = &p->cgroup.limits.items[i];

		all = arena_printf(a, "%s+ %s%s%s%s%s\n", all, w->origin, w->asked ? " must be" : "", w->optional ? " if it is there" : "",
				   w->other_file ? " or " : "",
				   w->other_file ? arena_printf(a, "%s = %s", w->other_file, w->other_value) : "");
	}
	return p->process.seccomp ? arena_printf(a, "%s%s", all, seccomp_text(a, p->process.seccomp)) : all;
}

static const char *outcome(struct arena *a, const char *top, const char *dir)
{
	size_t len;
	const char *text = read_text(a, arena_printf(a, "%s/config.json", dir), &len), *spare, *broken;
	struct plan_options o;
	struct host_query q;
	struct spec spec;
	struct plan plan;
	struct host h;

	if (!text || !read_host(a, top, dir, &h))
		return arena_printf(a, "broken test: %s\n", err_last()->text);
	read_args(a, dir, &o);
	if (spec_parse(a, "config.json", text, len, &spec) < 0 || spec_check(a, &spec) < 0 || plan_edit(a, &spec, &o) < 0)
		return error_text(a);
	plan_query(a, &spec, &o, &q);
	if ((spare = interview(a, &q, &h)))
		return arena_printf(a, "broken test: nobody asks for %s\n", spare);
	if (plan_build(a, &spec, &h, &o, &plan) < 0)
		return error_text(a);
	if ((broken = promise_broken(a, &plan, &h)))
		return arena_printf(a, "broken promise: %s\n", broken);
	return arena_printf(a, "%s%s", plan_text(a, &plan), details(a, &plan));
}

/* ---- the cases ---- */

static void show_difference(const char *got, const char *wanted)
{
	for (unsigned line = 1;; line++) {
		size_t n = strcspn(got, "\n"), m = strcspn(wanted, "\n");

		if (n != m || strncmp(got, wanted, n) != 0) {
			printf("# line %u\n# got    %.*s\n# wanted %.*s\n", line, (int)n, got, (int)m, wanted);
			return;
		}
		if (!got[n] || !wanted[m])
			return;
		got += n + 1;
		wanted += m + 1;
	}
}

static void run_case(const char *top, const char *name, bool update)
{
	autoarena a = { 0 };
	const char *dir = arena_printf(&a, "%s/cases/%s", top, name), *path = arena_printf(&a, "%s/expect", dir);
	const char *got = outcome(&a, top, dir), *wanted;

	if (update && strncmp(got, "broken", 6) != 0)
		(void)write_text(path, got);
	wanted = read_text(&a, path, NULL);
	claim(wanted && strcmp(got, wanted) == 0, "%s", name);
	if (!wanted || strcmp(got, wanted) != 0)
		show_difference(got, wanted ? wanted : "");
}

static int is_case(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char *argv[])
{
	autoarena a = { 0 };
	const char *top = arena_printf(&a, "%s/tests/golden", top_srcdir());
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	struct dirent **entries;
	int n;

	for (int i = 1 + update; i < argc; i++)
		run_case(top, argv[i], update);
	if (argc > 1 + update)
		return tap_done();
	if ((n = scandir(arena_printf(&a, "%s/cases", top), &entries, is_case, alphasort)) < 0) {
		perror(top);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		run_case(top, entries[i]->d_name, update);
		free(entries[i]);
	}
	free(entries);
	return tap_done();
}
