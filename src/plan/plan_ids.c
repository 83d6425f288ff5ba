/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_ids.c - who is who: the user and group ids of the container.
 *
 * All maps are slices of one list, the caller's ids: number 0 is the caller, 1, 2, … are the subordinate ids, range
 * after range. The default map is that list as it is, keep-id and nomap reorder it, --uidmap picks from it. */
#include "plan/parts.h"
#include <string.h>

enum {
	EXTENTS_MAX = 340, /* user_namespaces(7), since Linux 4.15 */
	MAP_BYTES = 4096,  /* and less than a page, written at once */
	BLOCK = 65536,
};

bool id_is_mapped(const struct id_map *m, uint32_t inside)
{
	for (size_t i = 0; i < m->n; i++)
		if (inside >= m->items[i].inside && inside - m->items[i].inside < m->items[i].count)
			return true;
	return false;
}

/* The id that the host knows it by; of a mapped one. */
static uint32_t id_outside(const struct id_map *m, uint32_t inside)
{
	for (size_t i = 0; i < m->n; i++)
		if (inside >= m->items[i].inside && inside - m->items[i].inside < m->items[i].count)
			return m->items[i].outside + (inside - m->items[i].inside);
	return UINT32_MAX;
}

static uint64_t map_count(const struct id_map *m)
{
	uint64_t count = 0;

	for (size_t i = 0; i < m->n; i++)
		count += m->items[i].count;
	return count;
}

static size_t digits(uint32_t n)
{
	return n < 10 ? 1 : 1 + digits(n / 10);
}

/* A line of the map's text: three numbers, two spaces and a newline. */
static size_t extent_bytes(const struct id_extent *e)
{
	return digits(e->inside) + digits(e->outside) + digits(e->count) + 3;
}

static size_t map_bytes(const struct id_map *m)
{
	size_t bytes = 0;

	for (size_t i = 0; i < m->n; i++)
		bytes += extent_bytes(&m->items[i]);
	return bytes;
}

/* Neighbours are never joined: the kernel wants each line inside one extent of the parent's map, and newuidmap wants it
 * inside one range that was granted. */
static void map_add(struct arena *a, struct id_map *m, struct id_extent e)
{
	if (e.count == 0)
		return;
	m->cut = m->cut || m->n == EXTENTS_MAX || map_bytes(m) + extent_bytes(&e) >= MAP_BYTES;
	if (!m->cut)
		*arena_push(a, m) = e;
}

/* The part of [start, end) that no extent of the list uses yet: the kernel refuses an outside id that stands twice. */
static void list_add_unused(struct arena *a, struct id_map *list, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < list->n && start < end; i++) {
		uint64_t from = list->items[i].outside, to = from + list->items[i].count;

		if (to <= start || from >= end)
			continue;
		if (from > start)
			list_add_unused(a, list, start, from);
		start = to;
	}
	if (start < end && end - start > UINT32_MAX - map_count(list))
		end = start + (UINT32_MAX - map_count(list));
	if (start < end)
		map_add(a, list,
			(struct id_extent){
				.inside = (uint32_t)map_count(list),
				.outside = (uint32_t)start,
				.count = (uint32_t)(end - start),
			});
}

/* The caller's ids in order; inside is the number in the list. The very last id, (uint32_t)-1, means "no id". */
static struct id_map ids_of_caller(struct arena *a, uint32_t self, const struct id_ranges *ranges)
{
	struct id_map list = { 0 };

	map_add(a, &list, (struct id_extent){ .inside = 0, .outside = self, .count = 1 });
	for (size_t i = 0; i < ranges->n; i++) {
		uint64_t end = ranges->items[i].start + (uint64_t)ranges->items[i].count;

		if (end > UINT32_MAX)
			end = UINT32_MAX;
		list_add_unused(a, &list, ranges->items[i].start, end);
	}
	return list;
}

/* Map [inside, inside + count) to the caller's ids from number on; returns how many there were. */
static uint64_t map_slice(struct arena *a, struct id_map *m, const struct id_map *list, uint64_t inside, uint64_t number, uint64_t count)
{
	uint64_t done = 0;

	for (size_t i = 0; i < list->n && done < count; i++) {
		const struct id_extent *e = &list->items[i];
		uint64_t skip = number + done - e->inside, n;

		if (number + done < e->inside || skip >= e->count)
			continue;
		n = e->count - skip < count - done ? e->count - skip : count - done;
		if (inside + done + n > UINT32_MAX)
			n = UINT32_MAX > inside + done ? UINT32_MAX - (inside + done) : 0;
		if (n == 0)
			break;
		map_add(a, m,
			(struct id_extent){
				.inside = (uint32_t)(inside + done),
				.outside = (uint32_t)(e->outside + skip),
				.count = (uint32_t)n,
			});
		done += n;
	}
	m->cut = m->cut || (list->cut && done < count);
	return done;
}

const char *ids_grant(struct arena *a, const struct host *h, uint64_t count)
{
	uint64_t first = h->free_subid ? h->free_subid : 100000, last = first + (count + BLOCK - 1) / BLOCK * BLOCK - 1;
	const char *who = h->user ? h->user : arena_printf(a, "%u", h->uid);

	if (!h->user) /* usermod wants a name */
		return arena_printf(a, "echo %u:%llu:%llu | sudo tee -a /etc/subuid /etc/subgid", h->uid, (unsigned long long)first,
				    (unsigned long long)(last - first + 1));
	if (h->subid_source && strcmp(h->subid_source, "files") != 0)
		return arena_printf(a, "ipa subid-generate --owner=%s      (ids come from nsswitch 'subid: %s')", who, h->subid_source);
	return arena_printf(a, "sudo usermod --add-subuids %llu-%llu --add-subgids %llu-%llu %s", (unsigned long long)first,
			    (unsigned long long)last, (unsigned long long)first, (unsigned long long)last, who);
}

static const struct ids_obstacle *obstacle_no_range(struct arena *a, const struct host *h)
{
	const char *file = h->subuids.n == 0 ? "/etc/subuid" : "/etc/subgid";
	const char *who = h->user ? arena_printf(a, "user '%s' (uid %u)", h->user, h->uid) : arena_printf(a, "uid %u", h->uid);
	struct ids_obstacle *o = arena_alloc(a, sizeof(*o));

	*o = (struct ids_obstacle){
		.code = "no-subids",
		.text = "running with one user ID only",
		.advice = {
			.cause = arena_printf(a, "no subordinate ID range for %s in %s (nsswitch 'subid: %s')", who, file, h->subid_source ? h->subid_source : "files"),
			.fix = ids_grant(a, h, BLOCK),
			.now = "programs that switch user (apt, sshd, postgres) will fail; everything else works. Silence: --userns=single",
		},
	};
	return o;
}

static const struct ids_obstacle *obstacle_helper(struct arena *a, const struct host_helper *helper, const char *name)
{
	struct ids_obstacle *o = arena_alloc(a, sizeof(*o));
	const char *cause = NULL;

	if (helper->problem == HELPER_MISSING)
		cause = arena_printf(a, "%s is not installed", name);
	else if (helper->problem == HELPER_NOSUID)
		cause = arena_printf(a, "%s is on a file system mounted nosuid; no other %s is usable", helper->path, name);
	else
		cause = arena_printf(a, "%s is neither setuid root nor has cap_set%cid; no other %s is usable", helper->path, name[3],
				     name);
	*o = (struct ids_obstacle){
		.code = "no-idmap-helper",
		.text = "running with one user ID only",
		.advice = {
			.cause = cause,
			.fix = "sudo apt-get install uidmap         (dnf: shadow-utils · apk: shadow-subids · zypper: shadow) — or: "
			       "sudo chmod u+s /usr/bin/newuidmap /usr/bin/newgidmap",
			.now = "programs that switch user (apt, sshd, postgres) will fail; everything else works. Silence: --userns=single",
		},
	};
	return o;
}

static const struct ids_obstacle *obstacle_no_new_privs(struct arena *a)
{
	struct ids_obstacle *o = arena_alloc(a, sizeof(*o));

	*o = (struct ids_obstacle){
		.code = "no-new-privs",
		.text = "running with one user ID only",
		.advice = {
			.cause = "this process has no_new_privs set, so newuidmap cannot gain privileges",
			.fix = "in a systemd unit, remove NoNewPrivileges=, SystemCallFilter=, RestrictNamespaces=, LockPersonality=, "
			       "MemoryDenyWriteExecute=: systemctl --user edit UNIT",
			.now = "programs that switch user (apt, sshd, postgres) will fail; everything else works. Silence: --userns=single",
		},
	};
	return o;
}

const struct ids_obstacle *ids_obstacle(struct arena *a, const struct host *h)
{
	if (h->may_map_any)
		return NULL;
	if (h->no_new_privs)
		return obstacle_no_new_privs(a);
	if (h->subuids.n == 0 || h->subgids.n == 0)
		return obstacle_no_range(a, h);
	if (h->newuidmap.problem != HELPER_OK)
		return obstacle_helper(a, &h->newuidmap, "newuidmap");
	if (h->newgidmap.problem != HELPER_OK)
		return obstacle_helper(a, &h->newgidmap, "newgidmap");
	return NULL;
}

/* One kind of id, user or group, on its way to a map. */
struct kind {
	uint32_t self;			  /* the caller's */
	uint32_t wanted;		  /* the one the process runs with */
	const struct id_map *list;	  /* the caller's ids */
	const struct id_mappings *bundle; /* uidMappings */
	const struct id_map *option;	  /* --uidmap */
	bool has_keep;
	uint32_t keep;	    /* --userns=keep-id:uid= */
	uint64_t keep_size; /* 0: all */
};

static bool is_owned(const struct kind *k, const struct id_mapping *e)
{
	for (size_t i = 0; i < k->list->n; i++) {
		const struct id_extent *own = &k->list->items[i];

		if (e->host_id >= own->outside && e->host_id + (uint64_t)e->size <= own->outside + (uint64_t)own->count)
			return true;
	}
	return false;
}

/* The first entry that names ids of somebody else, or NULL. */
static const struct id_mapping *first_foreign(const struct kind *k)
{
	for (size_t i = 0; i < k->bundle->n; i++)
		if (!is_owned(k, &k->bundle->items[i]))
			return &k->bundle->items[i];
	return NULL;
}

static void map_bundle(struct arena *a, const struct kind *k, struct id_map *m)
{
	for (size_t i = 0; i < k->bundle->n; i++)
		map_add(a, m,
			(struct id_extent){
				.inside = k->bundle->items[i].container_id,
				.outside = k->bundle->items[i].host_id,
				.count = k->bundle->items[i].size,
			});
}

/* The id that stands for the user who made the bundle: an entry of size 1 is that user, otherwise container root. */
static uint32_t id_of_owner(const struct id_mappings *bundle)
{
	for (size_t i = 0; i < bundle->n; i++)
		if (bundle->items[i].size == 1)
			return bundle->items[i].container_id;
	return bundle->n > 0 ? bundle->items[0].container_id : 0;
}

/* The bundle was made by another user: the same container ids, on this caller's ids. Returns how many found no id. */
static uint64_t map_rebased(struct arena *a, const struct kind *k, struct id_map *m)
{
	uint32_t owner = id_of_owner(k->bundle);
	uint64_t number = 1, missing = 0;

	map_add(a, m, (struct id_extent){ .inside = owner, .outside = k->self, .count = 1 });
	for (size_t i = 0; i < k->bundle->n; i++) {
		uint64_t inside = k->bundle->items[i].container_id, count = k->bundle->items[i].size, done;

		if (inside <= owner && owner < inside + count) { /* the owner has an id already */
			done = map_slice(a, m, k->list, inside, number, owner - inside);
			missing += owner - inside - done;
			number += done;
			count -= owner - inside + 1;
			inside = (uint64_t)owner + 1;
		}
		done = map_slice(a, m, k->list, inside, number, count);
		missing += count - done;
		number += done;
	}
	return missing;
}

static void map_keep(struct arena *a, const struct kind *k, struct id_map *m)
{
	uint32_t at = k->has_keep ? k->keep : k->self;
	uint64_t all = map_count(k->list), below;

	if (k->keep_size && k->keep_size < all)
		all = k->keep_size;
	below = at < all - 1 ? at : all - 1;
	(void)map_slice(a, m, k->list, 0, 1, below);
	map_add(a, m, (struct id_extent){ .inside = at, .outside = k->self, .count = 1 });
	(void)map_slice(a, m, k->list, (uint64_t)at + 1, 1 + below, all - 1 - below);
}

static bool overlap(const struct id_extent *a, const struct id_extent *b)
{
	bool inside = a->inside < b->inside + (uint64_t)b->count && b->inside < a->inside + (uint64_t)a->count;
	bool outside = a->outside < b->outside + (uint64_t)b->count && b->outside < a->outside + (uint64_t)a->count;

	return inside || outside;
}

static int map_option(const struct planner *b, const struct kind *k, struct id_map *m, const char *option)
{
	for (size_t i = 0; i < k->option->n; i++) {
		const struct id_extent *e = &k->option->items[i];

		for (size_t j = 0; j < i; j++)
			if (overlap(e, &k->option->items[j]))
				return err_set(EINVAL, "usage", "%s=%u:%u:%u overlaps %s=%u:%u:%u", option, e->inside, e->outside, e->count,
					       option, k->option->items[j].inside, k->option->items[j].outside, k->option->items[j].count);

		if (map_slice(b->arena, m, k->list, e->inside, e->outside, e->count) < e->count)
			return err_advise(err_set(EPERM, "no-subids",
						  "%s=%u:%u:%u: you have only %llu ids (0 is yourself, "
						  "1 to %llu are subordinate)",
						  option, e->inside, e->outside, e->count, (unsigned long long)map_count(k->list),
						  (unsigned long long)map_count(k->list) - 1),
					  &(struct advice){ .fix = ids_grant(b->arena, b->host, e->outside + (uint64_t)e->count) });
	}
	return 0;
}

static void map_single(struct arena *a, const struct kind *k, struct id_map *m, uint32_t inside)
{
	map_add(a, m, (struct id_extent){ .inside = inside, .outside = k->self, .count = 1 });
}

/* The bundle's own maps, as they are or moved to the caller's ids. */
static void map_from_bundle(const struct planner *b, const struct kind *k, struct id_map *m, const char *pointer)
{
	uint64_t missing;

	if (!first_foreign(k)) {
		map_bundle(b->arena, k, m);
		return;
	}
	missing = map_rebased(b->arena, k, m);
	note_adapted(b, "ids-rebased", "%s names ids of another user: the same container ids get yours", pointer);
	if (missing > 0)
		note_warning(b, "ids-fewer",
			     &(struct advice){ .cause = arena_printf(b->arena, "%s asks for %llu ids more than you have", pointer,
								     (unsigned long long)missing),
					       .fix = ids_grant(b->arena, b->host, missing) },
			     "fewer ids than the bundle asks for");
}

static bool bundle_maps(const struct id_mappings *bundle, uint32_t id)
{
	for (size_t i = 0; i < bundle->n; i++)
		if (id >= bundle->items[i].container_id && id - bundle->items[i].container_id < bundle->items[i].size)
			return true;
	return false;
}

/* The bundle's own map, unless it is too small for the bundle's own user: then all ids, as if it had none. That is what
 * `umoci unpack --rootless` makes of an image with a user. */
static void map_default(const struct planner *b, const struct kind *k, struct id_map *m, const char *pointer)
{
	bool usable = bundle_maps(k->bundle, k->wanted);

	if (k->bundle->n > 0 && (usable || k->list->n == 1)) {
		map_from_bundle(b, k, m, pointer);
		return;
	}
	if (k->bundle->n > 0)
		note_adapted(b, "ids-widened", "%s has no id for the user of the bundle: all of yours are mapped", pointer);
	(void)map_slice(b->arena, m, k->list, 0, 0, UINT32_MAX);
}

static int map_as_configured(const struct planner *b, const struct kind *k, struct id_map *m, const char *pointer)
{
	const struct id_mapping *foreign = first_foreign(k);

	if (foreign)
		return err_advise(refuse(b, arena_printf(b->arena, "%s/%zu", pointer, (size_t)(foreign - k->bundle->items)),
					 "the host's ids %u to %u are not all yours", foreign->host_id,
					 foreign->host_id + (foreign->size - 1)),
				  &(struct advice){ .now = "without --userns=config the same container ids get yours" });
	map_bundle(b->arena, k, m);
	return 0;
}

static int map_one_kind(const struct planner *b, const struct kind *k, enum userns_mode mode, struct id_map *m, const char *pointer,
			const char *option)
{
	if (k->option->n > 0)
		return map_option(b, k, m, option);
	switch (mode) {
	case USERNS_CONFIG:
		return map_as_configured(b, k, m, pointer);
	case USERNS_SINGLE:
		/* The one id goes to the user that the process runs as: container root has no use for it then. */
		map_single(b->arena, k, m, k->wanted);
		if (k->wanted != 0)
			note_adapted(b, "id-single", "the one id goes to %s %u, and 0 has none",
				     strcmp(option, "--uidmap") == 0 ? "user" : "group", k->wanted);
		return 0;
	case USERNS_KEEP_ID:
		map_keep(b->arena, k, m);
		return 0;
	case USERNS_NOMAP:
		(void)map_slice(b->arena, m, k->list, 0, 1, UINT32_MAX);
		return 0;
	case USERNS_AUTO:
	case USERNS_FULL:
		map_default(b, k, m, pointer);
		return 0;
	}
	return -EINVAL;
}

static bool is_only_self(const struct id_map *m, uint32_t self)
{
	return m->n == 1 && m->items[0].count == 1 && m->items[0].outside == self;
}

static int refuse_obstacle(const struct ids_obstacle *o)
{
	struct advice advice = o->advice;

	advice.now = "urun run --userns=single …";
	return err_advise(err_set(EPERM, o->code, "cannot map user IDs: %s", o->advice.cause),
			  &(struct advice){ .fix = advice.fix, .now = advice.now });
}

/* Who writes the maps. A full map that nobody can write was refused or reduced before. */
static int choose_method(const struct planner *b, const struct ids_obstacle *obstacle)
{
	struct plan_ids *ids = &b->plan->ids;
	const struct host *h = b->host;

	if (is_only_self(&ids->uid, h->uid) && is_only_self(&ids->gid, h->gid)) {
		ids->method = IDS_SINGLE;
	} else if (h->may_map_any) {
		ids->method = IDS_DIRECT;
	} else if (obstacle) {
		return refuse_obstacle(obstacle);
	} else {
		ids->method = IDS_HELPERS;
		ids->newuidmap = h->newuidmap.path;
		ids->newgidmap = h->newgidmap.path;
	}
	return 0;
}

/* More subordinate ids help only where all of them are mapped. */
static bool is_everything(const struct planner *b)
{
	const struct plan_options *o = b->options;
	const struct spec_linux *l = b->spec->linux_;
	bool by_mode = o->userns == USERNS_AUTO || o->userns == USERNS_FULL;

	return by_mode && !b->host->may_map_any && !o->uid_map.n && !o->gid_map.n && !l->uid_mappings.n && !l->gid_mappings.n;
}

static int check_user(const struct planner *b, uint32_t uid, uint32_t gid)
{
	const struct plan_ids *ids = &b->plan->ids;
	bool user_fits = id_is_mapped(&ids->uid, uid), fits = user_fits && id_is_mapped(&ids->gid, gid);
	const struct id_map *m = user_fits ? &ids->gid : &ids->uid;
	const char *what = user_fits ? "group" : "user";
	uint32_t id = user_fits ? gid : uid;
	const struct id_extent *last;
	uint64_t lack;

	if (fits)
		return 0;
	if (m->n == 0)
		return err_advise(err_set(EINVAL, "id-unmapped", "--userns=config: the bundle has no /linux/%cidMappings", what[0]),
				  &(struct advice){ .now = "urun run --userns=auto BUNDLE" });
	last = &m->items[m->n - 1];
	if (b->options->form == FORM_EXEC)
		return err_set(EINVAL, "id-unmapped", "%s %u is outside the ids of the container, %u-%u", what, id, m->items[0].inside,
			       last->inside + (last->count - 1));
	lack = id + 1ULL > map_count(m) ? id + 1ULL - map_count(m) : 1;
	return err_advise(err_set(EINVAL, "id-unmapped", "%s %u of the bundle is outside the mapped range %u-%u", what, id,
				  m->items[0].inside, last->inside + (last->count - 1)),
			  &(struct advice){
				  .fix = is_everything(b) ? ids_grant(b->arena, b->host, lack) : NULL,
				  .now = arena_printf(b->arena, "urun run --userns=keep-id:uid=%u,gid=%u BUNDLE", uid, gid),
			  });
}

/* A bundle made for one id needs no more than one. */
static bool is_made_for_one(const struct spec_linux *l)
{
	return l->uid_mappings.n == 1 && l->uid_mappings.items[0].size == 1 && l->gid_mappings.n == 1 && l->gid_mappings.items[0].size == 1;
}

static bool needs_only_self(const struct id_map *option)
{
	return option->n == 0 || (option->n == 1 && option->items[0].outside == 0 && option->items[0].count == 1);
}

/* What can be had instead of what was asked for, told as a warning; or the obstacle as the error where nothing can. */
static int choose_mode(const struct planner *b, const struct ids_obstacle *obstacle, enum userns_mode *ret)
{
	const struct plan_options *o = b->options;

	*ret = o->userns;
	if (!obstacle || o->userns == USERNS_SINGLE || o->userns == USERNS_CONFIG)
		return 0;
	if (o->uid_map.n > 0 || o->gid_map.n > 0)
		return needs_only_self(&o->uid_map) && needs_only_self(&o->gid_map) ? 0 : refuse_obstacle(obstacle);
	if (o->userns == USERNS_FULL || o->userns == USERNS_NOMAP)
		return refuse_obstacle(obstacle);
	if (o->userns == USERNS_AUTO && is_made_for_one(b->spec->linux_))
		return 0;
	note_warning(b, obstacle->code, &obstacle->advice, "%s", obstacle->text);
	if (o->userns == USERNS_AUTO)
		*ret = USERNS_SINGLE;
	return 0;
}

static void map_inside(struct arena *a, struct id_map *m, const struct id_ranges *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		map_add(a, m, (struct id_extent){ .inside = ids->items[i].start, .count = ids->items[i].count });
}

/* The maps are what they are; only which ids there are inside matters. */
static int plan_existing(const struct planner *b, enum ids_method method, const struct id_ranges *uids, const struct id_ranges *gids,
			 const struct spec_user *user)
{
	struct plan_ids *ids = &b->plan->ids;

	*ids = (struct plan_ids){ .method = method };
	map_inside(b->arena, &ids->uid, uids);
	map_inside(b->arena, &ids->gid, gids);
	if (ids->uid.n == 0 || ids->gid.n == 0)
		return 0;
	ids->setup_uid = id_is_mapped(&ids->uid, 0) ? 0 : user->uid;
	ids->setup_gid = id_is_mapped(&ids->gid, 0) ? 0 : user->gid;
	return check_user(b, user->uid, user->gid);
}

int plan_joined_ids(const struct planner *b, const struct spec_user *user)
{
	return plan_existing(b, IDS_JOINED, &b->host->joined_uids, &b->host->joined_gids, user);
}

static int plan_kept_ids(const struct planner *b, const struct spec_user *user)
{
	int r = plan_existing(b, IDS_KEPT, &b->host->own_uids, &b->host->own_gids, user);

	b->plan->ids.setup_is_caller = b->plan->ids.setup_uid == b->host->uid && b->plan->ids.setup_gid == b->host->gid;
	return r;
}

int plan_id_maps(const struct planner *b)
{
	const struct plan_options *o = b->options;
	const struct host *h = b->host;
	const struct spec_user *user = b->spec->process ? &b->spec->process->user : &(const struct spec_user){ 0 };
	const struct ids_obstacle *obstacle = ids_obstacle(b->arena, h);
	struct plan_ids *ids = &b->plan->ids;
	const struct id_ranges none = { 0 };
	bool have_ranges = h->may_map_any || !obstacle;
	struct id_map uids, gids;
	enum userns_mode mode;
	int r;

	if (b->plan->ns[NS_USER].action == NS_JOIN) {
		if (b->spec->linux_->uid_mappings.n > 0 || b->spec->linux_->gid_mappings.n > 0)
			return refuse(b, b->spec->linux_->uid_mappings.n ? "/linux/uidMappings" : "/linux/gidMappings",
				      "the user namespace '%s' that is joined has its own", b->plan->ns[NS_USER].path);
		return plan_joined_ids(b, user);
	}
	if (b->plan->ns[NS_USER].action == NS_KEEP)
		return plan_kept_ids(b, user);
	if ((r = choose_mode(b, obstacle, &mode)) < 0)
		return r;
	uids = ids_of_caller(b->arena, h->uid, h->may_map_any ? &h->own_uids : have_ranges ? &h->subuids : &none);
	gids = ids_of_caller(b->arena, h->gid, h->may_map_any ? &h->own_gids : have_ranges ? &h->subgids : &none);

	if ((r = map_one_kind(b,
			      &(struct kind){ .self = h->uid,
					      .wanted = user->uid,
					      .list = &uids,
					      .bundle = &b->spec->linux_->uid_mappings,
					      .option = &o->uid_map,
					      .has_keep = o->keep_id.has_uid,
					      .keep = o->keep_id.uid,
					      .keep_size = o->keep_id.has_size ? o->keep_id.size : 0 },
			      mode, &ids->uid, "/linux/uidMappings", "--uidmap")) < 0)
		return r;
	if ((r = map_one_kind(b,
			      &(struct kind){ .self = h->gid,
					      .wanted = user->gid,
					      .list = &gids,
					      .bundle = &b->spec->linux_->gid_mappings,
					      .option = &o->gid_map,
					      .has_keep = o->keep_id.has_gid,
					      .keep = o->keep_id.gid,
					      .keep_size = o->keep_id.has_size ? o->keep_id.size : 0 },
			      mode, &ids->gid, "/linux/gidMappings", "--gidmap")) < 0)
		return r;
	if (h->may_map_any && !h->nested && h->uid == 0)
		note_warning(b, "root-is-root",
			     &(struct advice){
				     .cause = "urun was started by the host's root, and root's files are what container root may touch",
				     .now = "start it as a normal user" },
			     "root of the container is root of the host");
	if (ids->uid.cut || ids->gid.cut)
		note_warning(b, "ids-cut", &(struct advice){ .cause = "the kernel takes a map of at most 340 lines and 4095 characters" },
			     "some ids are not mapped: there are too many ranges");
	if ((r = choose_method(b, obstacle)) < 0)
		return r;
	if ((r = check_user(b, user->uid, user->gid)) < 0)
		return r;
	ids->setup_uid = id_is_mapped(&ids->uid, 0) ? 0 : user->uid;
	ids->setup_gid = id_is_mapped(&ids->gid, 0) ? 0 : user->gid;
	ids->setup_is_caller = id_outside(&ids->uid, ids->setup_uid) == h->uid && id_outside(&ids->gid, ids->setup_gid) == h->gid;
	return 0;
}

int plan_ids(struct arena *a, const struct spec *s, const struct host *h, const struct plan_options *o, struct plan *p)
{
	const struct planner b = { .arena = a, .spec = s, .host = h, .options = o, .plan = p };

	p->ns[NS_USER].action = NS_NEW;
	return plan_id_maps(&b);
}
