/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* oci_state.h - the state of a container as JSON (runtime.md, "State"): for hooks, the seccomp agent and `state`. */
#include "base/json.h"
#include "plan/plan.h"

/* The members, without the braces, so that others can add theirs. */
void oci_state_members(struct json_writer *w, const struct plan *p, const char *status, pid_t pid);
/* One compact object. pid as seen by whoever reads it. */
const char *oci_state(struct arena *a, const struct plan *p, const char *status, pid_t pid);
