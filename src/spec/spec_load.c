/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "base/file.h"
#include "spec/spec.h"
#include "spec/spec_fields.h"
#include <fcntl.h>
#include <string.h>

int spec_parse(struct arena *a, const char *name, const char *text, size_t len, struct spec *ret)
{
	struct json tree;
	struct spec s = { 0 };
	int r;

	if ((r = json_parse(a, name, text, len, &tree)) < 0)
		return r;
	if ((r = fields_read(a, &spec_fields, name, &tree, &s)) < 0)
		return r;
	/* Everything behind can rely on these two. */
	if (!s.linux_)
		s.linux_ = arena_alloc(a, sizeof(*s.linux_));
	if (!s.hooks)
		s.hooks = arena_alloc(a, sizeof(*s.hooks));
	*ret = s;
	return 0;
}

int spec_parse_process(struct arena *a, const char *name, const char *text, size_t len, struct spec_process *ret)
{
	struct json tree;
	int r = json_parse(a, name, text, len, &tree);

	*ret = (struct spec_process){ 0 };
	return r < 0 ? r : fields_read(a, &spec_process_fields, name, &tree, ret);
}

int spec_load(struct arena *a, const char *path, struct spec *ret)
{
	const char *slash = strrchr(path, '/');
	size_t len;
	char *text;
	int r;

	if ((r = file_read(a, AT_FDCWD, path, SPEC_SIZE_MAX, &text, &len)) < 0)
		return r;
	return spec_parse(a, slash ? slash + 1 : path, text, len, ret);
}

void spec_write(struct json_writer *w, const struct spec *s)
{
	fields_write(w, &spec_fields, s);
}

const char *spec_text(struct arena *a, const struct spec *s)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	spec_write(w, s);
	return arena_strdup(a, json_text(w, NULL));
}
