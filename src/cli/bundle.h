/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* bundle.h - which bundle and which form a command line means, and the plan that comes of it. */
#include "cli/commands.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* In the order of a list that both command lines can live with: given is -b or --bundle. */
int bundle_choose_form(const struct context *c, bool given, const char *word, enum form *ret);
/* The bundle's name and four digits; what an id cannot have becomes '-'. */
const char *bundle_id(struct arena *a, const char *bundle);
/* The whole pipeline, up to what will be done. config NULL: config.json of the bundle. spec has the options applied. */
int bundle_plan(const struct context *c, const char *bundle, const char *config, struct plan_options *o, struct spec *spec,
		struct plan *ret);
/* Tell the differences between bundle and plan. */
void tell_notes(const struct plan *p, enum fallback fallback);
