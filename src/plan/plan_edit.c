/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_edit.c - the command line as edits of config.json, so that everything behind knows only one source. */
#include "plan/limits.h"
#include "plan/parts.h"
#include <stdio.h>
#include <string.h>

static int bad_option(const char *option, const char *value, const char *why)
{
	return err_set(EINVAL, "usage", "%s '%s': %s", option, value, why);
}

/* ---- environment ---- */

static void edit_env(struct arena *a, struct spec_process *p, const struct plan_options *o)
{
	struct strv env = { 0 };

	for (size_t i = 0; i < p->env.n; i++)
		strv_push(a, &env, p->env.v[i]);
	for (size_t i = 0; i < o->env.n; i++)
		strv_set_env(a, &env, o->env.v[i]);
	p->env = env;
}

/* ---- mounts ---- */

static void add_mount(struct arena *a, struct spec *s, struct spec_mount m)
{
	struct spec_mount *wider = arena_array(a, s->mounts.n + 1, sizeof(*wider));

	if (s->mounts.n)
		memcpy(wider, s->mounts.items, s->mounts.n * sizeof(*wider));
	wider[s->mounts.n++] = m;
	s->mounts.items = wider;
}

static void split(struct arena *a, const char *list, struct strv *ret)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		if (len > 0)
			strv_push(a, ret, arena_strndup(a, list, len));
		list += len + (list[len] == ',');
	}
}

/* podman's words for volumes: ro goes for the whole tree, z and Z ask for SELinux labels. */
static int volume_options(struct arena *a, const char *volume, const struct strv *words, struct strv *ret)
{
	bool bind = false;

	for (size_t i = 0; i < words->n; i++) {
		char *w = words->v[i];

		if (strcmp(w, "U") == 0 || strcmp(w, "O") == 0)
			return bad_option("--volume", volume,
					  w[0] == 'U' ? "option U is not supported: chown it with `urun unshare chown`"
						      : "option O is not supported: bind a copy instead");
		if (strcmp(w, "z") == 0 || strcmp(w, "Z") == 0)
			return bad_option("--volume", volume,
					  "options z and Z are not supported: label it with `chcon -t container_file_t`");
		bind = bind || strcmp(w, "bind") == 0 || strcmp(w, "rbind") == 0;
		strv_push(a, ret, w);
		if (strcmp(w, "ro") == 0)
			strv_push(a, ret, arena_strdup(a, "rro"));
	}
	if (!bind)
		strv_push(a, ret, arena_strdup(a, "rbind"));
	return 0;
}

static int edit_volume(struct arena *a, struct spec *s, const struct plan_options *o, const char *volume)
{
	size_t source_len = strcspn(volume, ":");
	const char *rest = volume + source_len, *source;
	struct spec_mount m = { .type = arena_strdup(a, "bind"), .origin = arena_printf(a, "--volume '%s'", volume) };
	struct strv words = { 0 };
	size_t target_len;
	int r;

	if (source_len == 0 || !*rest)
		return bad_option("--volume", volume, "must be SOURCE:DESTINATION[:OPTIONS]");
	target_len = strcspn(++rest, ":");
	if (rest[0] != '/')
		return bad_option("--volume", volume, "the destination must be an absolute path");
	source = arena_strndup(a, volume, source_len);
	if (!strchr(source, '/') && strcmp(source, ".") != 0 && strcmp(source, "..") != 0)
		return bad_option("--volume", volume, arena_printf(a, "there are no named volumes: for a directory write ./%s", source));
	m.source = source[0] == '/' ? arena_strdup(a, source) : arena_printf(a, "%s/%s", o->cwd, source);
	m.destination = arena_strndup(a, rest, target_len);
	if (rest[target_len])
		split(a, rest + target_len + 1, &words);
	if ((r = volume_options(a, volume, &words, &m.options)) < 0)
		return r;
	add_mount(a, s, m);
	return 0;
}

static int edit_tmpfs(struct arena *a, struct spec *s, const char *tmpfs)
{
	size_t len = strcspn(tmpfs, ":");
	struct spec_mount m = {
		.destination = arena_strndup(a, tmpfs, len),
		.type = arena_strdup(a, "tmpfs"),
		.source = arena_strdup(a, "tmpfs"),
		.origin = arena_printf(a, "--tmpfs '%s'", tmpfs),
	};

	if (tmpfs[0] != '/')
		return bad_option("--tmpfs", tmpfs, "must be DESTINATION[:OPTIONS] with an absolute path");
	/* as podman: what a scratch directory needs; later words win */
	split(a, "nosuid,nodev,tmpcopyup", &m.options);
	if (tmpfs[len])
		split(a, tmpfs + len + 1, &m.options);
	add_mount(a, s, m);
	return 0;
}

/* ---- the rest ---- */

/* A namespace of this type in the list, added if there is none; NULL as its path is a new one. */
static struct spec_namespace *want_namespace(struct arena *a, struct spec_namespaces *l, int type)
{
	struct spec_namespace *wider;

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].type == type)
			return &l->items[i];
	wider = arena_array(a, l->n + 1, sizeof(*wider));
	if (l->n)
		memcpy(wider, l->items, l->n * sizeof(*wider));
	wider[l->n++] = (struct spec_namespace){ .type = type };
	l->items = wider;
	return &wider[l->n - 1];
}

static void share_namespace(struct spec_namespaces *l, int type)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].type != type)
			l->items[n++] = l->items[i];
	l->n = n;
}

static void edit_hostname(struct arena *a, struct spec *s, const char *hostname)
{
	s->hostname = arena_strdup(a, hostname);
	(void)want_namespace(a, &s->linux_->namespaces, SPEC_NS_UTS);
}

/* Who joins the network of a container can do so only as a member of its user namespace, which has its ids. */
static void join_container(struct arena *a, struct spec_linux *l, int64_t process)
{
	want_namespace(a, &l->namespaces, SPEC_NS_NETWORK)->path = arena_printf(a, "/proc/%lld/ns/net", (long long)process);
	want_namespace(a, &l->namespaces, SPEC_NS_USER)->path = arena_printf(a, "/proc/%lld/ns/user", (long long)process);
	l->uid_mappings.n = 0;
	l->gid_mappings.n = 0;
}

static void edit_network(struct arena *a, struct spec_linux *l, const struct network_options *o)
{
	switch (o->mode) {
	case NETWORK_CONFIG:
	case NETWORK_AUTO:
		break;
	case NETWORK_SLIRP4NETNS:
	case NETWORK_PASTA:
	case NETWORK_NONE:
		want_namespace(a, &l->namespaces, SPEC_NS_NETWORK)->path = NULL;
		break;
	case NETWORK_HOST:
		share_namespace(&l->namespaces, SPEC_NS_NETWORK);
		break;
	case NETWORK_NS:
		want_namespace(a, &l->namespaces, SPEC_NS_NETWORK)->path = arena_strdup(a, o->path);
		break;
	case NETWORK_CONTAINER:
		join_container(a, l, o->process);
		break;
	}
}

static int edit_process(struct arena *a, struct spec_process *p, const struct plan_options *o)
{
	if (o->args.n > 0)
		p->args = o->args;
	edit_env(a, p, o);
	if (o->workdir && o->workdir[0] != '/')
		return bad_option("--workdir", o->workdir, "must be an absolute path");
	if (o->workdir)
		p->cwd = arena_strdup(a, o->workdir);
	if (o->has_terminal)
		p->terminal = o->terminal;
	return 0;
}

static int edit_limits(struct arena *a, struct spec *s, struct plan_options *o)
{
	struct spec_resources r = s->linux_->resources ? *s->linux_->resources : (struct spec_resources){ 0 };
	int e = limits_edit(a, &o->limits, &r, &o->asked);

	if (e < 0 || o->asked.n == 0)
		return e;
	s->linux_->resources = arena_alloc(a, sizeof(r));
	*s->linux_->resources = r;
	return 0;
}

int plan_edit(struct arena *a, struct spec *s, struct plan_options *o)
{
	int r;

	if (s->process && (r = edit_process(a, s->process, o)) < 0)
		return r;
	if (o->hostname)
		edit_hostname(a, s, o->hostname);
	edit_network(a, s->linux_, &o->network);
	if (o->read_only && s->root)
		s->root->readonly = true;
	for (size_t i = 0; i < o->volumes.n; i++)
		if ((r = edit_volume(a, s, o, o->volumes.v[i])) < 0)
			return r;
	for (size_t i = 0; i < o->tmpfs.n; i++)
		if ((r = edit_tmpfs(a, s, o->tmpfs.v[i])) < 0)
			return r;
	return edit_limits(a, s, o);
}

/* ---- -u, once the container's passwd and group have been read ---- */

static bool is_number(const char *s, size_t len)
{
	return len > 0 && strspn(s, "0123456789") >= len;
}

static int parse_id(const char *user, const char *s, uint32_t *ret)
{
	unsigned long long id;

	errno = 0;
	id = strtoull(s, NULL, 10);
	if (errno || id >= UINT32_MAX) /* the largest 32-bit value means "no id" */
		return bad_option("--user", user, "an id is at most 4294967294");
	*ret = (uint32_t)id;
	return 0;
}

/* A number is a number even if a name in the image looks like one (CVE-2016-3697). */
static int apply_user_option(const struct planner *b, const char *user, struct spec_user *ret)
{
	size_t len = strcspn(user, ":");
	const char *group = user[len] ? user + len + 1 : NULL;
	const struct host *h = b->host;
	int r;

	if (len == 0 || (group && (!*group || strchr(group, ':'))))
		return bad_option("--user", user, "must be UID or NAME, with :GID or :GROUP behind it or not");
	if (is_number(user, len)) {
		if ((r = parse_id(user, user, &ret->uid)) < 0)
			return r;
	} else if (h->user_found) {
		ret->uid = h->user_uid;
	} else {
		return bad_option("--user", user, "there is no such user in the container's /etc/passwd");
	}
	if (!group) {
		ret->gid = h->user_found ? h->user_gid : 0;
	} else if (is_number(group, strlen(group))) {
		if ((r = parse_id(user, group, &ret->gid)) < 0)
			return r;
	} else if (h->group_found) {
		ret->gid = h->user_gid;
	} else {
		return bad_option("--user", user, "there is no such group in the container's /etc/group");
	}
	/* As for a login; with a group of its own the user has only that (docker, podman). */
	ret->additional_gids = group ? (struct u32_list){ 0 } : (struct u32_list){ .items = h->user_groups.items, .n = h->user_groups.n };
	return 0;
}

int plan_who(const struct planner *b, struct spec_user *user)
{
	const struct plan_options *o = b->options;

	if (o->user)
		return apply_user_option(b, o->user, user);
	if (o->userns == USERNS_KEEP_ID) {
		user->uid = o->keep_id.has_uid ? o->keep_id.uid : b->host->uid;
		user->gid = o->keep_id.has_gid ? o->keep_id.gid : b->host->gid;
	}
	return 0;
}
