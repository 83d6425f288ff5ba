/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_slirp.c - any bytes as what slirp4netns answers: something in its bounds, or a sentence that does nothing to a terminal.
 *
 * With clang -fsanitize=fuzzer it searches; without (main below) it replays files. */
#include "base/err.h"
#include "linux/slirp_api.h"
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *promise)
{
	if (holds)
		return;
	fprintf(stderr, "broken promise: %s\n", promise);
	abort();
}

static bool is_printable(const char *text)
{
	while (*text >= 0x20 && *text < 0x7f)
		text++;
	return !*text;
}

/* Whether there is an answer. */
static bool is_heard(int r)
{
	must(r <= 0, "0 or an error");
	must(r == 0 || (r == -err_last()->num && *err_last()->text), "an error has a sentence");
	must(r == 0 || (is_printable(err_last()->text) && strlen(err_last()->text) < 1024), "which is short and harmless");
	return r == 0;
}

static void check_list(const struct slirp_forwards *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct slirp_forward *f = &l->items[i];

		must(f->id >= 0, "an id is not negative");
		must(f->port.protocol == PORT_TCP || f->port.protocol == PORT_UDP, "there are two protocols");
		must(f->port.host_port && f->port.container_port, "there is no port 0");
		must(is_printable(f->port.host_addr) && *f->port.host_addr, "the host's address is one");
		must(is_printable(f->guest_addr) && *f->guest_addr, "the container's address is one");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct slirp_forwards l = { 0 };
	autoarena a = { 0 };
	int64_t id = -1;

	if (size > SLIRP_REPLY_MAX)
		return 0;
	if (is_heard(slirp_hear_added(&a, text, size, &id)))
		must(id >= 0, "an id is not negative");
	if (is_heard(slirp_hear_list(&a, text, size, &l)))
		check_list(&l);
	(void)is_heard(slirp_hear_removed(&a, text, size));
	return 0;
}

#ifndef FUZZING
#include "../unit/tap.h"
#include "base/file.h"
#include <fcntl.h>

int main(int argc, char *argv[])
{
	autoarena a = { 0 };
	char *text;
	size_t len;

	for (int i = 1; i < argc; i++) {
		int r = file_read(&a, AT_FDCWD, argv[i], SLIRP_REPLY_MAX, &text, &len);

		claim(r == 0 && LLVMFuzzerTestOneInput((const uint8_t *)text, len) == 0, "%s", argv[i]);
	}
	return tap_done();
}
#endif
