/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/ports.h"
#include "base/err.h"
#include "base/text.h"
#include "plan/address.h"
#include "plan/limits_parts.h"
#include <string.h>
#include <strings.h>

enum { PUBLISH_LEN_MAX = 128 }; /* nothing that could be meant is longer */

/* One --publish. */
struct publish {
	enum port_protocol protocol;
	const char *addr;
	struct port_range {
		uint16_t first; /* 0: any */
		uint16_t n;
	} host, container;
};

/* ---- addresses ---- */

/* Whether nobody can have the same port on both: 0.0.0.0 is all of them. */
static bool addresses_meet(const char *one, const char *other)
{
	struct address a, b;

	if (!address_read(one, &a) || !address_read(other, &b) || a.len != b.len)
		return false;
	return address_is_any(&a) || address_is_any(&b) || memcmp(a.bytes, b.bytes, a.len) == 0;
}

/* ---- the parts of a text: each says what must be, or NULL ---- */

static const char *read_protocol(const char *word, enum port_protocol *ret)
{
	for (enum port_protocol p = 0; p < PORT_PROTOCOLS; p++)
		if (strcasecmp(word, port_protocol_name(p)) == 0) {
			*ret = p;
			return NULL;
		}
	if (strcasecmp(word, "sctp") == 0)
		return "must be tcp or udp behind the slash, sctp cannot be forwarded without root";
	return "must be tcp or udp behind the slash";
}

static bool port_scan(const char **text, uint16_t *ret)
{
	uint64_t n;

	if (!number_scan(text, &n) || n == 0 || n > PORT_MAX)
		return false;
	*ret = (uint16_t)n;
	return true;
}

static const char *read_range(const char *text, struct port_range *ret)
{
	uint16_t first, last;
	bool good = port_scan(&text, &first);

	last = first;
	if (good && *text == '-') {
		text++;
		good = port_scan(&text, &last);
	}
	if (!good || *text)
		return "must be ports from 1 to 65535, or ranges of them like 8000-8010";
	if (last < first)
		return "must be a range from a lower to a higher port";
	*ret = (struct port_range){ .first = first, .n = (uint16_t)(last - first + 1) };
	return NULL;
}

/* host is NULL or "" for any free port. */
static const char *read_ports(const char *host, const char *container, struct publish *ret)
{
	const char *problem = read_range(container, &ret->container);

	if (problem)
		return problem;
	if (!host || !*host) {
		ret->host = (struct port_range){ .first = 0, .n = ret->container.n };
		return NULL;
	}
	if ((problem = read_range(host, &ret->host)))
		return problem;
	return ret->host.n == ret->container.n ? NULL : "must be as many ports of the host as of the container";
}

static const char *read_address(const char *text, bool in_brackets, struct publish *ret)
{
	struct address addr;

	if (!address_read(text, &addr) || (addr.len == ADDRESS_V6) != in_brackets)
		return "must be a numeric address of the host before the ports, in brackets if it is of IPv6";
	ret->addr = text;
	return NULL;
}

/* IP:HOST:CONTAINER; a word ends where the next begins. */
static const char *read_with_address(char *addr, char *ports, bool in_brackets, struct publish *ret)
{
	char *container = strchr(ports, ':');
	const char *problem = read_address(addr, in_brackets, ret);

	if (problem)
		return problem;
	if (!container)
		return "must be IP:HOST:CONTAINER when there is an address, with nothing for HOST if any port will do";
	*container++ = '\0';
	return read_ports(ports, container, ret);
}

static const char *read_bracketed(char *text, struct publish *ret)
{
	char *end = strchr(text, ']');

	if (!end || end[1] != ':')
		return "must be an address in brackets, a colon and ports";
	*end = '\0';
	return read_with_address(text + 1, end + 2, true, ret);
}

static const char *read_publish(char *text, struct publish *ret)
{
	char *slash = strchr(text, '/'), *colon;
	const char *problem;

	*ret = (struct publish){ .protocol = PORT_TCP, .addr = "0.0.0.0" };
	if (slash) {
		*slash = '\0';
		if ((problem = read_protocol(slash + 1, &ret->protocol)))
			return problem;
	}
	if (*text == '[')
		return read_bracketed(text, ret);
	if (!(colon = strchr(text, ':')))
		return read_ports(NULL, text, ret);
	*colon++ = '\0';
	return strchr(colon, ':') ? read_with_address(text, colon, false, ret) : read_ports(text, colon, ret);
}

/* ---- the list ---- */

static bool is_taken(const struct port_forward *by, const struct publish *p)
{
	return by->protocol == p->protocol && p->host.first && by->host_port >= p->host.first &&
	       by->host_port - p->host.first < p->host.n && addresses_meet(by->host_addr, p->addr);
}

static int check_taken(struct arena *a, const char *origin, const struct publish *p, const struct port_forwards *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_taken(&l->items[i], p))
			return err_set(EINVAL, "usage", "%s: must be another port of the host, %s/%s is that of %s", origin,
				       text_host_port(a, l->items[i].host_addr, l->items[i].host_port), port_protocol_name(p->protocol),
				       l->items[i].origin);
	return 0;
}

static void append(struct arena *a, const char *origin, const struct publish *p, struct port_forwards *l)
{
	for (uint16_t i = 0; i < p->container.n; i++)
		*arena_push(a, l) = (struct port_forward){
			.protocol = p->protocol,
			.host_addr = p->addr,
			.host_port = (uint16_t)(p->host.first ? p->host.first + i : 0),
			.container_port = (uint16_t)(p->container.first + i),
			.origin = origin,
		};
}

int ports_parse(struct arena *a, const char *option, const char *text, struct port_forwards *ret)
{
	const char *origin, *problem;
	struct publish p;
	int r;

	if (strnlen(text, PUBLISH_LEN_MAX + 1) > PUBLISH_LEN_MAX)
		return err_set(EINVAL, "usage", "%s '%.40s...': must be [[IP:][HOST]:]PORT[/PROTOCOL], and not so long", option, text);
	origin = arena_printf(a, "%s '%s'", option, text);
	if ((problem = read_publish(arena_strdup(a, text), &p)))
		return err_set(EINVAL, "usage", "%s: %s", origin, problem);
	if (ret->n + p.container.n > PORT_FORWARDS_MAX)
		return err_set(EINVAL, "usage", "%s: must be at most %d ports in all", origin, PORT_FORWARDS_MAX);
	if ((r = check_taken(a, origin, &p, ret)) < 0)
		return r;
	append(a, origin, &p, ret);
	return 0;
}
