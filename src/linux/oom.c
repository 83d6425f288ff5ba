/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/oom.h"
#include <fcntl.h>
#include <string.h>

int oom_open(int cgroup)
{
	return openat(cgroup, "memory.events", O_RDONLY | O_CLOEXEC);
}

static bool read_kills(int fd, uint64_t *ret)
{
	static const char key[] = "\noom_kill "; /* never the first line */
	char text[1024], *value, *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	if (!(value = strstr(text, key)))
		return false;
	value += sizeof(key) - 1;
	*ret = strtoull(value, &end, 10);
	return end > value;
}

bool oom_more(int *fd, uint64_t *kills)
{
	uint64_t before = *kills;

	if (*fd >= 0 && !read_kills(*fd, kills))
		(void)close(take_fd(fd));
	return *kills > before;
}

void oom_begin(struct oom_watch *w, int cgroup, bool in_unit)
{
	*w = (struct oom_watch){ .own = oom_open(cgroup),
				 .above = in_unit ? openat(cgroup, "../../memory.events", O_RDONLY | O_CLOEXEC) : -1 };
	oom_look(w);
}

void oom_look(struct oom_watch *w)
{
	uint64_t above = w->kills_above;

	if (w->own < 0)
		return;
	/* Before ours: what happens between the two is still to come for this one, and is not lost. */
	(void)oom_more(&w->above, &above);
	(void)oom_more(&w->own, &w->kills);
	if (w->own >= 0) {
		w->kills_above = above;
		return;
	}
	(void)oom_more(&w->above, &above);
	w->kills += above - w->kills_above;
}

void oom_end(struct oom_watch *w)
{
	if (w->own >= 0)
		(void)close(take_fd(&w->own));
	if (w->above >= 0)
		(void)close(take_fd(&w->above));
}
