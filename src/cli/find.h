/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* find.h - from an id, or a pattern, to containers. */
#include "cli/commands.h"
#include "run/container.h"

/* root: --root, or NULL. */
int find_container(const struct context *c, const char *root, const char *id, struct container *ret);
/* The ids that an extended regular expression matches somewhere (regex(7)). */
int find_matching(const struct context *c, const char *root, const char *regex, struct strv *ret);
/* The one word of a command that takes an id and nothing else. */
int find_only_word(const char *command, const struct strv *words, const char **ret);

/* Apply act to each container; errors before the last container are told at once, and make the result 1. */
int find_each(const struct context *c, const char *root, const struct strv *ids, int (*act)(const struct container *, void *ctx),
	      void *ctx);
/* Delete it, with its poststop hooks. With force it is killed first, and no such container is fine. */
int find_and_delete(const struct context *c, const char *root, const char *id, bool force);
/* Its configuration as it runs. */
int find_spec(const struct container *c, struct spec *ret);
/* The hooks that are run when somebody else made the container. */
int find_hooks(const struct container *c, struct plan_hooks *ret);
