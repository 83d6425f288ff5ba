/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/publish.h"
#include "base/err.h"
#include "linux/port.h"
#include "linux/slirp_api.h"
#include "plan/ports.h"
#include <string.h>

int publisher_open(const struct container *c, struct publisher *ret)
{
	*ret = (struct publisher){ .container = c };
	if (c->status == STATUS_STOPPED)
		return err_set(ESRCH, "not-running", "container '%s' is not running", c->id);
	if (networked_read(c->arena, c->dir, &ret->network) == 0 && !process_is(ret->network.pid, ret->network.start))
		return err_set(ESRCH, "no-network", "container '%s' has no network any more: %s has ended", c->id,
			       network_helper_name(ret->network.helper));
	return 0;
}

static int may_change(const struct publisher *p)
{
	if (p->network.helper == NETWORK_BY_SLIRP4NETNS)
		return 0;
	if (p->network.helper == NETWORK_NOBODY)
		return err_set(ENOTSUP, "no-network", "container '%s' has no network that urun connects", p->container->id);
	return err_advise(err_set(ENOTSUP, "port-fixed",
				  "the ports of container '%s' cannot be changed: pasta takes them at its start only", p->container->id),
			  &(struct advice){ .now = "--network=slirp4netns" });
}

int publisher_list(const struct publisher *p, struct port_forwards *ret)
{
	const struct container *c = p->container;
	struct slirp_forwards l = { 0 };
	int r;

	if (p->network.helper != NETWORK_BY_SLIRP4NETNS) {
		*ret = p->network.ports;
		return 0;
	}
	if ((r = slirp_list(c->arena, c->dir, NETWORK_SOCKET, &l)) < 0)
		return r;
	for (size_t i = 0; i < l.n; i++)
		*arena_push(c->arena, ret) = l.items[i].port;
	return 0;
}

static void take_back(const struct container *c, const int64_t *ids, size_t n)
{
	const struct err *why = err_keep(c->arena);

	while (n > 0)
		(void)slirp_remove(c->arena, c->dir, NETWORK_SOCKET, ids[--n]);
	(void)err_restore(why);
}

int publisher_add(const struct publisher *p, const struct port_forwards *wanted, struct port_forwards *ret)
{
	const struct container *c = p->container;
	int64_t *ids = arena_array(c->arena, wanted->n, sizeof(*ids));
	int r = may_change(p);

	for (size_t i = 0; i < wanted->n; i++)
		*arena_push(c->arena, ret) = wanted->items[i];
	if (r == 0)
		r = ports_try(c->arena, ret);
	for (size_t i = 0; r == 0 && i < ret->n; i++)
		if ((r = slirp_add(c->arena, c->dir, NETWORK_SOCKET, &ret->items[i], NULL, &ids[i])) < 0)
			take_back(c, ids, i);
	return r;
}

/* Without a port of the host: any that leads there, from this address or, where that is the usual one, from any. */
static bool is_like(const struct port_forward *wanted, const struct port_forward *f)
{
	const bool any = wanted->host_port == 0 && strcmp(wanted->host_addr, "0.0.0.0") == 0;

	return wanted->protocol == f->protocol && wanted->container_port == f->container_port &&
	       (any || strcmp(wanted->host_addr, f->host_addr) == 0) && (wanted->host_port == 0 || wanted->host_port == f->host_port);
}

static bool is_wanted(const struct port_forwards *wanted, const struct port_forward *f)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (is_like(&wanted->items[i], f))
			return true;
	return false;
}

static int check_published(const struct container *c, const struct slirp_forwards *l, const struct port_forward *wanted)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_like(wanted, &l->items[i].port))
			return 0;
	return err_set(ENOENT, "no-port", "%s: container '%s' has no such port", wanted->origin, c->id);
}

int publisher_remove(const struct publisher *p, const struct port_forwards *wanted)
{
	const struct container *c = p->container;
	struct slirp_forwards l = { 0 };
	int r = may_change(p);

	if (r == 0)
		r = slirp_list(c->arena, c->dir, NETWORK_SOCKET, &l);
	for (size_t i = 0; r == 0 && i < wanted->n; i++)
		r = check_published(c, &l, &wanted->items[i]);
	for (size_t i = 0; r == 0 && i < l.n; i++)
		if (is_wanted(wanted, &l.items[i].port))
			r = slirp_remove(c->arena, c->dir, NETWORK_SOCKET, l.items[i].id);
	return r;
}
