/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_run.c - run, and explain, which is run that stops before anything is done. */
#include "base/file.h"
#include "base/json.h"
#include "cli/commands.h"
#include "linux/host_probe.h"
#include "plan/plan.h"
#include "run/run.h"
#include "run/state.h"
#include "spec/spec.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { ENV_FILE_MAX = 1024 * 1024 };

struct run_words {
	struct global_options global;
	const char *bundle, *name, *pidfile, *workdir, *user, *hostname, *userns;
	struct strv env, env_files, volumes, tmpfs, uid_maps, gid_maps;
	int init, fallback, format;
	bool replace, interactive, terminal, read_only, dry_run;
};

#define AT(field) offsetof(struct run_words, field)

#define RUN_ROWS                                                                                                                               \
	{ 'b', "bundle", "DIR", OPT_STRING, AT(bundle), "runc's form: the bundle; the one word is the id then" },                              \
		{ 0, "name", "ID", OPT_STRING, AT(name), "id of the container (default: name of the bundle and four digits)" },                \
		{ 0, "replace", NULL, OPT_FLAG, AT(replace), "stop and remove a container of the same id first" },                             \
		{ 'i', "interactive", NULL, OPT_FLAG, AT(interactive), "keep standard input open (always so in the foreground)" },             \
		{ 't', "tty", NULL, OPT_FLAG, AT(terminal), "give it a terminal (default: when standard input is one)" },                      \
		{ 'e', "env", "NAME[=VALUE]", OPT_LIST, AT(env), "set an environment variable; without VALUE take ours" },                     \
		{ 0, "env-file", "FILE", OPT_LIST, AT(env_files), "read environment variables from FILE, one a line" },                        \
		{ 'w', "workdir", "DIR", OPT_STRING, AT(workdir), "working directory in the container" },                                      \
		{ 'u', "user", "USER[:GROUP]", OPT_STRING, AT(user), "run as this user: ids, or names of the container" },                     \
		{ 0, "hostname", "NAME", OPT_STRING, AT(hostname), "name of the host in the container" },                                      \
		{ 0, "read-only", NULL, OPT_FLAG, AT(read_only), "make the root file system read-only" },                                      \
		{ 'v',	    "volume",	 "SOURCE:DIR[:OPTIONS]",                                                                               \
		  OPT_LIST, AT(volumes), "bind a file or directory: ro, rw, rbind, or any mount option" },                                     \
		{ 0, "tmpfs", "DIR[:OPTIONS]", OPT_LIST, AT(tmpfs), "mount a tmpfs" },                                                         \
		{ 0, "userns", "MODE", OPT_STRING, AT(userns), "user ids: auto, full, single, keep-id[:uid=N,gid=N,size=N], nomap, config" },  \
		{ 0, "uidmap", "INSIDE:FROM:COUNT", OPT_LIST, AT(uid_maps), "map user ids; FROM 0 is yourself, 1 your first subordinate id" }, \
		{ 0, "gidmap", "INSIDE:FROM:COUNT", OPT_LIST, AT(gid_maps), "map group ids in the same way" },                                 \
		{ 0, "init", "auto|yes|no", OPT_MAYBE, AT(init), "run a reaper as process 1 (auto: unless the command is an init)" },          \
		{ 0, "pidfile", "FILE", OPT_STRING, AT(pidfile), "write the process id of process 1, as the host sees it" },                   \
		{ 0, "pid-file", "FILE", OPT_STRING, AT(pidfile), NULL },                                                                      \
	{                                                                                                                                      \
		0, "fallback", "warn|error|quiet", OPT_CHOICE, AT(fallback), "what to do when something works less than it could"              \
	}

static const struct opt run_rows[] = {
	RUN_ROWS,
	{ 0, "dry-run", NULL, OPT_FLAG, AT(dry_run), "show the plan and do nothing" },
};
const struct opt_table run_options = OPT_TABLE(run_rows);

static const struct opt explain_rows[] = {
	RUN_ROWS,
	{ 0, "format", "text|json", OPT_CHOICE, AT(format), "form of the plan" },
};
const struct opt_table explain_options = OPT_TABLE(explain_rows);

/* ---- which form, which bundle, which id ---- */

static bool has_file(struct arena *a, const char *dir, const char *name)
{
	return access(arena_printf(a, "%s/%s", dir, name), F_OK) == 0;
}

static int no_bundle(const char *word)
{
	const char *slash = strrchr(word, '/');
	struct stat st;

	if (slash && strcmp(slash, "/config.json") == 0)
		return err_advise(err_set(ENOTDIR, "bundle", "'%s' is a file, not a bundle", word),
				  &(struct advice){ .now = "name the directory that it is in" });
	if (stat(word, &st) == 0 && S_ISREG(st.st_mode))
		return err_advise(err_set(ENOTDIR, "bundle", "'%s' is a file, not a bundle", word),
				  &(struct advice){ .now = "unpack the image first: umoci unpack --rootless --image … BUNDLE" });
	return err_advise(err_set(ENOENT, "bundle", "'%s': no such bundle, and no config.json in the current directory", word),
			  &(struct advice){ .now = "urun run ./DIR, or cd into the bundle" });
}

/* In this order, so that both command lines mean what their users expect. */
static int choose_form(const struct context *c, const struct run_words *w, const char *word, enum form *ret)
{
	bool is_path = strchr(word, '/') || strcmp(word, ".") == 0 || strcmp(word, "..") == 0;

	if (w->bundle || c->compat)
		*ret = FORM_RUNC;
	else if (is_path)
		*ret = FORM_USER;
	else if (access("config.json", F_OK) == 0)
		*ret = FORM_RUNC;
	else if (has_file(c->arena, word, "config.json") || has_file(c->arena, word, "oci-layout"))
		*ret = FORM_USER;
	else
		return no_bundle(word);
	return 0;
}

/* The bundle's name and four digits; what an id cannot have becomes '-'. */
static const char *make_id(struct arena *a, const char *bundle)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	char path[PATH_MAX], *name = realpath(bundle, path) ? strrchr(path, '/') + 1 : path;
	uint16_t digits = 0;
	char *id;

	if (name == path || !*name)
		(void)snprintf(name = path, sizeof(path), "container");
	id = arena_printf(a, "%.40s", name);
	for (char *p = id; *p; p++)
		if (!strchr(allowed, *p))
			*p = '-';
	(void)getrandom(&digits, sizeof(digits), 0);
	return arena_printf(a, "%s-%04x", id, digits);
}

/* ---- from words to plan options ---- */

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

/* "NAME=VALUE", or "NAME" for what we have ourselves; an unset one is passed over. */
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

static int collect_env(struct arena *a, const struct run_words *w, struct strv *ret)
{
	int r;

	for (size_t i = 0; i < w->env_files.n; i++)
		if ((r = read_env_file(a, w->env_files.v[i], ret)) < 0)
			return r;
	for (size_t i = 0; i < w->env.n; i++) {
		if (w->env.v[i][0] == '=' || !w->env.v[i][0])
			return err_set(EINVAL, "usage", "--env '%s': has no name", w->env.v[i]);
		add_env(a, ret, w->env.v[i]);
	}
	return 0;
}

static const char *current_dir(struct arena *a)
{
	char path[PATH_MAX];

	return getcwd(path, sizeof(path)) ? arena_strdup(a, path) : ".";
}

static int make_options(const struct context *c, const struct run_words *w, struct plan_options *o)
{
	int r;

	o->init = (enum init_mode)w->init;
	o->fallback = (enum fallback)w->fallback;
	o->has_terminal = w->terminal || o->form == FORM_USER;
	o->terminal = w->terminal || isatty(STDIN_FILENO);
	o->workdir = w->workdir;
	o->hostname = w->hostname;
	o->user = w->user;
	o->read_only = w->read_only;
	o->volumes = w->volumes;
	o->tmpfs = w->tmpfs;
	o->cwd = current_dir(c->arena);
	if ((r = parse_userns(c->arena, w->userns, o)) < 0)
		return r;
	if ((r = parse_maps(c->arena, "--uidmap", &w->uid_maps, &o->uid_map)) < 0)
		return r;
	if ((r = parse_maps(c->arena, "--gidmap", &w->gid_maps, &o->gid_map)) < 0)
		return r;
	return collect_env(c->arena, w, &o->env);
}

/* ---- from the bundle to a plan ---- */

static int load(const struct context *c, const char *bundle, struct spec *ret)
{
	const char *path = arena_printf(c->arena, "%s/config.json", bundle);
	struct stat st;
	int r;

	if (stat(bundle, &st) < 0)
		return err_set(errno, "bundle", "cannot open the bundle '%s': %s", bundle, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return no_bundle(bundle);
	if (access(path, F_OK) < 0 && has_file(c->arena, bundle, "oci-layout"))
		return err_advise(
			err_set(ENOENT, "bundle", "'%s' is an OCI image layout, not a bundle", bundle),
			&(struct advice){ .now = arena_printf(c->arena, "umoci unpack --rootless --image %s:TAG BUNDLE", bundle) });
	if (access(path, F_OK) < 0)
		return err_advise(
			err_set(ENOENT, "bundle", "'%s' is not a bundle: it has no config.json", bundle),
			&(struct advice){ .now = arena_printf(c->arena, "urun spec -b %s writes one for the root file system %s/rootfs",
							      bundle, bundle) });
	if ((r = spec_load(c->arena, path, ret)) < 0)
		return r;
	return spec_check(c->arena, ret);
}

static int decide(const struct context *c, const char *bundle, struct plan_options *o, struct plan *ret)
{
	struct host_query q;
	struct spec spec;
	struct host host;
	int r;

	if ((r = load(c, bundle, &spec)) < 0)
		return r;
	if ((r = plan_edit(c->arena, &spec, o)) < 0)
		return r;
	plan_query(c->arena, &spec, o, &q);
	q.bundle = bundle;
	if ((r = host_probe(c->arena, &q, &host)) < 0)
		return r;
	return plan_build(c->arena, &spec, &host, o, ret);
}

/* Each code is told once a run; explain shows all. */
static bool is_told(const struct plan *p, size_t note)
{
	for (size_t i = 0; i < note; i++)
		if (p->notes.items[i].kind == NOTE_WARNING && strcmp(p->notes.items[i].code, p->notes.items[note].code) == 0)
			return true;
	return false;
}

static void tell_notes(const struct plan *p, enum fallback fallback)
{
	for (size_t i = 0; i < p->notes.n; i++) {
		const struct note *n = &p->notes.items[i];
		bool warn = n->kind == NOTE_WARNING && fallback != FALLBACK_QUIET && !is_told(p, i);

		log_say(&(struct log_line){
			.level = warn ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
			.code = n->code,
			.text = n->text,
			.advice = n->advice,
		});
	}
}

static int show(const struct context *c, const struct plan *p, int format)
{
	autojson struct json_writer *w = NULL;

	if (format == 0)
		return print(plan_text(c->arena, p));
	w = json_writer_new(JSON_PRETTY);
	plan_json(w, p);
	return print(json_text(w, NULL));
}

/* ---- the commands ---- */

static int read_words(const struct context *c, const char *name, int argc, char *argv[], struct run_words *w, struct plan_options *o,
		      const char **ret_bundle)
{
	struct strv words = { 0 };
	int r = command_options(c, command_find(name), OPT_AROUND_WORD, argc, argv, w, &words);

	if (r != 0)
		return r;
	if (words.n == 0)
		return err_advise(err_set(EINVAL, "usage", "%s needs a bundle", name),
				  &(struct advice){ .now = arena_printf(c->arena, "urun %s --help", name) });
	if ((r = choose_form(c, w, words.v[0], &o->form)) < 0)
		return r;
	if (o->form == FORM_RUNC && words.n > 1)
		return err_set(EINVAL, "usage", "'%s': with an id there are no further words; the command is in config.json", words.v[1]);
	*ret_bundle = o->form == FORM_USER ? words.v[0] : w->bundle ? w->bundle : ".";
	o->id = o->form == FORM_RUNC ? words.v[0] : w->name ? w->name : make_id(c->arena, words.v[0]);
	for (size_t i = 1; i < words.n; i++)
		strv_push(c->arena, &o->args, words.v[i]);
	if ((r = state_check_id(o->id)) < 0)
		return r;
	return make_options(c, w, o);
}

int cmd_run(const struct context *c, int argc, char *argv[])
{
	struct run_words w = { 0 };
	struct plan_options o = { 0 };
	struct plan plan;
	const char *bundle;
	int r = read_words(c, "run", argc, argv, &w, &o, &bundle);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = decide(c, bundle, &o, &plan)) < 0)
		return r;
	if (w.dry_run)
		return show(c, &plan, 0);
	/* Callers of runc expect silence on standard error while all goes well; --log has the notes. */
	c->report->quiet_stderr = o.form == FORM_RUNC;
	tell_notes(&plan, o.fallback);
	c->report->quiet_stderr = false;
	return run_container(c->arena, &(struct run_request){
					       .plan = &plan,
					       .state_root = w.global.root,
					       .pidfile = w.pidfile,
					       .replace = w.replace,
					       .log_level = c->report->level,
				       });
}

int cmd_explain(const struct context *c, int argc, char *argv[])
{
	struct run_words w = { 0 };
	struct plan_options o = { 0 };
	struct plan plan;
	const char *bundle;
	int r = read_words(c, "explain", argc, argv, &w, &o, &bundle);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = decide(c, bundle, &o, &plan)) < 0)
		return r;
	return show(c, &plan, w.format);
}
