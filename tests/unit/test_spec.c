/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_spec.c - what is read can be written and read again; what the schema takes and refuses, so do we. */
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "spec/spec.h"
#include "tap.h"
#include <dirent.h>
#include <fcntl.h>

static const char *written(struct arena *a, const struct spec *s, enum json_layout layout)
{
	autojson struct json_writer *w = json_writer_new(layout);

	spec_write(w, s);
	return arena_strdup(a, json_text(w, NULL));
}

/* Write, read and write again: the two texts are equal, and equal to what is checked in where the caller has it. */
static void comes_back(struct arena *a, const struct spec *s, const char *name)
{
	const char *once = written(a, s, JSON_PRETTY), *twice;
	struct spec again;

	if (spec_parse(a, "the copy", once, strlen(once), &again) < 0) {
		claim_text(err_last()->text, NULL, "%s comes back as it was written", name);
		return;
	}
	twice = written(a, &again, JSON_PRETTY);
	claim(strcmp(once, twice) == 0, "%s comes back as it was written", name);
}

/* ---- nothing is lost ---- */

static bool is_known(const char *key)
{
	static const char *const others[] = { "windows", "solaris", "vm", "zos", "freebsd", "org_new", "x", NULL };

	for (size_t i = 0; others[i]; i++)
		if (strcmp(others[i], key) == 0)
			return false;
	return true;
}

/* What says nothing may be left out: null, false, an empty list or object, and a number or text that is the default. */
static bool says_nothing(const struct json *v)
{
	return v->type == JSON_NULL || (v->type == JSON_BOOL && !v->boolean) ||
	       ((v->type == JSON_ARRAY || v->type == JSON_OBJECT) && v->n == 0) || (v->type == JSON_NUMBER && strcmp(v->text, "0") == 0);
}

static const char *lost(struct arena *a, const struct json *from, const struct json *in, const char *at)
{
	const char *missing = NULL;

	if (from->type != in->type)
		return at;
	switch (from->type) {
	case JSON_BOOL:
		return from->boolean == in->boolean ? NULL : at;
	case JSON_NUMBER:
	case JSON_STRING:
		return strcmp(from->text, in->text) == 0 || strcmp(from->text, "SCMP_ACT_KILL") == 0 ? NULL : at;
	case JSON_ARRAY:
		if (from->n != in->n)
			return at;
		for (size_t i = 0; i < from->n && !missing; i++)
			missing = lost(a, &from->items[i], &in->items[i], arena_printf(a, "%s/%zu", at, i));
		return missing;
	case JSON_OBJECT:
		for (size_t i = 0; i < from->n && !missing; i++) {
			const struct json *other = json_get(in, from->keys[i]);
			const char *here = arena_printf(a, "%s/%s", at, from->keys[i]);

			if (!is_known(from->keys[i]) || from->items[i].type == JSON_NULL || (!other && says_nothing(&from->items[i])))
				continue;
			missing = other ? lost(a, &from->items[i], other, here) : here;
		}
		return missing;
	default:
		return NULL;
	}
}

static void loses_nothing(struct arena *a, const char *text, const struct spec *s, const char *name)
{
	const char *copy = written(a, s, JSON_COMPACT);
	struct json before, after;

	if (json_parse(a, name, text, strlen(text), &before) < 0 || json_parse(a, name, copy, strlen(copy), &after) < 0)
		return;
	claim_text(lost(a, &before, &after, ""), NULL, "%s loses nothing", name);
}

static void check_file(const char *dir, const char *name)
{
	autoarena a = { 0 };
	struct spec s;
	size_t len;
	char *text;

	if (file_read(&a, AT_FDCWD, arena_printf(&a, "%s/%s/config.json", dir, name), 1024 * 1024, &text, &len) < 0)
		return;
	if (spec_parse(&a, "config.json", text, len, &s) < 0)
		return; /* the golden test says whether it should */
	comes_back(&a, &s, name);
	loses_nothing(&a, text, &s, name);
}

static void all_golden_configs_come_back(void)
{
	autoarena a = { 0 };
	const char *dir = arena_printf(&a, "%s/tests/golden/cases", top_srcdir());
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);

	claim(n > 2, "there are golden cases in '%s'", dir);
	for (int i = 0; i < n; i++) {
		check_file(dir, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void defaults_are_good(void)
{
	autoarena a = { 0 };
	struct spec s;

	spec_default(&a, &s);
	claim(spec_check(&a, &s) == 0, "what `spec` writes is good");
	comes_back(&a, &s, "what `spec` writes");
	spec_default_rootless(&a, 1000, 100, &s);
	claim(spec_check(&a, &s) == 0, "what `spec --rootless` writes is good");
	claim(s.linux_->uid_mappings.n == 1 && s.linux_->uid_mappings.items[0].host_id == 1000 &&
		      s.linux_->gid_mappings.items[0].host_id == 100,
	      "and bound to the user");
	comes_back(&a, &s, "what `spec --rootless` writes");
}

/* ---- the schema in small ---- */

static void takes(const char *members)
{
	autoarena a = { 0 };
	const char *text = arena_printf(&a, "{\"ociVersion\":\"1.0.0\"%s}", members);
	struct spec s;
	int r = spec_parse(&a, "x", text, strlen(text), &s);

	claim_text(r < 0 ? err_last()->text : NULL, NULL, "takes %s", members);
}

static void refuses(const char *members)
{
	autoarena a = { 0 };
	const char *text = arena_printf(&a, "{\"ociVersion\":\"1.0.0\"%s}", members);
	struct spec s;

	claim(spec_parse(&a, "x", text, strlen(text), &s) == -EINVAL, "refuses %s", members);
}

static void bounds_are_those_of_the_schema(void)
{
	takes("");
	takes(",\"process\":{\"cwd\":\"/\"}");
	takes(",\"linux\":{\"netDevices\":{\"eth0\":{\"name\":\"c\"},\"eth1\":{}}}");
	refuses(",\"linux\":{\"netDevices\":{\"eth0\":{\"name\":23}}}");
	refuses(",\"linux\":{\"netDevices\":[]}");
	takes(",\"linux\":{\"resources\":{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},\"mlx4_0\":{}}}}");
	refuses(",\"linux\":{\"resources\":{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":\"not a uint32\"}}}}");
	takes(",\"linux\":{\"resources\":{\"hugepageLimits\":[{\"limit\":1234123,\"pageSize\":\"64KB\"}]}}");
	refuses(",\"linux\":{\"resources\":{\"hugepageLimits\":[{\"limit\":1234123,\"pageSize\":\"64kB\"}]}}");
	refuses(",\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"64KB\"}]}}");
	takes(",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":4294967295,\"gid\":0}}");
	refuses(",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":4294967296}}");
	takes(",\"linux\":{\"resources\":{\"cpu\":{\"shares\":18446744073709551615,\"quota\":-9223372036854775808}}}");
	refuses(",\"linux\":{\"resources\":{\"cpu\":{\"shares\":18446744073709551616}}}");
	refuses(",\"linux\":{\"resources\":{\"cpu\":{\"quota\":-9223372036854775809}}}");
	takes(",\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65535}}}");
	takes(",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":-1000}");
	refuses(",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":true}");
	takes(",\"linux\":{\"intelRdt\":{\"memBwSchema\":\"MB:0=20\"}}");
	refuses(",\"linux\":{\"intelRdt\":{\"memBwSchema\":\"L3:0=20\"}}");
	takes(",\"process\":{\"cwd\":\"/\",\"execCPUAffinity\":{\"initial\":\"0-3, 7\",\"final\":\"\"}}");
	refuses(",\"process\":{\"cwd\":\"/\",\"execCPUAffinity\":{\"initial\":\"all\"}}");
	takes(",\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":1}]}");
	refuses(",\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":0}]}");
	refuses(",\"hooks\":{\"prestart\":{\"path\":\"/x\"}}");
	takes(",\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":-1,\"nanosecs\":4294967295}}}");
	refuses(",\"linux\":{\"timeOffsets\":{\"boottime\":{\"nanosecs\":-1}}}");
	takes(",\"annotations\":{\"\":\"\"}");
	takes(",\"windows\":5,\"org.example\":[null]");
	takes(",\"hostname\":null");
	refuses(",\"hostname\":5");
}

static void names_of_files_are_told(void)
{
	autoarena a = { 0 };
	struct spec s;

	claim(spec_load(&a, "/nonexistent/config.json", &s) == -ENOENT, "a missing file is ENOENT");
	claim_text(err_last()->text, "cannot open '/nonexistent/config.json': No such file or directory", "with its path");
	claim(spec_load(&a, "/dev/null", &s) == -EINVAL, "a device is refused");
	claim(spec_load(&a, "/", &s) == -EISDIR, "a directory is refused");
}

/* For schema.test: which of the files we take. */
static int print_verdicts(int n, char *files[])
{
	for (int i = 0; i < n; i++) {
		autoarena a = { 0 };
		struct spec s;
		int r = spec_load(&a, files[i], &s);

		printf("%s %s%s%s\n", r < 0 ? "refused" : "taken", files[i], r < 0 ? " " : "", r < 0 ? err_last()->text : "");
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "--verdicts") == 0)
		return print_verdicts(argc - 2, argv + 2);
	defaults_are_good();
	bounds_are_those_of_the_schema();
	names_of_files_are_told();
	all_golden_configs_come_back();
	return tap_done();
}
