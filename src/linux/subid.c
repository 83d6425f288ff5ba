/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/subid.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "linux/helper.h"
#include "linux/userdb.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 16 * 1024 * 1024 };

static bool is_owner(const char *line, size_t len, const char *user, uint32_t uid)
{
	char number[16];
	int n = snprintf(number, sizeof(number), "%u", uid);

	return (user && len == strlen(user) && memcmp(line, user, len) == 0) || (len == (size_t)n && memcmp(line, number, len) == 0);
}

/* "owner:start:count"; what is malformed or wraps around grants nothing (shadow issue 1629). */
static bool parse_line(const char *line, struct id_range *ret)
{
	unsigned long long start, count;
	char *end;

	line = strchr(line, ':');
	if (!line || line[1] < '0' || line[1] > '9')
		return false;
	start = strtoull(line + 1, &end, 10);
	if (*end != ':' || end[1] < '0' || end[1] > '9')
		return false;
	count = strtoull(end + 1, &end, 10);
	if ((*end && *end != '\n') || count == 0 || start > UINT32_MAX || count > UINT32_MAX - start)
		return false;
	*ret = (struct id_range){ .start = (uint32_t)start, .count = (uint32_t)count };
	return true;
}

void subid_parse(struct arena *a, const char *text, const char *user, uint32_t uid, struct id_ranges *ret, uint64_t *ret_end)
{
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		struct id_range range;

		len = strcspn(text, "\n");
		if (!memchr(text, ':', len) || !parse_line(text, &range))
			continue;
		if (range.start + (uint64_t)range.count > *ret_end)
			*ret_end = range.start + (uint64_t)range.count;
		if (is_owner(text, strcspn(text, ":"), user, uid))
			*arena_push(a, ret) = range;
	}
}

static const char *read_or_empty(struct arena *a, const char *path)
{
	size_t len;
	char *text;

	return file_read(a, AT_FDCWD, path, FILE_MAX, &text, &len) < 0 ? "" : text;
}

static void probe_files(struct arena *a, uint32_t uid, struct subids *ret)
{
	uint64_t end = 0;

	ret->uids = ret->gids = (struct id_ranges){ 0 };
	subid_parse(a, read_or_empty(a, "/etc/subuid"), ret->user, uid, &ret->uids, &end);
	subid_parse(a, read_or_empty(a, "/etc/subgid"), ret->user, uid, &ret->gids, &end);
	ret->free_start = end < UINT32_MAX ? (uint32_t)end : 0;
}

static void take_answer(struct arena *a, const char *line, size_t len, struct subids *ret)
{
	unsigned long start, count;
	bool is_uid = strncmp(line, "uid ", 4) == 0;

	if (strncmp(line, "name ", 5) == 0)
		ret->user = arena_strndup(a, line + 5, len - 5);
	else if (sscanf(line, "%*3s %lu %lu", &start, &count) == 2 && start <= UINT32_MAX && count <= UINT32_MAX)
		*arena_push(a, is_uid ? &ret->uids : &ret->gids) = (struct id_range){ .start = (uint32_t)start, .count = (uint32_t)count };
}

static void ask_library(struct arena *a, uint32_t uid, struct subids *ret)
{
	char *argv[] = { helper_path(a, "urun-subid"), arena_printf(a, "%u", uid), (char *)(uintptr_t)ret->user, NULL }, *answer;
	size_t size;

	if (!argv[0] || helper_run(a, argv, "", 0, HELPER_OUTPUT_MAX, &answer, &size) < 0) {
		log_debug("libsubid cannot be asked: %s", argv[0] ? err_last()->text : "urun-subid is not installed");
		return;
	}
	for (size_t len; *answer; answer += len + (answer[len] == '\n')) {
		len = strcspn(answer, "\n");
		take_answer(a, answer, len, ret);
	}
}

/* The words behind "subid:", trimmed; "files" when there are none, as libsubid has it. */
static const char *read_source(struct arena *a)
{
	const char *text = read_or_empty(a, "/etc/nsswitch.conf");

	for (size_t len; *text; text += len + (text[len] == '\n')) {
		const char *words = text + strlen("subid:");
		size_t n;

		len = strcspn(text, "\n");
		if (strncmp(text, "subid:", strlen("subid:")) != 0)
			continue;
		words += strspn(words, " \t");
		n = strcspn(words, "#\n");
		while (n > 0 && (words[n - 1] == ' ' || words[n - 1] == '\t'))
			n--;
		return n ? arena_strndup(a, words, n) : "files";
	}
	return "files";
}

static const char *login_name(struct arena *a, uint32_t uid)
{
	struct user_entry e;

	return userdb_find_user(a, read_or_empty(a, "/etc/passwd"), NULL, uid, &e) ? e.name : NULL;
}

void subid_probe(struct arena *a, uint32_t uid, struct subids *ret)
{
	*ret = (struct subids){ .source = read_source(a), .user = login_name(a, uid) };
	if (strcmp(ret->source, "files") != 0 || !ret->user)
		ask_library(a, uid, ret);
	/* Also where nsswitch.conf names a module that is broken or does not know this user. */
	if (ret->uids.n == 0 || ret->gids.n == 0)
		probe_files(a, uid, ret);
}
