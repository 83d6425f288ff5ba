/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_scope.c - the transient unit that a systemd manager is asked for: its name, its slice, its properties. */
#include "base/text.h"
#include "plan/limits.h"
#include "plan/parts.h"
#include <limits.h>
#include <string.h>

bool plan_is_real_root(const struct planner *b)
{
	return b->host->uid == 0 && !b->host->nested;
}

/* What systemd does not take in the name of a unit is written as \xNN (systemd.unit(5)). */
static const char *escape_unit(struct arena *a, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
	char *escaped = arena_alloc(a, strlen(name) * 4 + 1), *p = escaped;

	for (; *name; name++) {
		if (strchr(allowed, *name))
			*p++ = *name;
		else
			p = stpcpy(p, arena_printf(a, "\\x%02x", (unsigned char)*name));
	}
	*p = '\0';
	return escaped;
}

static int check_slice(const struct planner *b, const char *pointer, const char *slice)
{
	if (!text_ends_with(slice, ".slice") || strchr(slice, '/'))
		return refuse(b, pointer, "'%s' is not the name of a slice: it ends in .slice and has no '/' in it", slice);
	return 0;
}

/* ---- properties ---- */

/* "1.5" seconds as microseconds. */
static const char *to_usec(struct arena *a, const char *seconds)
{
	char *end;
	uint64_t whole = strtoull(seconds, &end, 10), part = 0, unit = 100000;

	for (end += *end == '.'; *end >= '0' && *end <= '9' && unit > 0; end++, unit /= 10)
		part += (uint64_t)(*end - '0') * unit;
	return arena_printf(a, "%llu", whole < UINT64_MAX / 1000000 - 1 ? (unsigned long long)(whole * 1000000 + part) : ULLONG_MAX);
}

static void add_property(struct arena *a, struct unit_properties *l, const char *name, const char *type, const char *value)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].name, name) == 0) {
			l->items[i] = (struct unit_property){ .name = name, .type = type, .value = value };
			return;
		}
	*arena_push(a, l) = (struct unit_property){ .name = name, .type = type, .value = value };
}

/* runc's and crun's annotation: org.systemd.property.TimeoutStopUSec = "uint64 5000000". Names that end in Sec are seconds. */
static int add_annotated(const struct planner *b, struct unit_properties *l)
{
	static const char prefix[] = "org.systemd.property.", letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const struct key_values *all = &b->spec->annotations;

	for (size_t i = 0; i < all->n; i++) {
		const char *key = all->items[i].key, *name = key + strlen(prefix);
		struct unit_property p = { 0 };

		if (strncmp(key, prefix, strlen(prefix)) != 0)
			continue;
		if (strspn(name, letters) != strlen(name) || strlen(name) < 3 || !unit_value_parse(b->arena, all->items[i].value, &p))
			return refuse(b, arena_printf(b->arena, "/annotations/%s", key),
				      "'%s' is not a property and its value as GVariant text", all->items[i].value);
		if (text_ends_with(name, "Sec") && !text_ends_with(name, "USec")) {
			name = arena_printf(b->arena, "%.*sUSec", (int)(strlen(name) - 3), name);
			p = (struct unit_property){ .type = "t", .value = to_usec(b->arena, p.value) };
		}
		add_property(b->arena, l, name, p.type, p.value);
	}
	return 0;
}

static int scope_properties(const struct planner *b, const char *slice, struct unit_properties *ret)
{
	static const struct unit_property always[] = {
		{ "Delegate", "b", "true" },	  { "CollectMode", "s", "inactive-or-failed" },
		{ "CPUAccounting", "b", "true" }, { "MemoryAccounting", "b", "true" },
		{ "IOAccounting", "b", "true" },  { "TasksAccounting", "b", "true" },
	};
	const struct spec_resources *r = b->spec->linux_->resources;
	struct unit_properties limits = { 0 };

	add_property(b->arena, ret, "Description", "s", arena_printf(b->arena, "urun container %s", b->plan->id));
	add_property(b->arena, ret, "Slice", "s", slice);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		add_property(b->arena, ret, always[i].name, always[i].type, always[i].value);
	/* As runc and crun: who manages it stops it, not the shutdown of the slice. */
	if (b->plan->form == FORM_RUNC)
		add_property(b->arena, ret, "DefaultDependencies", "b", "false");
	if (r)
		limits_to_properties(b->arena, r, &limits);
	if (b->options->companion)
		limits = limits_with_room(b->arena, &limits, b->plan->network.helper != NETWORK_NOBODY);
	for (size_t i = 0; i < limits.n; i++)
		add_property(b->arena, ret, limits.items[i].name, limits.items[i].type, limits.items[i].value);
	return add_annotated(b, ret);
}

static int make_scope(const struct planner *b, const char *name, const char *slice, struct cgroup_rung *ret)
{
	*ret = (struct cgroup_rung){
		.place = CGROUP_SCOPE,
		.word = "scope",
		.unit = escape_unit(b->arena, name),
		.system = plan_is_real_root(b),
	};
	return scope_properties(b, slice, &ret->properties);
}

int plan_usual_scope(const struct planner *b, struct cgroup_rung *ret)
{
	const char *slice = b->options->slice ? b->options->slice : "app.slice";
	int r = check_slice(b, "--slice", slice);

	return r < 0 ? r : make_scope(b, arena_printf(b->arena, "urun-%s.scope", b->plan->id), slice, ret);
}

/* "slice:prefix:name", as runc and crun read it; "name" alone for crun. */
int plan_named_scope(const struct planner *b, const char *path, struct cgroup_rung *ret)
{
	static const char pointer[] = "/linux/cgroupsPath";
	const char *usual = plan_is_real_root(b) ? "system.slice" : "user.slice", *slice = usual, *prefix = "urun", *name = b->plan->id,
		   *colon;
	int r;

	if (path && (colon = strchr(path, ':'))) {
		const char *second = strchr(colon + 1, ':');

		if (!second || strchr(second + 1, ':'))
			return refuse(b, pointer, "'%s': must be SLICE:PREFIX:NAME for a systemd manager", path);
		slice = colon > path ? arena_strndup(b->arena, path, (size_t)(colon - path)) : usual;
		prefix = arena_strndup(b->arena, colon + 1, (size_t)(second - colon - 1));
		name = second + 1;
	} else if (path && path[0] && !strchr(path, '/')) {
		prefix = "";
		name = path;
	}
	if (strcmp(slice, "-") == 0)
		slice = "-.slice";
	if ((r = check_slice(b, pointer, slice)) < 0)
		return r;
	if (!*name || strchr(name, '/') || text_ends_with(name, ".slice"))
		return refuse(b, pointer, "'%s' cannot be the name of a scope", name);
	name = arena_printf(b->arena, "%s%s%s.scope", prefix, *prefix ? "-" : "", name);
	return make_scope(b, name, slice, ret);
}
