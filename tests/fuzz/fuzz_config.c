/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_config.c - any bytes as config.json, on a machine that the first ones choose: a plan or a sentence, and what
 * every plan promises.
 *
 * With clang -fsanitize=fuzzer it searches; without (main below) it replays files. A file of the corpus starts with
 * SETUP_BYTES bytes that are not part of config.json. */
#include "../golden/promise.h"
#include "base/json.h"
#include "plan/plan.h"
#include "spec/spec.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { SETUP_BYTES = 4, TEXT_MAX = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- an invented machine ---- */

static void add_range(struct arena *a, struct id_ranges *l, uint32_t start, uint32_t count)
{
	*arena_push(a, l) = (struct id_range){ .start = start, .count = count };
}

static void invent_ranges(struct arena *a, unsigned kind, struct id_ranges *l)
{
	switch (kind) {
	case 0:
		return;
	case 1:
		add_range(a, l, 100000, 65536);
		return;
	case 2: /* around and behind our own id, and twice */
		add_range(a, l, 1001, 500);
		add_range(a, l, 900, 200);
		add_range(a, l, 100000, 10);
		return;
	default: /* more than the kernel takes */
		for (uint32_t i = 0; i < 400; i++)
			add_range(a, l, 100000 + 20 * i, 10);
	}
}

static struct host invent_host(struct arena *a, uint8_t x, uint8_t y)
{
	struct host h = {
		.uid = 1000,
		.gid = 1000,
		.user = x & 0x10 ? NULL : arena_strdup(a, "alice"),
		.may_map_any = (x & 0x60) == 0x60,
		.no_new_privs = (x & 0x60) == 0x20,
		.newuidmap = { .path = arena_strdup(a, "/usr/bin/newuidmap"),
			       .problem = (x & 0xe0) == 0x80 ? HELPER_NOT_SETUID : HELPER_OK },
		.newgidmap = { .path = arena_strdup(a, "/usr/bin/newgidmap") },
		.proc_masked = y & 1,
		.sys_masked = y & 2,
		.apparmor = y & 4,
		.selinux = y & 8,
		.bundle = arena_strdup(a, "/b"),
		.rootfs = arena_strdup(a, "/b/rootfs"),
		.rootfs_kind = y & 16 ? FILE_SYMLINK : FILE_DIRECTORY,
		.rootfs_writable = y & 32,
		.init_helper = y & 64 ? arena_strdup(a, "/init") : NULL,
		.user_found = y & 128,
		.user_uid = 5,
		.user_gid = 5,
	};

	invent_ranges(a, x & 3, &h.subuids);
	invent_ranges(a, x >> 2 & 3, &h.subgids);
	if (h.may_map_any) {
		h.uid = h.gid = 0;
		add_range(a, &h.own_uids, 0, 65536);
		add_range(a, &h.own_gids, 0, 1000);
	}
	for (int i = 0; i < HOST_RLIMITS; i++)
		h.rlimit_hard[i] = i % 2 ? (uint64_t)RLIM_INFINITY : 4096;
	return h;
}

static struct plan_options invent_options(struct arena *a, uint8_t x, uint8_t y)
{
	struct plan_options o = {
		.form = x & 1 ? FORM_RUNC : FORM_USER,
		.id = "id",
		.cwd = "/c",
		.init = (enum init_mode)(x >> 1 & 1),
		.userns = (enum userns_mode)((x >> 2) % (USERNS_CONFIG + 1)),
		.fallback = x & 0x80 ? FALLBACK_ERROR : FALLBACK_WARN,
		.read_only = y & 1,
		.has_terminal = y & 2,
		.terminal = y & 4,
		.hostname = y & 8 ? "h" : NULL,
		.user = (y & 0x30) == 0x10   ? "5:6"
			: (y & 0x30) == 0x20 ? "name:group"
					     : NULL,
	};

	if (o.userns == USERNS_KEEP_ID && y & 0x40)
		o.keep_id = (struct keep_id){ .has_uid = true, .uid = 70000, .has_size = true, .size = 1 + y };
	if (y & 0x80) {
		strv_push(a, &o.volumes, arena_strdup(a, "./v:/v:ro"));
		strv_push(a, &o.tmpfs, arena_strdup(a, "/t:size=1m"));
		strv_push(a, &o.env, arena_strdup(a, "PATH=/x"));
	}
	return o;
}

/* Some places are there, some are not; the first device of the questions is of the wrong kind. */
static void answer(struct arena *a, const struct host_query *q, struct host *h)
{
	for (size_t i = 0; i < q->targets.n; i++)
		*arena_push(a, &h->targets) = (struct host_file){ .path = q->targets.v[i], .kind = i % 3 ? FILE_DIRECTORY : FILE_MISSING };
	for (size_t i = 0; i < q->sources.n; i++)
		*arena_push(a, &h->sources) = (struct host_file){ .path = q->sources.v[i], .kind = FILE_DIRECTORY };
	for (size_t i = 0; i < q->devices.n; i++)
		*arena_push(a, &h->devices) =
			(struct host_file){ .path = q->devices.v[i], .kind = FILE_CHAR, .major = 1, .minor = (uint32_t)i + 3 };
}

/* ---- one input ---- */

static void must_hold(const char *broken)
{
	if (!broken)
		return;
	fprintf(stderr, "broken promise: %s\n", broken);
	abort();
}

/* What was understood can be written and understood again. */
static void write_again(struct arena *a, const struct spec *s)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	struct spec again;
	const char *text;
	size_t len;

	spec_write(w, s);
	text = json_text(w, &len);
	must_hold(spec_parse(a, "the copy", text, len, &again) < 0 ? err_last()->text : NULL);
}

static int plan_it(struct arena *a, struct spec *s, const uint8_t *setup)
{
	struct plan_options o = invent_options(a, setup[2], setup[3]);
	struct host h = invent_host(a, setup[0], setup[1]);
	struct host_query q;
	struct plan plan;
	int r;

	if ((r = plan_edit(a, s, &o)) < 0)
		return r;
	plan_query(a, s, &o, &q);
	answer(a, &q, &h);
	if ((r = plan_build(a, s, &h, &o, &plan)) < 0)
		return r;
	(void)plan_text(a, &plan);
	must_hold(promise_broken(a, &plan, &h));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena a = { 0 };
	struct spec s;
	int r;

	if (size < SETUP_BYTES || size > TEXT_MAX)
		return 0;
	r = spec_parse(&a, "config.json", (const char *)data + SETUP_BYTES, size - SETUP_BYTES, &s);
	if (r == 0)
		r = spec_check(&a, &s);
	if (r == 0) {
		write_again(&a, &s);
		r = plan_it(&a, &s, data);
	}
	must_hold(r < 0 && !err_last()->text[0] ? "a refusal has a sentence" : NULL);
	return 0;
}

#ifndef FUZZING
#include "../unit/tap.h"
#include "base/file.h"
#include <dirent.h>
#include <fcntl.h>

static void replay_file(const char *path, bool is_config)
{
	static const uint8_t setups[][SETUP_BYTES] = {
		{ 0x05, 0x60, 0x00, 0x00 }, { 0x00, 0x03, 0x02, 0x86 }, { 0x0a, 0x40, 0x0c, 0x40 },
		{ 0x0f, 0x20, 0x01, 0x19 }, { 0x61, 0x4f, 0x10, 0x20 },
	};
	autoarena a = { 0 };
	uint8_t *input;
	size_t len;
	char *text;

	if (file_read(&a, AT_FDCWD, path, TEXT_MAX, &text, &len) < 0) {
		claim(false, "%s", err_last()->text);
		return;
	}
	if (!is_config) {
		(void)LLVMFuzzerTestOneInput((const uint8_t *)text, len);
	} else {
		input = arena_alloc(&a, len + SETUP_BYTES);
		memcpy(input + SETUP_BYTES, text, len);
		for (size_t i = 0; i < ARRAY_SIZE(setups); i++) {
			memcpy(input, setups[i], SETUP_BYTES);
			(void)LLVMFuzzerTestOneInput(input, len + SETUP_BYTES);
		}
	}
	claim(true, "%s", path);
}

static void replay_dir(const char *dir, bool is_config)
{
	autoarena a = { 0 };
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			replay_file(arena_printf(&a, "%s/%s%s", dir, entries[i]->d_name, is_config ? "/config.json" : ""), is_config);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* Without words: the golden configurations, each on several machines, and what was found before. */
int main(int argc, char *argv[])
{
	autoarena a = { 0 };

	for (int i = 1; i < argc; i++)
		replay_file(argv[i], false);
	if (argc == 1) {
		replay_dir(arena_printf(&a, "%s/tests/golden/cases", top_srcdir()), true);
		replay_dir(arena_printf(&a, "%s/tests/fuzz/corpus", top_srcdir()), false);
	}
	return tap_done();
}
#endif
