/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_net_devices.c - network devices of the caller's network that become the container's. */
#include "base/json.h"
#include "plan/parts.h"
#include <string.h>

static const char *template_of(const char *name)
{
	return strstr(name, "%d");
}

/* As the kernel has it (dev_valid_name()): what can be a file of sysfs, and an argument of commands. */
static bool is_valid(const char *name)
{
	const char *end = template_of(name);
	size_t len = strlen(name);

	if (end && (end[2] || strcspn(name, "%") < (size_t)(end - name)))
		return false;
	return len > 0 && len < NET_DEVICE_NAME_SIZE && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !name[strcspn(name, end ? "/: \t\n\v\f\r" : "%/: \t\n\v\f\r")];
}

static const struct host_net_device *find_device(const struct planner *b, const char *name)
{
	const struct host_net_devices *l = &b->host->net_devices;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].name, name) == 0)
			return &l->items[i];
	return NULL;
}

static const char *wanted_name(const struct spec_net_device *d)
{
	return d->name ? d->name : d->key;
}

/* Of the names that are known: there may be others in a namespace that is joined. */
static bool is_taken(const struct planner *b, const char *name, const struct spec_net_device *by_another_than)
{
	const struct spec_net_devices *l = &b->spec->linux_->net_devices;
	const struct net_moves *named = &b->plan->net_devices;

	if (strcmp(name, "lo") == 0 || (b->plan->network.helper == NETWORK_BY_SLIRP4NETNS && strcmp(name, "tap0") == 0))
		return true;
	for (size_t i = 0; i < named->n; i++)
		if (strcmp(named->items[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < l->n; i++)
		if (&l->items[i] != by_another_than && !template_of(wanted_name(&l->items[i])) &&
		    strcmp(wanted_name(&l->items[i]), name) == 0)
			return true;
	return false;
}

/* "eth%d" is the first of eth0, eth1, … that is free, as the kernel does it. */
static const char *fill_template(const struct planner *b, const struct spec_net_device *d, const char *name)
{
	const char *end = template_of(name), *filled;
	unsigned n = 0;

	do
		filled = arena_printf(b->arena, "%.*s%u", (int)(end - name), name, n++);
	while (is_taken(b, filled, d));
	return filled;
}

static int check_device(const struct planner *b, const char *pointer, const struct spec_net_device *d)
{
	const char *name = wanted_name(d);

	if (!is_valid(name))
		return refuse(b, pointer, "'%s' is no name for a network device, nor one that ends with %%d", name);
	if (b->plan->ns[NS_NETWORK].action == NS_KEEP)
		return refuse(b, pointer, "the container needs a network namespace of its own");
	if (!b->host->net_admin)
		return refuse(b, pointer, "only root can move a network device of the host; remove it to run as a normal user");
	if (strcmp(d->key, "lo") == 0)
		return refuse(b, pointer, "a loopback interface stays where it is");
	if (!find_device(b, d->key))
		return refuse(b, pointer, "there is no network device '%s' here", d->key);
	if (template_of(name) && b->plan->ns[NS_NETWORK].action == NS_JOIN)
		return refuse(b, pointer, "'%s' must be a whole name where the network namespace is joined", name);
	if (is_taken(b, name, d))
		return refuse(b, pointer, "the container has another network device '%s'", name);
	return 0;
}

int plan_net_devices(const struct planner *b)
{
	const struct spec_net_devices *l = &b->spec->linux_->net_devices;

	for (size_t i = 0; i < l->n; i++) {
		const struct spec_net_device *d = &l->items[i];
		const char *pointer = arena_printf(b->arena, "/linux/netDevices/%s", json_pointer_key(b->arena, d->key));
		const char *name = wanted_name(d);
		int r = check_device(b, pointer, d);

		if (r < 0)
			return r;
		if (template_of(name))
			name = fill_template(b, d, name);
		*arena_push(b->arena, &b->plan->net_devices) =
			(struct net_move){ .from = d->key, .name = name, .addresses = find_device(b, d->key)->addresses };
	}
	return 0;
}
