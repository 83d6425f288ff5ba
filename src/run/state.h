/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* state.h - what outlives a process: one directory per container below the state root, with a small state.json.
 *
 * A directory appears complete (it is made under another name and renamed) and names its supervisor from the first
 * moment, so that whoever finds it can tell a running container from the remains of a crash. */
#include "plan/plan.h"

struct state {
	int root;        /* the state root */
	int dir;         /* the container's directory, -1 when there is none */
	const char *id;
};

/* --root, $URUN_ROOT, $XDG_RUNTIME_DIR/urun, /run/user/UID/urun, ${TMPDIR:-/tmp}/urun-UID: the first that is ours.
 * Made (0700) where missing. */
int state_open_root(struct arena *a, const char *option, int *ret);
/* Letters, digits and _+-. with no dot in front. */
int state_check_id(const char *id);
/* Take the id. The remains of a dead container are removed; a living one is EEXIST, or with replace is killed. */
int state_begin(struct arena *a, int root, const struct plan *p, bool replace, struct state *ret);
/* Tell how far it is: "creating", "created", "running". */
int state_update(struct arena *a, const struct state *s, const struct plan *p, const char *status, pid_t pid);
/* Give the id back; nothing is left. */
void state_end(struct state *s);
