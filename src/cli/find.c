/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/find.h"
#include "base/err.h"
#include "cli/output.h"
#include "run/state.h"
#include "spec/spec.h"
#include <regex.h>

int find_container(const struct context *c, const char *root, const char *id, struct container *ret)
{
	int fd, r = state_find_root(c->arena, root, &fd);

	*ret = (struct container){ .dir = -1 };
	return r < 0 ? r : container_open_settled(c->arena, fd, id, ret);
}

int find_matching(const struct context *c, const char *root, const char *regex, struct strv *ret)
{
	struct strv all = { 0 };
	regex_t compiled;
	int fd, r;

	if (regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB) != 0)
		return err_set(EINVAL, "usage", "--regex '%s': is not a regular expression", regex);
	if ((r = state_find_root(c->arena, root, &fd)) == 0)
		r = container_list(c->arena, fd, &all);
	for (size_t i = 0; i < all.n; i++)
		if (regexec(&compiled, all.v[i], 0, NULL, 0) == 0)
			strv_push(c->arena, ret, all.v[i]);
	regfree(&compiled);
	return r;
}

int find_only_word(const char *command, const struct strv *words, const char **ret)
{
	if (words->n != 1)
		return words->n == 0 ? err_set(EINVAL, "usage", "%s needs the id of a container", command)
				     : err_set(EINVAL, "usage", "%s takes one id: '%s'", command, words->v[1]);
	*ret = words->v[0];
	return 0;
}

int find_each(const struct context *c, const char *root, const struct strv *ids, int (*act)(const struct container *, void *ctx), void *ctx)
{
	int status = 0;

	for (size_t i = 0; i < ids->n; i++) {
		autocontainer found;
		int r = find_container(c, root, ids->v[i], &found);

		if (r == 0)
			r = act(&found, ctx);
		if (r < 0 && i + 1 == ids->n)
			return r;
		if (r < 0) {
			(void)report_error(c->report);
			status = 1;
		}
	}
	return status;
}

int find_spec(const struct container *c, struct spec *ret)
{
	size_t len;
	char *text;
	int r = container_read_config(c, SPEC_SIZE_MAX, &text, &len);

	return r < 0 ? r : spec_parse(c->arena, "config.json", text, len, ret);
}

int find_hooks(const struct container *c, struct plan_hooks *ret)
{
	struct spec spec;
	int r;

	*ret = (struct plan_hooks){ 0 };
	if (!c->record.has_hooks)
		return 0;
	if ((r = find_spec(c, &spec)) < 0)
		return r;
	plan_hooks(c->arena, &spec, ret);
	return 0;
}

static int delete_once(const struct context *c, int root, const char *id, bool force)
{
	autocontainer found = { .dir = -1 };
	struct plan_hooks hooks = { 0 };
	int r = container_open_settled(c->arena, root, id, &found);

	if (r == -ENOENT && found.dir < 0)
		return force ? 0 : r;
	if (found.dir < 0 || r == -EBUSY || (r < 0 && !force))
		return r;
	if (r == 0)
		r = find_hooks(&found, &hooks);
	if (r < 0 && !force)
		return r;
	if (r < 0) /* spoilt, and therefore to be removed all the more */
		log_warn("state", "%s", err_last()->text);
	return container_delete(&found, force, &hooks.poststop);
}

int find_and_delete(const struct context *c, const char *root, const char *id, bool force)
{
	int fd, r = state_find_root(c->arena, root, &fd);

	if (r < 0)
		return r;
	do
		r = delete_once(c, fd, id, force);
	while (r == -EAGAIN);
	if (r == 0)
		(void)unlink(output_path(c->arena, id));
	return r;
}
