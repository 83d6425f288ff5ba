/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"
#include "base/json.h"
#include "cli/commands.h"
#include "spec/spec.h"
#include <fcntl.h>
#include <string.h>

struct spec_words {
	struct global_options global;
	const char *bundle, *file, *rootfs;
	bool rootless;
};

static const struct opt rows[] = {
	{ 'b', "bundle", "DIR", OPT_STRING, offsetof(struct spec_words, bundle), "where config.json is written (default: here)" },
	{ 'f', "file", "FILE", OPT_STRING, offsetof(struct spec_words, file), "name of the file (default: config.json)" },
	{ 0, "rootfs", "DIR", OPT_STRING, offsetof(struct spec_words, rootfs), "the root file system (default: rootfs)" },
	{ 0, "rootless", NULL, OPT_FLAG, offsetof(struct spec_words, rootless), "as runc writes it: one id, bound to you" },
};
const struct opt_table spec_options = OPT_TABLE(rows);

static int write_config(const char *dir, const char *file, const char *text, size_t len)
{
	autoclose int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int r;

	if (at < 0)
		return err_sys("cannot open '%s'", dir);
	if ((fd = openat(at, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0)
		return errno == EEXIST ? err_advise(err_set(EEXIST, "exists", "'%s/%s' exists already", dir, file),
						    &(struct advice){ .now = "remove it first" })
				       : err_sys("cannot write '%s/%s'", dir, file);
	if ((r = write_all(fd, text, len)) < 0) {
		(void)unlinkat(at, file, 0);
		errno = -r;
		return err_sys("cannot write '%s/%s'", dir, file);
	}
	return 0;
}

int cmd_spec(const struct context *c, int argc, char *argv[])
{
	autojson struct json_writer *w = NULL;
	struct spec_words words = { 0 };
	struct strv rest = { 0 };
	struct spec spec;
	const char *text;
	size_t len;
	int r = command_options(c, command_find("spec"), OPT_ANYWHERE, argc, argv, &words, &rest);

	if (r != 0)
		return r == 1 ? 0 : r;
	if (rest.n > 0)
		return err_set(EINVAL, "usage", "spec takes no word: '%s'", rest.v[0]);
	if (words.rootless)
		spec_default_rootless(c->arena, geteuid(), getegid(), &spec);
	else
		spec_default(c->arena, &spec);
	if (words.rootfs)
		spec.root->path = arena_strdup(c->arena, words.rootfs);
	w = json_writer_new(JSON_PRETTY);
	spec_write(w, &spec);
	text = json_text(w, &len);
	return write_config(words.bundle ? words.bundle : ".", words.file ? words.file : "config.json", text, len);
}
