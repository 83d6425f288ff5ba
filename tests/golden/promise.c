/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "promise.h"
#include "base/json.h"
#include "plan/parts.h"
#include <string.h>

/* A write to uid_map must fit in one page, as well as in 340 lines (user_namespaces(7)). */
enum { LINES_MAX = 340, TEXT_MAX = 4096 };

static bool overlap(uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count)
{
	return a < b + b_count && b < a + a_count;
}

static const char *check_map(struct arena *a, const struct plan *p, const struct id_map *m, const char *what)
{
	size_t text = 0;

	if (p->ids.method == IDS_KEPT)
		return NULL;
	if (p->ids.method == IDS_JOINED)
		return m->n == 0 ? NULL : arena_printf(a, "a joined namespace has no %s map of ours", what);
	for (size_t i = 0; i < m->n; i++) {
		const struct id_extent *e = &m->items[i];

		text += strlen(arena_printf(a, "%u %u %u\n", e->inside, e->outside, e->count));
		if (e->count == 0)
			return arena_printf(a, "extent %zu of the %s map is not empty", i, what);
		if (e->inside + (uint64_t)e->count > UINT32_MAX || e->outside + (uint64_t)e->count > UINT32_MAX)
			return arena_printf(a, "extent %zu of the %s map ends below the largest id", i, what);
		for (size_t j = 0; j < i; j++)
			if (overlap(e->inside, e->count, m->items[j].inside, m->items[j].count) ||
			    overlap(e->outside, e->count, m->items[j].outside, m->items[j].count))
				return arena_printf(a, "extents %zu and %zu of the %s map do not overlap", j, i, what);
	}
	if (m->n == 0 || m->n > LINES_MAX || text >= TEXT_MAX)
		return arena_printf(a, "the kernel takes a %s map of %zu lines and %zu bytes", what, m->n, text);
	return NULL;
}

static bool is_in(const struct id_range *r, const struct id_extent *e)
{
	return e->outside >= r->start && e->outside - r->start < r->count && e->count <= r->count - (e->outside - r->start);
}

/* newuidmap(1) takes our own id alone, or ids that /etc/subuid grants; ranges that touch count as one (shadow's have_range()). */
static bool is_granted(const struct id_extent *e, uint32_t self, const struct id_ranges *ranges)
{
	struct id_extent rest = *e;

	if (e->count == 1 && e->outside == self)
		return true;
	for (size_t i = 0; i < ranges->n; i++) {
		const struct id_range *r = &ranges->items[i];

		if (is_in(r, &rest))
			return true;
		if (rest.outside >= r->start && rest.outside - r->start < r->count) {
			uint32_t part = r->count - (rest.outside - r->start);

			rest.outside += part;
			rest.count -= part;
			i = (size_t)-1;
		}
	}
	return false;
}

/* The kernel wants each line inside one line of our own map (map_id_range_down() in the kernel). */
static const char *check_parent(struct arena *a, const struct id_map *m, const struct id_ranges *own)
{
	for (size_t i = 0; i < m->n; i++) {
		bool inside = false;

		for (size_t k = 0; k < own->n; k++)
			inside = inside || is_in(&own->items[k], &m->items[i]);
		if (!inside)
			return arena_printf(a, "extent %zu lies inside one of our own", i);
	}
	return NULL;
}

static const char *check_grants(struct arena *a, const struct plan *p, const struct host *h)
{
	if (p->ids.method == IDS_DIRECT)
		return check_parent(a, &p->ids.uid, &h->own_uids) ?: check_parent(a, &p->ids.gid, &h->own_gids);
	if (p->ids.method != IDS_HELPERS)
		return NULL;
	if (!p->ids.newuidmap || !p->ids.newgidmap)
		return "whoever needs helpers has them";
	for (size_t i = 0; i < p->ids.uid.n; i++)
		if (!is_granted(&p->ids.uid.items[i], h->uid, &h->subuids))
			return arena_printf(a, "newuidmap allows extent %zu", i);
	for (size_t i = 0; i < p->ids.gid.n; i++)
		if (!is_granted(&p->ids.gid.items[i], h->gid, &h->subgids))
			return arena_printf(a, "newgidmap allows extent %zu", i);
	return NULL;
}

static const char *check_who(const struct plan *p)
{
	const struct plan_ids *ids = &p->ids;

	if (ids->method == IDS_JOINED || ids->method == IDS_KEPT)
		return NULL;
	if (!id_is_mapped(&ids->uid, p->process.uid) || !id_is_mapped(&ids->gid, p->process.gid))
		return "the process has ids that are mapped";
	if (!id_is_mapped(&ids->uid, ids->setup_uid) || !id_is_mapped(&ids->gid, ids->setup_gid))
		return "init builds with ids that are mapped";
	for (size_t i = 0; i < p->process.groups.n; i++)
		if (!id_is_mapped(&ids->gid, p->process.groups.items[i]))
			return "additional groups are mapped";
	if (ids->method == IDS_SINGLE && (p->process.set_groups || p->process.groups.n > 0))
		return "with setgroups denied no groups are set";
	return NULL;
}

static const char *check_mounts(struct arena *a, const struct plan *p)
{
	for (size_t i = 0; i < p->mounts.n; i++) {
		const struct mount_op *m = &p->mounts.items[i];

		if (m->target[0] != '/')
			return arena_printf(a, "the target of mount %zu is absolute", i + 1);
		if (m->kind == MOUNT_FS && !m->fstype)
			return arena_printf(a, "mount %zu has a file system", i + 1);
		if ((m->kind == MOUNT_BIND || m->kind == MOUNT_DEVICE || m->kind == MOUNT_LINK) && !m->source)
			return arena_printf(a, "mount %zu has a source", i + 1);
		if (m->kind == MOUNT_BIND && m->source[0] != '/')
			return arena_printf(a, "the source of mount %zu is absolute", i + 1);
	}
	return NULL;
}

static const char *check_limits(const struct plan *p, const struct host *h)
{
	const struct cap_sets *c = &p->process.caps;

	for (size_t i = 0; i < p->process.rlimits.n; i++) {
		const struct rlimit_op *l = &p->process.rlimits.items[i];

		if (l->soft > l->hard || l->hard > h->rlimit_hard[l->resource])
			return "setrlimit(2) takes the limits";
	}
	if (c->effective & ~c->permitted || c->ambient & ~(c->permitted & c->inheritable) || c->inheritable & ~c->bounding)
		return "capset(2) takes the capabilities";
	return NULL;
}

static const char *check_json(struct arena *a, const struct plan *p)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	struct json tree;
	const char *text;
	size_t len;

	plan_json(w, p);
	text = json_text(w, &len);
	if (json_parse(a, "the plan", text, len, &tree) < 0)
		return arena_printf(a, "the plan as JSON is JSON (%s)", err_last()->text);
	return NULL;
}

const char *promise_broken(struct arena *a, const struct plan *p, const struct host *h)
{
	const char *broken;

	if ((broken = check_map(a, p, &p->ids.uid, "user")) || (broken = check_map(a, p, &p->ids.gid, "group")))
		return broken;
	if ((broken = check_grants(a, p, h)) || (broken = check_who(p)) || (broken = check_mounts(a, p)))
		return broken;
	if ((broken = check_limits(p, h)))
		return broken;
	return check_json(a, p);
}
