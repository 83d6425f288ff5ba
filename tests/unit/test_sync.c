/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sync.c - whoever waits hears what it waits for, or a sentence. */
#include "linux/sync.h"
#include "tap.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void pair(int s[2])
{
	if (sync_pair(s) < 0)
		abort();
}

static void end(int s[2])
{
	for (int i = 0; i < 2; i++)
		if (s[i] >= 0)
			(void)close(s[i]);
}

static void words_carry_a_number_and_data(void)
{
	static char big[SYNC_DATA_MAX], heard[SYNC_DATA_MAX];
	int s[2], fd = 99;
	size_t len = 99;
	int32_t value;

	pair(s);
	claim(fcntl(s[0], F_GETFD) == FD_CLOEXEC && fcntl(s[1], F_GETFD) == FD_CLOEXEC, "the pair is close-on-exec");
	(void)sync_send(s[0], SYNC_INIT_PID, -7, NULL, 0, -1);
	claim(sync_expect(s[1], SYNC_INIT_PID, &value, NULL, 0, NULL, NULL) == 0 && value == -7, "a number");
	memset(big, 'x', sizeof(big));
	claim(sync_send(s[0], SYNC_MAPPED, 1, big, sizeof(big), -1) == 0, "as much data as allowed is sent");
	claim(sync_expect(s[1], SYNC_MAPPED, NULL, heard, sizeof(heard), &len, &fd) == 0 && len == sizeof(big) &&
		      memcmp(big, heard, len) == 0,
	      "and heard");
	claim(fd == -1, "without a descriptor there is none");
	(void)sync_send(s[0], SYNC_MAPPED, 1, "abc", 3, -1);
	claim(sync_expect(s[1], SYNC_MAPPED, NULL, heard, 2, &len, NULL) == -EPROTO, "more data than there is room for is an error");
	(void)sync_send(s[0], SYNC_MAPPED, 1, "abc", 3, -1);
	claim(sync_expect(s[1], SYNC_MAPPED, NULL, heard, 3, &len, NULL) == 0 && len == 3 && memcmp(heard, "abc", 3) == 0,
	      "little data into little room");
	end(s);
}

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void descriptors_are_passed(void)
{
	int s[2], fd = -1, file = open("/dev/null", O_RDONLY | O_CLOEXEC), before;
	struct stat a, b;

	pair(s);
	(void)sync_send(s[0], SYNC_CONSOLE, 0, NULL, 0, file);
	claim(sync_expect(s[1], SYNC_CONSOLE, NULL, NULL, 0, NULL, &fd) == 0 && fd >= 0, "a descriptor arrives");
	claim(fstat(fd, &a) == 0 && fstat(file, &b) == 0 && a.st_rdev == b.st_rdev && a.st_ino == b.st_ino, "it is the same file");
	claim(fcntl(fd, F_GETFD) == FD_CLOEXEC, "and close-on-exec");
	(void)close(fd);
	before = open_files();
	(void)sync_send(s[0], SYNC_GO, 0, NULL, 0, file);
	(void)sync_expect(s[1], SYNC_GO, NULL, NULL, 0, NULL, NULL);
	(void)sync_send(s[0], SYNC_GO, 0, NULL, 0, file);
	(void)sync_expect(s[1], SYNC_BUILT, NULL, NULL, 0, NULL, &fd);
	claim(open_files() == before, "one that nobody wants is closed");
	(void)close(file);
	end(s);
}

static void wrong_words_are_errors(void)
{
	int s[2];

	pair(s);
	(void)sync_send(s[0], SYNC_GO, 0, NULL, 0, -1);
	claim(sync_expect(s[1], SYNC_BUILT, NULL, NULL, 0, NULL, NULL) == -EPROTO, "another word is an error");
	claim_text(err_last()->text, "the other process said GO instead of BUILT", "that names both");
	(void)!send(s[0], "ab", 2, 0);
	claim(sync_expect(s[1], SYNC_BUILT, NULL, NULL, 0, NULL, NULL) == -EPROTO, "half a word is an error");
	(void)!send(s[0], "\377\377\377\377\0\0\0\0", 8, 0);
	claim(sync_expect(s[1], SYNC_BUILT, NULL, NULL, 0, NULL, NULL) == -EPROTO, "a word that nobody knows is an error");
	claim_text(err_last()->text, "the other process said nonsense instead of BUILT", "that says so");
	(void)sync_send(s[0], SYNC_BUILT, 0, "x", 1, -1);
	claim(sync_expect(s[1], SYNC_BUILT, NULL, NULL, 0, NULL, NULL) == -EPROTO, "data that nobody expects is an error");
	end(s);
}

static void errors_cross_whole(void)
{
	static char big[2 * ERR_TEXT_MAX];
	int s[2];

	pair(s);
	(void)err_advise(err_status(ENOENT, EXIT_NOTFOUND, "no-program", "'%s' not found", "x"),
			 &(struct advice){ .cause = "c", .now = "a\nb" });
	(void)sync_send_error(s[0]);
	(void)err_set(EIO, "other", "other");
	claim(sync_expect(s[1], SYNC_BUILT, NULL, NULL, 0, NULL, NULL) == -ENOENT, "the peer's error is ours");
	claim_text(err_last()->text, "'x' not found", "with its sentence");
	claim_text(err_last()->code, "no-program", "its code");
	claim(err_last()->status == EXIT_NOTFOUND, "its exit status");
	claim_text(err_last()->advice.cause, "c", "its cause");
	claim_text(err_last()->advice.fix, NULL, "no fix");
	claim_text(err_last()->advice.now, "a\nb", "and what can be done now");

	(void)err_set(0, "x", "no number");
	(void)sync_send_error(s[0]);
	claim(sync_expect(s[1], SYNC_GO, NULL, NULL, 0, NULL, NULL) < 0, "an error without a number is an error");

	memset(big, 'y', sizeof(big) - 1);
	(void)err_advise(err_set(EPERM, "x", "%s", big), &(struct advice){ .cause = big, .fix = big, .now = big });
	claim(sync_send_error(s[0]) == 0, "the longest error can be sent");
	claim(sync_expect(s[1], SYNC_EXEC, NULL, NULL, 0, NULL, NULL) == -EPERM, "also to whom waits for the end");
	claim(strlen(err_last()->text) > ERR_TEXT_MAX / 2, "its sentence arrives");
	end(s);
}

static int heard_lines;
static char heard_text[100];

static void hear(void *data, const struct log_line *l)
{
	(void)data;
	heard_lines++;
	(void)snprintf(heard_text, sizeof(heard_text), "%d|%s|%s|%s", (int)l->level, l->code ? l->code : "-", l->text,
		       l->advice.fix ? l->advice.fix : "-");
}

static void log_lines_are_told_on_the_way(void)
{
	int s[2];

	pair(s);
	sync_log_to(&s[0], LOG_LEVEL_WARNING);
	log_say(&(struct log_line){ .level = LOG_LEVEL_WARNING, .code = "w", .text = "one", .advice = { .fix = "f" } });
	log_debug("not wanted");
	(void)sync_send(s[0], SYNC_GO, 5, NULL, 0, -1);
	log_listen(hear, NULL, LOG_LEVEL_DEBUG);
	claim(sync_expect(s[1], SYNC_GO, NULL, NULL, 0, NULL, NULL) == 0, "lines of the log do not stand in the way");
	claim(heard_lines == 1, "each is told once");
	claim_text(heard_text, "1|w|one|f", "as it was said");
	log_listen(NULL, NULL, LOG_LEVEL_DEBUG);
	end(s);
}

/* The kernel reports the reset before the peer's last words; they must not be lost. */
static void last_words_are_heard(void)
{
	int s[2];

	if (sync_pair(s) < 0)
		return;
	(void)sync_send(s[1], SYNC_MAPPED, 0, NULL, 0, -1);
	(void)err_set(EXDEV, "test", "the last words");
	(void)sync_send_error(s[0]);
	(void)close(s[0]);
	claim(sync_expect(s[1], SYNC_EXEC, NULL, NULL, 0, NULL, NULL) == -EXDEV, "who died without listening is still heard");
	(void)close(s[1]);
}

static void death_is_heard(void)
{
	int s[2];

	pair(s);
	claim(sync_alive(s[0]), "a living peer is alive");
	(void)sync_send(s[1], SYNC_GO, 0, NULL, 0, -1);
	claim(sync_alive(s[0]), "one that has spoken, too");
	(void)close(s[1]);
	s[1] = -1;
	claim(sync_expect(s[0], SYNC_GO, NULL, NULL, 0, NULL, NULL) == 0, "the last word of the dead is heard");
	claim(!sync_alive(s[0]), "a dead peer is dead");
	claim(sync_expect(s[0], SYNC_GO, NULL, NULL, 0, NULL, NULL) == -EPIPE, "waiting for it is an error");
	claim_text(err_last()->text, "the other process ended before it said GO", "with a sentence");
	claim(sync_expect(s[0], SYNC_EXEC, NULL, NULL, 0, NULL, NULL) == 0, "where the end is expected it is no error");
	claim(sync_send(s[0], SYNC_GO, 0, NULL, 0, -1) == -EPIPE, "speaking to it is an error and no signal");
	end(s);
}

int main(void)
{
	words_carry_a_number_and_data();
	descriptors_are_passed();
	wrong_words_are_errors();
	errors_cross_whole();
	log_lines_are_told_on_the_way();
	last_words_are_heard();
	death_is_heard();
	return tap_done();
}
