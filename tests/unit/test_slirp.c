/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_slirp.c - what is said to slirp4netns, and what becomes of its answers, whoever gives them.
 *
 * A child stands in the place of slirp4netns, on a socket whose path is longer than the address of one may be. */
#include "base/err.h"
#include "linux/slirp_api.h"
#include "tap.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define SOCKET "api.sock"

/* ---- what is understood ---- */

#define STRANGE "slirp4netns answered what nobody can understand: "

static const char *added_text(struct arena *a, const char *reply, size_t len)
{
	int64_t id = -7;
	int r = slirp_hear_added(a, reply, len, &id);

	if (r < 0 && id != -7)
		return "something is returned with an error";
	return r < 0 ? arena_strdup(a, err_last()->text) : arena_printf(a, "id %lld", (long long)id);
}

static const char *removed_text(struct arena *a, const char *reply, size_t len)
{
	return slirp_hear_removed(a, reply, len) < 0 ? arena_strdup(a, err_last()->text) : "removed";
}

static const char *forwards_text(struct arena *a, const struct slirp_forwards *l)
{
	struct strv texts = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		const struct slirp_forward *f = &l->items[i];

		strv_push(a, &texts,
			  arena_printf(a, "%lld %s %s:%u>%s:%u", (long long)f->id, f->port.protocol == PORT_UDP ? "udp" : "tcp",
				       f->port.host_addr, f->port.host_port, f->guest_addr, f->port.container_port));
	}
	return strv_join(a, &texts, ", ");
}

static const char *list_text(struct arena *a, const char *reply, size_t len)
{
	struct slirp_forwards l = { 0 };
	int r = slirp_hear_list(a, reply, len, &l);

	if (r < 0 && l.n > 0)
		return "something is returned with an error";
	return r < 0 ? arena_strdup(a, err_last()->text) : forwards_text(a, &l);
}

struct row {
	const char *reply, *text;
};

static void claim_rows(const struct row *rows, size_t n, const char *(*hear)(struct arena *a, const char *reply, size_t len))
{
	autoarena a = { 0 };

	for (size_t i = 0; i < n; i++)
		claim_text(hear(&a, rows[i].reply, strlen(rows[i].reply)), rows[i].text, "%s", rows[i].reply);
}

/* The same text comes back in the error. */
static void claim_strange(const char *const *replies, size_t n, const char *(*hear)(struct arena *a, const char *reply, size_t len))
{
	autoarena a = { 0 };

	for (size_t i = 0; i < n; i++)
		claim_text(hear(&a, replies[i], strlen(replies[i])), arena_printf(&a, STRANGE "%s", replies[i]), "nobody understands %s",
			   replies[i]);
}

static void an_id_is_a_number(void)
{
	static const struct row rows[] = {
		{ "{\"return\":{\"id\":42}}", "id 42" },
		{ "{\"return\": {\"id\": 0, \"more\": [1,{}]}, \"also\": null}\n", "id 0" },
		{ "{\"return\":{\"id\":9223372036854775807}}", "id 9223372036854775807" },
		{ "{\"error\":{\"desc\":\"bad request: add_hostfwd: bad arguments.proto\"}}",
		  "slirp4netns refused: bad request: add_hostfwd: bad arguments.proto" },
		{ "{\"error\":{\"desc\":\"no\"},\"return\":{\"id\":1}}", "slirp4netns refused: no" },
		{ "{\"error\":{\"desc\":\"\\u001b[2J\\nurun: all is well \\u009b\"}}",
		  "slirp4netns refused: \\x1b[2J\\x0aurun: all is well \\xc2\\x9b" },
	};
	static const char *const strange[] = {
		"{}",
		"[]",
		"42",
		"null",
		"\"return\"",
		"{\"return\":{}}",
		"{\"return\":[42]}",
		"{\"return\":42}",
		"{\"return\":{\"id\":\"42\"}}",
		"{\"return\":{\"id\":-1}}",
		"{\"return\":{\"id\":-0}}",
		"{\"return\":{\"id\":1.0}}",
		"{\"return\":{\"id\":1e3}}",
		"{\"return\":{\"id\":9223372036854775808}}",
		"{\"return\":{\"id\":99999999999999999999999999999999}}",
		"{\"return\":{\"id\":true}}",
		"{\"return\":{\"id\":null}}",
		"{\"return\":{\"id\":1,\"id\":2}}",
		"{\"return\":{\"id\":4",
		"{\"return\":{\"id\":42}} {\"return\":{\"id\":42}}",
		"{\"return\":{\"id\":42}}}",
		"{\"error\":\"no\"}",
		"{\"error\":{}}",
		"{\"error\":{\"desc\":7}}",
		"{\"error\":null,\"return\":{\"id\":1}}",
		"{\"error\":{\"desc\":\"a",
	};

	claim_rows(rows, ARRAY_SIZE(rows), added_text);
	claim_strange(strange, ARRAY_SIZE(strange), added_text);
}

#define ONE "{\"id\":1,\"proto\":\"tcp\",\"host_addr\":\"0.0.0.0\",\"host_port\":8080,\"guest_addr\":\"10.0.2.100\",\"guest_port\":80}"
#define TWO "{\"id\":2,\"proto\":\"udp\",\"host_addr\":\"::1\",\"host_port\":65535,\"guest_addr\":\"fd00::100\",\"guest_port\":1,\"x\":{}}"
#define ONE_TEXT "1 tcp 0.0.0.0:8080>10.0.2.100:80"
#define TWO_TEXT "2 udp ::1:65535>fd00::100:1"

static void a_list_comes_in_two_shapes(void)
{
	static const struct row rows[] = {
		{ "{\"entries\":[]}", "" },
		{ "{\"entries\":[" ONE "]}", ONE_TEXT },
		{ "{\"return\":{\"entries\":[]}}", "" },
		{ "{\"return\":{\"entries\":[" ONE "," TWO "],\"more\":1}}", ONE_TEXT ", " TWO_TEXT },
		{ "{\"error\":{\"desc\":\"unknown execute\"}}", "slirp4netns refused: unknown execute" },
	};
	static const char *const strange[] = {
		"{}",
		"{\"return\":{}}",
		"{\"return\":[]}",
		"{\"entries\":{}}",
		"{\"entries\":[1]}",
		"{\"entries\":[[]]}",
		"{\"entries\":[{}]}",
		"{\"entries\":[" ONE ",null]}",
	};

	claim_rows(rows, ARRAY_SIZE(rows), list_text);
	claim_strange(strange, ARRAY_SIZE(strange), list_text);
}

static const char *replace(struct arena *a, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void every_part_of_an_entry_is_checked(void)
{
	static const char *const changes[][2] = {
		{ "\"id\":1", "\"id\":\"1\"" },
		{ "\"id\":1", "\"ID\":1" },
		{ "\"id\":1", "\"id\":-1" },
		{ "\"tcp\"", "\"sctp\"" },
		{ "\"tcp\"", "0" },
		{ "\"proto\"", "\"protocol\"" },
		{ "\"0.0.0.0\"", "\"\"" },
		{ "\"0.0.0.0\"", "\"localhost\"" },
		{ "\"0.0.0.0\"", "\"0.0.0.0 \\u001b[2J\"" },
		{ "\"0.0.0.0\"", "0" },
		{ "8080", "0" },
		{ "8080", "65536" },
		{ "8080", "73616" }, /* 8080 in 16 bits */
		{ "8080", "4294975376" },
		{ "8080", "18446744073709559696" },
		{ "8080", "-8080" },
		{ "8080", "8080.0" },
		{ "8080", "\"8080\"" },
		{ "\"10.0.2.100\"", "\"10.0.2.300\"" },
		{ "\"10.0.2.100\"", "null" },
		{ ",\"guest_port\":80", "" },
		{ "\"guest_port\":80", "\"guest_port\":[80]" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const char *reply = replace(&a, "{\"entries\":[" ONE "]}", changes[i][0], changes[i][1]);

		claim(strncmp(list_text(&a, reply, strlen(reply)), STRANGE, strlen(STRANGE)) == 0, "%s cannot be %s", changes[i][0],
		      changes[i][1]);
	}
}

static void removal_is_confirmed(void)
{
	static const struct row rows[] = {
		{ "{\"return\":{}}", "removed" },
		{ "{\"error\":{\"desc\":\"bad request: remove_hostfwd: bad arguments.id\"}}",
		  "slirp4netns refused: bad request: remove_hostfwd: bad arguments.id" },
	};
	static const char *const strange[] = { "{}", "{\"return\":null}", "{\"return\":true}", "{\"entries\":[]}" };

	claim_rows(rows, ARRAY_SIZE(rows), removed_text);
	claim_strange(strange, ARRAY_SIZE(strange), removed_text);
}

static void bytes_are_escaped(void)
{
	static const char with_nul[] = "{\"return\":{\"id\":1}}\0{\"return\":{\"id\":2}}";
	autoarena a = { 0 };
	char many[5000];

	claim_text(added_text(&a, "", 0), STRANGE "nothing", "an empty answer");
	claim_text(added_text(&a, "\0", 1), STRANGE "\\x00", "a NUL");
	claim_text(added_text(&a, with_nul, sizeof(with_nul) - 1), STRANGE "{\"return\":{\"id\":1}}\\x00{\"return\":{\"id\":2}}",
		   "a NUL behind a good answer");
	claim_text(added_text(&a, "\"a\\u0000b\"", 10), STRANGE "\"a\\x5cu0000b\"", "a NUL inside a string");
	claim_text(added_text(&a, "\x1b]0;x\x07\n\xff\xc2\x9b\\", 11), STRANGE "\\x1b]0;x\\x07\\x0a\\xff\\xc2\\x9b\\x5c",
		   "what a terminal would obey");
	memset(many, 'x', sizeof(many));
	claim_text(added_text(&a, many, sizeof(many)), arena_printf(&a, STRANGE "%.160s...", many), "only its beginning is shown");
	claim_text(added_text(&a, many, 160), arena_printf(&a, STRANGE "%.160s", many), "unless that is all");
}

static void depth_is_bounded(void)
{
	enum { DEPTH = 30000 };
	static char deep[2 * DEPTH];
	autoarena a = { 0 };

	memset(deep, '[', DEPTH);
	memset(deep + DEPTH, ']', DEPTH);
	claim(strncmp(added_text(&a, deep, sizeof(deep)), STRANGE, strlen(STRANGE)) == 0, "deep nesting is refused");
	claim(strncmp(list_text(&a, deep, DEPTH), STRANGE, strlen(STRANGE)) == 0, "also without an end");
}

/* ---- in the place of slirp4netns ---- */

struct stage {
	struct arena arena;
	char path[PATH_MAX];
	int dir, listener, heard;
	pid_t child;
};

static int listen_in(int dir, const char *name, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir, name);
	if (sock < 0 || bind(sock, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(sock, backlog) < 0)
		abort();
	return sock;
}

static void set_stage(struct stage *s)
{
	static const char deep[] = "a-directory-with-a-name-so-long-that-no-socket-in-it-has-an-address-that-would-fit-into-107-bytes";
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(s->path, sizeof(s->path), "%s/urun-slirp-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->path))
		abort();
	(void)snprintf(s->path + strlen(s->path), sizeof(s->path) - strlen(s->path), "/%s", deep);
	if (mkdir(s->path, 0700) < 0 || (s->dir = open(s->path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		abort();
	s->listener = listen_in(s->dir, SOCKET, 8);
}

static void clear_stage(struct stage *s)
{
	(void)unlinkat(s->dir, SOCKET, 0);
	(void)close(s->dir);
	(void)close(s->listener);
	(void)rmdir(s->path);
	*strrchr(s->path, '/') = '\0';
	(void)rmdir(s->path);
	arena_free(&s->arena);
}

/* What a caller gets. */
struct act {
	const char *reply;
	size_t len;
	enum { POLITE, RUDE, SILENT, SLOW, ENDLESS } manner;
};

/* All of the request, as slirp4netns does before it answers, goes to the one who made us. */
static void hear_request(int caller, int to)
{
	char text[4096];
	ssize_t n;

	while ((n = recv(caller, text, sizeof(text), 0)) > 0)
		(void)!write(to, text, (size_t)n);
}

static void perform(int listener, int to, const struct act *act)
{
	int caller = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	while (act->manner == RUDE) {
		(void)close(caller);
		caller = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	hear_request(caller, to);
	if (act->manner == SILENT)
		for (;;)
			(void)pause();
	while (send(caller, act->reply, act->len, MSG_NOSIGNAL) == (ssize_t)act->len && act->manner != POLITE)
		if (act->manner == SLOW)
			(void)usleep(5000);
}

static void begin(struct stage *s, const struct act *act)
{
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC) < 0 || (s->child = fork()) < 0)
		abort();
	if (s->child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		perform(s->listener, pipe_fds[1], act);
		_exit(0);
	}
	(void)close(pipe_fds[1]);
	s->heard = pipe_fds[0];
}

/* What it has heard. */
static const char *end(struct stage *s)
{
	char text[4096];
	ssize_t n;

	(void)kill(s->child, SIGTERM);
	(void)waitpid(s->child, NULL, 0);
	n = read(s->heard, text, sizeof(text));
	(void)close(s->heard);
	return arena_strndup(&s->arena, text, n > 0 ? (size_t)n : 0);
}

static void begin_reply(struct stage *s, const char *reply)
{
	begin(s, &(struct act){ .reply = reply, .len = strlen(reply) });
}

static const struct port_forward web = {
	.protocol = PORT_TCP, .host_addr = "127.0.0.1", .host_port = 8080, .container_port = 80, .origin = "--test"
};

static void ports_are_added(struct stage *s)
{
	const struct port_forward dns = { .protocol = PORT_UDP, .host_addr = "::1", .host_port = 5353, .container_port = 53 };
	int64_t id = 0;

	begin_reply(s, "{\"return\":{\"id\":42}}");
	claim(slirp_add(&s->arena, s->dir, SOCKET, &web, NULL, &id) == 0 && id == 42, "a port is added");
	claim_text(end(s),
		   "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"tcp\",\"host_addr\":\"127.0.0.1\",\"host_port\":8080,"
		   "\"guest_port\":80}}",
		   "in these words");
	begin_reply(s, "{\"error\":{\"desc\":\"bad request: add_hostfwd: slirp_add_hostfwd failed\"}}");
	claim(slirp_add(&s->arena, s->dir, SOCKET, &dns, "10.0.2.100", &id) == -EIO, "or refused");
	claim_text(err_last()->text, "cannot publish [::1]:5353: slirp4netns refused: bad request: add_hostfwd: slirp_add_hostfwd failed",
		   "with the words of the one who refuses");
	claim_text(err_last()->code, "slirp", "and a code");
	claim_text(end(s),
		   "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"udp\",\"host_addr\":\"::1\",\"host_port\":5353,"
		   "\"guest_addr\":\"10.0.2.100\",\"guest_port\":53}}",
		   "an address of the container can be named");
}

static void ports_are_listed_and_removed(struct stage *s)
{
	struct slirp_forwards l = { 0 };

	begin_reply(s, "{\"entries\":[" ONE "," TWO "]}");
	claim(slirp_list(&s->arena, s->dir, SOCKET, &l) == 0, "ports are listed");
	claim_text(forwards_text(&s->arena, &l), ONE_TEXT ", " TWO_TEXT, "all of them");
	claim_text(end(s), "{\"execute\":\"list_hostfwd\",\"arguments\":{}}", "in these words");
	begin_reply(s, "{\"return\":{}}");
	claim(slirp_remove(&s->arena, s->dir, SOCKET, 42) == 0, "a port is removed");
	claim_text(end(s), "{\"execute\":\"remove_hostfwd\",\"arguments\":{\"id\":42}}", "in these words");
	begin_reply(s, "{\"return\":{\"id\":");
	claim(slirp_remove(&s->arena, s->dir, SOCKET, 42) == -EPROTO, "half an answer is none");
	claim_text(err_last()->text, "cannot take back a published port: " STRANGE "{\"return\":{\"id\":", "and is shown");
	(void)end(s);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How an exchange of at most 64 bytes and 200 ms ends. */
static int exchange(struct stage *s, char **ret, size_t *ret_len)
{
	return slirp_exchange(&s->arena, s->dir, SOCKET, "{}", 64, 200, ret, ret_len);
}

static void size_is_bounded(struct stage *s)
{
	static const char just[64] = "12345678", more[65] = "12345678";
	char *reply = NULL;
	size_t len = 0;

	begin(s, &(struct act){ .reply = just, .len = sizeof(just) });
	claim(exchange(s, &reply, &len) == 0 && len == 64 && memcmp(reply, just, 64) == 0, "as much as is allowed is taken as it is");
	(void)end(s);
	begin(s, &(struct act){ .reply = more, .len = sizeof(more) });
	claim(exchange(s, &reply, &len) == -EFBIG, "one byte more is refused");
	claim_text(err_last()->text, "slirp4netns answered more than 64 bytes", "with a word about it");
	(void)end(s);
	begin(s, &(struct act){ .reply = more, .len = sizeof(more), .manner = ENDLESS });
	claim(exchange(s, &reply, &len) == -EFBIG, "who never ends is not listened to");
	(void)end(s);
}

static void time_is_bounded(struct stage *s)
{
	static const struct {
		struct act act;
		const char *text;
	} rows[] = {
		{ { .manner = SILENT }, "who never answers is given up" },
		{ { .manner = SLOW, .reply = " ", .len = 1 }, "so is who always says a little" },
	};
	char *reply;
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const int64_t begun = now_ms();
		int r;

		begin(s, &rows[i].act);
		r = slirp_exchange(&s->arena, s->dir, SOCKET, "{}", SLIRP_REPLY_MAX, 200, &reply, &len);
		claim(r == -ETIMEDOUT, "%s", rows[i].text);
		claim(now_ms() - begun >= 190, "not before its time");
		claim_text(err_last()->text, "slirp4netns does not answer", "with a word about it");
		(void)end(s);
	}
}

/* Sometimes before we have said anything, so that there is nobody to say it to. */
static void a_closed_door_kills_nobody(struct stage *s)
{
	enum { TIMES = 1000 };
	int failures = 0;
	char *reply;
	size_t len;

	begin(s, &(struct act){ .manner = RUDE });
	for (int i = 0; i < TIMES; i++)
		failures += exchange(s, &reply, &len) < 0 || len == 0;
	claim(failures == TIMES, "who hangs up has not answered");
	(void)end(s);
}

static void nobody_may_be_there(struct stage *s)
{
	autoclose int crowded = listen_in(s->dir, "crowded", 0), gone = listen_in(s->dir, "gone", 1);
	char *reply, *name = arena_alloc(&s->arena, 201);
	int waiting[8], r;
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/crowded", s->dir);
		waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(waiting[i], (const struct sockaddr *)&address, sizeof(address));
	}
	r = slirp_exchange(&s->arena, s->dir, "crowded", "{}", 64, 100, &reply, &len);
	claim(r == -ETIMEDOUT, "who takes no callers is given up");
	claim_text(err_last()->text, "cannot reach slirp4netns: cannot connect to 'crowded': Connection timed out", "in time");
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		(void)close(waiting[i]);
	(void)close(take_fd(&gone));
	r = slirp_exchange(&s->arena, s->dir, "gone", "{}", 64, 100, &reply, &len);
	claim(r == -ECONNREFUSED, "a socket may be left by somebody who is gone");
	r = slirp_exchange(&s->arena, s->dir, "none", "{}", 64, 100, &reply, &len);
	claim(r == -ENOENT, "or there is none");
	memset(name, 'x', 200);
	r = slirp_exchange(&s->arena, s->dir, name, "{}", 64, 100, &reply, &len);
	claim(r == -ENAMETOOLONG, "or it can have no such name");
	(void)unlinkat(s->dir, "crowded", 0);
	(void)unlinkat(s->dir, "gone", 0);
}

int main(void)
{
	struct stage s = { 0 };

	an_id_is_a_number();
	a_list_comes_in_two_shapes();
	every_part_of_an_entry_is_checked();
	removal_is_confirmed();
	bytes_are_escaped();
	depth_is_bounded();
	set_stage(&s);
	ports_are_added(&s);
	ports_are_listed_and_removed(&s);
	size_is_bounded(&s);
	time_is_bounded(&s);
	a_closed_door_kills_nobody(&s);
	nobody_may_be_there(&s);
	clear_stage(&s);
	return tap_done();
}
