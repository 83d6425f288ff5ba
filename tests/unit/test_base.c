/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_base.c - memory, errors, lines of the log, and files. */
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "tap.h"
#include <fcntl.h>
#include <sys/stat.h>

static bool is_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void arena_gives_zeroed_and_aligned_memory(void)
{
	autoarena a = { 0 };
	bool zero = true, aligned = true;

	for (size_t size = 1; size < 3 * 1000 * 1000; size = size * 5 / 3 + 1) {
		char *p = arena_alloc(&a, size);

		zero = zero && is_zero(p, size);
		aligned = aligned && (uintptr_t)p % _Alignof(max_align_t) == 0;
		memset(p, 0xff, size);
	}
	claim(zero, "memory is zeroed, in blocks of any size");
	claim(aligned, "memory is aligned for any type");
	arena_free(&a);
	claim(a.blocks == NULL, "an arena that was given back is empty");
	arena_free(&a);
	claim(true, "an empty arena can be given back");
}

static void arena_text_of_any_length(void)
{
	autoarena a = { 0 };
	char *big = arena_alloc(&a, 300001), *copy;

	memset(big, 'x', 300000);
	copy = arena_printf(&a, "%s!", big);
	claim(strlen(copy) == 300001 && copy[300000] == '!', "a text longer than a block is printed whole");
	claim(is_zero(arena_alloc(&a, 200000), 200000), "what is handed out after it is zeroed");
	claim_text(arena_printf(&a, "%s", ""), "", "an empty text is a text");
	claim_text(arena_strndup(&a, "abcdef", 3), "abc", "a part of a text can be copied");
	for (int i = 0; i < 20000; i++)
		(void)arena_printf(&a, "%d", i);
	claim(is_zero(arena_alloc(&a, 100000), 100000), "many short texts leave nothing behind");
}

static void lists_grow(void)
{
	struct {
		int *items;
		size_t n, room;
	} l = { 0 };
	struct strv v = { 0 };
	autoarena a = { 0 };
	bool right = true, ends = true;

	for (int i = 0; i < 1000; i++)
		*arena_push(&a, &l) = i;
	for (int i = 0; i < 1000; i++)
		right = right && l.items[i] == i;
	claim(l.n == 1000 && right, "a list keeps its elements while it grows");
	for (int i = 0; i < 1000; i++) {
		strv_push(&a, &v, arena_printf(&a, "%d", i));
		ends = ends && v.n == (size_t)i + 1 && v.v[v.n] == NULL;
	}
	claim(ends && strcmp(v.v[511], "511") == 0, "a list of strings always ends with NULL");
	claim(strv_has(&v, "999") && !strv_has(&v, "1000"), "a list of strings knows what it has");
	claim(!strv_has(&(struct strv){ 0 }, ""), "an empty list has nothing");
}

static void errors_are_sentences(void)
{
	const struct advice advice = { .cause = "c", .now = "n" };
	autoarena a = { 0 };
	const struct err *kept;

	claim(err_set(EPERM, "no-cake", "no %s", "cake") == -EPERM, "err_set() returns -errno");
	claim_text(err_last()->text, "no cake", "the sentence is recorded");
	claim_text(err_last()->code, "no-cake", "so is the code");
	claim(err_last()->status == EXIT_URUN && !err_last()->advice.cause, "without more it is a failure of ours without advice");
	claim(err_advise(err_in(-EPERM, "in %d", 5), &advice) == -EPERM, "context and advice keep the number");
	claim_text(err_last()->text, "in 5: no cake", "context stands before the sentence");
	claim_text(err_last()->advice.cause, "c", "the cause is recorded");
	claim_text(err_last()->advice.fix, NULL, "a fix that is not given is absent");
	kept = err_keep(&a);
	errno = ENOENT;
	claim(err_sys("cannot open '%s'", "x") == -ENOENT, "err_sys() returns errno");
	claim_text(err_last()->text, "cannot open 'x': No such file or directory", "and names it");
	claim_text(err_last()->advice.cause, NULL, "a new error has none of the advice of the last one");
	(void)err_restore(kept);
	claim_text(err_last()->text, "in 5: no cake", "a kept error comes back");
	claim_text(err_last()->advice.now, "n", "with its advice");
	(void)err_status(ENOENT, EXIT_NOTFOUND, "x", "gone");
	claim(err_last()->status == EXIT_NOTFOUND, "an error can have its own exit status");
}

static void long_errors_are_cut(void)
{
	char big[3 * ERR_TEXT_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)err_set(EPERM, big, "%s", big);
	claim(strlen(err_last()->text) == ERR_TEXT_MAX - 1, "a sentence that is too long is cut");
	(void)err_in(-EPERM, "%s", big);
	errno = EIO;
	(void)err_sys("%s", big);
	(void)err_advise(-EIO, &(struct advice){ .cause = big, .fix = big, .now = big });
	claim(strlen(err_last()->advice.fix) == ERR_TEXT_MAX - 1, "so is advice");
}

static void remember(void *data, const struct log_line *l)
{
	(void)snprintf(data, 100, "%d %s %s", (int)l->level, l->code ? l->code : "-", l->text);
}

static void the_log_has_a_listener(void)
{
	char heard[100] = "";

	log_warn("x", "lost");
	claim_text(heard, "", "without a listener nothing is said");
	log_listen(remember, heard, LOG_LEVEL_WARNING);
	log_debug("not wanted");
	claim_text(heard, "", "what is below the level is not said");
	log_warn("x", "%d left", 3);
	claim_text(heard, "1 x 3 left", "the listener gets level, code and text");
	claim(log_wants(LOG_LEVEL_ERROR) && !log_wants(LOG_LEVEL_INFO), "the level can be asked for");
	log_listen(NULL, NULL, LOG_LEVEL_DEBUG);
	claim(!log_wants(LOG_LEVEL_ERROR), "a listener can leave");
}

static int read_it(struct arena *a, int dir, const char *name, size_t max, char **text)
{
	size_t len = 0;
	int r = file_read(a, dir, name, max, text, &len);

	return r < 0 ? r : (int)len;
}

static void files_are_read_with_a_limit(void)
{
	char path[] = "/tmp/urun-test.XXXXXX", *text;
	autoarena a = { 0 };
	int dir = open(mkdtemp(path), O_PATH | O_DIRECTORY | O_CLOEXEC), fd = openat(dir, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	claim(write_all(fd, "0123456789", 10) == 0, "a file is written");
	(void)close(fd);
	claim(read_it(&a, dir, "f", 10, &text) == 10 && strcmp(text, "0123456789") == 0, "a file of the largest size is read");
	claim(read_it(&a, dir, "f", 9, &text) == -EFBIG, "one byte more is refused");
	claim(read_it(&a, dir, "g", 9, &text) == -ENOENT, "a missing file is ENOENT");
	claim(read_it(&a, dir, ".", 9, &text) == -EISDIR, "a directory is refused");
	claim(mkfifoat(dir, "p", 0600) == 0 && read_it(&a, dir, "p", 9, &text) == -EINVAL, "a FIFO is refused and not waited for");
	claim(read_it(&a, AT_FDCWD, "/dev/zero", 9, &text) == -EINVAL, "a device is refused");
	claim(read_it(&a, AT_FDCWD, "/proc/self/status", 100000, &text) > 100, "a file of procfs, whose size is 0, is read whole");
	claim(read_it(&a, AT_FDCWD, "/proc/self/status", 10, &text) == -EFBIG, "and has a limit too");
	(void)unlinkat(dir, "f", 0);
	(void)unlinkat(dir, "p", 0);
	(void)close(dir);
	(void)rmdir(path);
}

int main(void)
{
	arena_gives_zeroed_and_aligned_memory();
	arena_text_of_any_length();
	lists_grow();
	errors_are_sentences();
	long_errors_are_cut();
	the_log_has_a_listener();
	files_are_read_with_a_limit();
	return tap_done();
}
