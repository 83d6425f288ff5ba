/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* state.h - what outlives a process: one directory per container below the state root, with a small state.json.
 *
 * Making the directory takes the id. It is locked (flock(2)) until the record says who the supervisor and init are, so
 * whoever finds it can always tell a container that begins or runs from the remains of a crash. */
#include "plan/plan.h"

struct state {
	int root; /* the state root */
	int dir;  /* the container's directory, -1 when there is none */
	const char *id;
};

/* --root, $URUN_ROOT, $XDG_RUNTIME_DIR/urun, /run/user/UID/urun, ${TMPDIR:-/tmp}/urun-UID: the first that is ours.
 * Made (0700) where missing. */
int state_open_root(struct arena *a, const char *option, int *ret);
/* Letters, digits and _+-. with no dot in front. */
int state_check_id(const char *id);
/* Take the id. The remains of a dead container are removed; a living one is EEXIST, or with replace is killed. */
int state_begin(struct arena *a, int root, const struct plan *p, bool replace, struct state *ret);
/* Say who init is; the id stays taken from now on as long as it or its supervisor lives. */
int state_record(struct arena *a, const struct state *s, const struct plan *p, pid_t pid);
/* Give the id back; nothing is left. */
void state_end(struct state *s);
