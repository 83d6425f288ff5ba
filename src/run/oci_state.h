/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* oci_state.h - the state of a container as JSON (runtime.md, "State"): for hooks and the seccomp agent. */
#include "base/json.h"
#include "plan/plan.h"
#include "run/record.h"

/* What is known of a container before it has a process. */
struct record record_of(const struct plan *p);
/* The members, without the braces, so that others can add theirs. pid as seen by whoever reads it. */
void oci_state_members(struct json_writer *w, const struct record *r, const char *status, pid_t pid);
/* One compact object. */
const char *oci_state(struct arena *a, const struct record *r, const char *status, pid_t pid);
