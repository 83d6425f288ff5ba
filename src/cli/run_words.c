/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/run_words.h"
#include "base/file.h"
#include <fcntl.h>
#include <limits.h>
#include <string.h>

enum { ENV_FILE_MAX = 1024 * 1024 };

static int parse_number(const char *option, const char *text, const char *end, uint32_t *ret)
{
	char *stop;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &stop, 10);
	if (*text < '0' || *text > '9' || errno || n >= UINT32_MAX || stop != end)
		return err_set(EINVAL, "usage", "%s: '%.*s' is not a number that an id can have", option, (int)(end - text), text);
	*ret = (uint32_t)n;
	return 0;
}

static int parse_keep_id(struct arena *a, const char *text, struct keep_id *ret)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		const char *equals = memchr(text, '=', len), *end = text + len;
		const char *key = arena_strndup(a, text, equals ? (size_t)(equals - text) : len);
		uint32_t *to = NULL;
		int r;

		if (strcmp(key, "uid") == 0)
			to = &ret->uid, ret->has_uid = true;
		else if (strcmp(key, "gid") == 0)
			to = &ret->gid, ret->has_gid = true;
		else if (strcmp(key, "size") == 0)
			to = &ret->size, ret->has_size = true;
		if (!to || !equals)
			return err_set(EINVAL, "usage", "--userns=keep-id: '%s' is not uid=N, gid=N or size=N", key);
		if ((r = parse_number("--userns=keep-id", equals + 1, end, to)) < 0)
			return r;
		text = end + (*end == ',');
	}
	if (ret->has_size && ret->size == 0)
		return err_set(EINVAL, "usage", "--userns=keep-id: size must be at least 1");
	return 0;
}

static int parse_userns(struct arena *a, const char *text, struct plan_options *o)
{
	static const char *const modes[] = {
		[USERNS_AUTO] = "auto",	      [USERNS_FULL] = "full",	[USERNS_SINGLE] = "single",
		[USERNS_KEEP_ID] = "keep-id", [USERNS_NOMAP] = "nomap", [USERNS_CONFIG] = "config",
	};
	size_t len = text ? strcspn(text, ":") : 0;

	if (!text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strlen(modes[i]) != len || strncmp(modes[i], text, len) != 0)
			continue;
		if (text[len] && i != USERNS_KEEP_ID)
			break;
		o->userns = (enum userns_mode)i;
		return text[len] ? parse_keep_id(a, text + len + 1, &o->keep_id) : 0;
	}
	return err_set(EINVAL, "usage", "--userns=%s: must be auto, full, single, keep-id[:uid=N,gid=N,size=N], nomap or config", text);
}

static int parse_maps(struct arena *a, const char *option, const struct strv *list, struct id_map *ret)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *p = list->v[i];
		uint32_t n[3];

		for (int k = 0; k < 3; k++) {
			const char *end = k < 2 ? strchr(p, ':') : p + strlen(p);
			int r;

			if (!end)
				return err_set(EINVAL, "usage", "%s '%s': must be INSIDE:FROM:COUNT", option, list->v[i]);
			if ((r = parse_number(option, p, end, &n[k])) < 0)
				return r;
			p = end + 1;
		}
		if (n[2] == 0 || n[0] + (uint64_t)n[2] > UINT32_MAX)
			return err_set(EINVAL, "usage", "%s '%s': the count is 0 or reaches beyond the largest id", option, list->v[i]);
		*arena_push(a, ret) = (struct id_extent){ .inside = n[0], .outside = n[1], .count = n[2] };
	}
	return 0;
}

static int parse_cgroups(const char *text, struct plan_options *o)
{
	static const char *const modes[] = {
		[CGROUPS_AUTO] = "auto",
		[CGROUPS_SPLIT] = "split",
		[CGROUPS_SCOPE] = "scope",
		[CGROUPS_NONE] = "none",
	};

	if (!text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (strcmp(modes[i], text) == 0) {
			o->cgroups = (enum cgroups_mode)i;
			return 0;
		}
	if (!strchr(text, '/') || strstr(text, ".."))
		return err_set(EINVAL, "usage",
			       "--cgroups=%s: must be auto, split, scope, none, or a path: /BELOW/THE/MOUNT or ./BELOW/OURS", text);
	o->cgroups = CGROUPS_PATH;
	o->cgroups_path = text;
	return 0;
}

static void add_env(struct arena *a, struct strv *env, const char *word)
{
	const char *value;

	if (strchr(word, '='))
		strv_push(a, env, arena_strdup(a, word));
	else if ((value = getenv(word)))
		strv_push(a, env, arena_printf(a, "%s=%s", word, value));
}

static int read_env_file(struct arena *a, const char *path, struct strv *env)
{
	size_t size;
	char *text;
	int r = file_read(a, AT_FDCWD, path, ENV_FILE_MAX, &text, &size);

	if (r < 0)
		return err_in(r, "--env-file");
	for (unsigned number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");
		const char *line = arena_strndup(a, text, len > 0 && text[len - 1] == '\r' ? len - 1 : len);

		if (*line == '=')
			return err_set(EINVAL, "usage", "--env-file %s: line %u has no name before '='", path, number);
		if (*line && *line != '#')
			add_env(a, env, line);
		text += len + (text[len] == '\n');
	}
	return 0;
}

int env_collect(struct arena *a, const struct strv *words, struct strv *ret)
{
	for (size_t i = 0; i < words->n; i++) {
		if (words->v[i][0] == '=' || !words->v[i][0])
			return err_set(EINVAL, "usage", "--env '%s': has no name", words->v[i]);
		add_env(a, ret, words->v[i]);
	}
	return 0;
}

static int collect_env(struct arena *a, const struct run_words *w, struct strv *ret)
{
	int r;

	for (size_t i = 0; i < w->env_files.n; i++)
		if ((r = read_env_file(a, w->env_files.v[i], ret)) < 0)
			return r;
	return env_collect(a, &w->env, ret);
}

/* Ours are all close-on-exec, and the caller's are not: they have gone through execve(2). */
int fds_check(unsigned n)
{
	for (unsigned fd = 3; fd < 3 + n; fd++)
		if (fcntl((int)fd, F_GETFD) != 0)
			return err_set(EBADF, "usage", "--preserve-fds: descriptor %u is not open", fd);
	return 0;
}

unsigned fds_listening(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	long n = fds ? strtol(fds, NULL, 10) : 0;

	return n > 0 && n < INT16_MAX && pid && strtol(pid, NULL, 10) == getpid() ? (unsigned)n : 0;
}

static const char *current_dir(struct arena *a)
{
	char path[PATH_MAX];

	return getcwd(path, sizeof(path)) ? arena_strdup(a, path) : ".";
}

int run_words_to_options(const struct context *c, const struct run_words *w, struct plan_options *o)
{
	int r;

	o->init = (enum init_mode)w->init;
	o->fallback = (enum fallback)w->fallback;
	o->has_terminal = w->terminal || o->form == FORM_USER;
	o->terminal = w->terminal || (!w->detach && isatty(STDIN_FILENO));
	o->workdir = w->workdir;
	o->hostname = w->hostname;
	o->user = w->user;
	o->read_only = w->read_only;
	o->volumes = w->volumes;
	o->tmpfs = w->tmpfs;
	o->cwd = current_dir(c->arena);
	o->preserve_fds = w->preserve_fds;
	o->listen_fds = fds_listening();
	o->listen_names = getenv("LISTEN_FDNAMES");
	o->no_new_keyring = w->no_new_keyring;
	o->manager = w->global.systemd_cgroup ? CGROUP_MANAGER_SYSTEMD : (enum cgroup_manager)w->global.cgroup_manager;
	o->slice = w->slice;
	o->companion = w->detach && o->form == FORM_USER;
	o->limits = w->limits;
	if ((r = parse_cgroups(w->cgroups, o)) < 0)
		return r;
	if ((r = network_words_to_options(c, w, o)) < 0)
		return r;
	if ((r = fds_check(o->listen_fds + o->preserve_fds)) < 0)
		return r;
	if ((r = parse_userns(c->arena, w->userns, o)) < 0)
		return r;
	if ((r = parse_maps(c->arena, "--uidmap", &w->uid_maps, &o->uid_map)) < 0)
		return r;
	if ((r = parse_maps(c->arena, "--gidmap", &w->gid_maps, &o->gid_map)) < 0)
		return r;
	return collect_env(c->arena, w, &o->env);
}
