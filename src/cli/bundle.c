/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bundle.h"
#include "linux/host_probe.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

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

int bundle_choose_form(const struct context *c, bool given, const char *word, enum form *ret)
{
	bool is_path = strchr(word, '/') || strcmp(word, ".") == 0 || strcmp(word, "..") == 0;

	if (given || c->compat)
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

const char *bundle_id(struct arena *a, const char *bundle)
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

static int load(const struct context *c, const char *bundle, const char *config, struct spec *ret)
{
	const char *path = config ? config : arena_printf(c->arena, "%s/config.json", bundle);
	struct stat st;
	int r;

	if (stat(bundle, &st) < 0)
		return err_set(errno, "bundle", "cannot open the bundle '%s': %s", bundle, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return no_bundle(bundle);
	if (!config && access(path, F_OK) < 0 && has_file(c->arena, bundle, "oci-layout"))
		return err_advise(
			err_set(ENOENT, "bundle", "'%s' is an OCI image layout, not a bundle", bundle),
			&(struct advice){ .now = arena_printf(c->arena, "umoci unpack --rootless --image %s:TAG BUNDLE", bundle) });
	if (!config && access(path, F_OK) < 0)
		return err_advise(
			err_set(ENOENT, "bundle", "'%s' is not a bundle: it has no config.json", bundle),
			&(struct advice){ .now = arena_printf(c->arena, "urun spec -b %s writes one for the root file system %s/rootfs",
							      bundle, bundle) });
	if ((r = spec_load(c->arena, path, ret)) < 0)
		return r;
	return spec_check(c->arena, ret);
}

int bundle_plan(const struct context *c, const char *bundle, const char *config, struct plan_options *o, struct spec *spec,
		struct plan *ret)
{
	struct host_query q;
	struct host host;
	int r;

	if ((r = load(c, bundle, config, spec)) < 0)
		return r;
	if ((r = plan_edit(c->arena, spec, o)) < 0)
		return r;
	plan_query(c->arena, spec, o, &q);
	q.bundle = bundle;
	if ((r = host_probe(c->arena, &q, &host)) < 0)
		return r;
	return plan_build(c->arena, spec, &host, o, ret);
}

/* Each code is told once a run; explain shows all. */
static bool is_told(const struct plan *p, size_t note)
{
	for (size_t i = 0; i < note; i++)
		if (p->notes.items[i].kind == NOTE_WARNING && strcmp(p->notes.items[i].code, p->notes.items[note].code) == 0)
			return true;
	return false;
}

void tell_notes(const struct plan *p, enum fallback fallback)
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
