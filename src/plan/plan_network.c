/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_network.c - who connects the network namespace of the container to the host's network, and how. */
#include "plan/address.h"
#include "plan/parts.h"
#include "plan/ports.h"
#include "spec/spec.h"
#include <stdlib.h>
#include <string.h>

/* What stands behind "slirp4netns:" or "pasta:". */
struct settings {
	const char *mtu, *cidr, *outbound_addr;
	bool ipv6, host_loopback;
	struct strv others; /* pasta: its own options, as podman's --network=pasta:… has them */
};

struct network_program {
	const char *name;
	bool ipv6; /* unless a setting says otherwise */
	void (*args)(const struct planner *b, const struct settings *s, struct plan_network *n);
};

static void arg(const struct planner *b, struct plan_network *n, const char *text)
{
	strv_push(b->arena, &n->args, arena_strdup(b->arena, text));
}

/* ---- slirp4netns(1) ---- */

static const char *cidr_of(const struct settings *s)
{
	return s->cidr ? s->cidr : "10.0.2.0/24";
}

static void slirp4netns_args(const struct planner *b, const struct settings *s, struct plan_network *n)
{
	const struct plan_ids *ids = &b->plan->ids;

	arg(b, n, "--configure");
	arg(b, n, arena_printf(b->arena, "--mtu=%s", s->mtu ? s->mtu : "65520"));
	if (!s->host_loopback)
		arg(b, n, "--disable-host-loopback");
	arg(b, n, "--enable-seccomp");
	/* It resolves names for the container by /etc/resolv.conf, and its sandbox has only /etc and /run. There it is root of the
	 * container, who can make a socket in the state directory only when that is the caller. */
	if (!b->host->network.resolv_conf_apart && ids->setup_is_caller && ids->setup_uid == 0 && ids->setup_gid == 0)
		arg(b, n, "--enable-sandbox");
	if (s->ipv6)
		arg(b, n, "--enable-ipv6");
	if (s->cidr)
		arg(b, n, arena_printf(b->arena, "--cidr=%s", s->cidr));
	if (s->outbound_addr)
		arg(b, n, arena_printf(b->arena, "--outbound-addr=%s", s->outbound_addr));
	n->ipv6 = s->ipv6;
	n->address = address_in(b->arena, cidr_of(s), 100);
	n->nameserver = address_in(b->arena, cidr_of(s), 3);
}

/* ---- pasta(1) ---- */

/* An address that nobody else has: link-local (RFC 3927), and no host uses it for itself. */
static const char pasta_nameserver[] = "169.254.1.1";

static void pasta_args(const struct planner *b, const struct settings *s, struct plan_network *n)
{
	arg(b, n, "--config-net");
	arg(b, n, "--foreground");
	arg(b, n, "--quiet");
	if (!s->host_loopback)
		arg(b, n, "--no-map-gw");
	if (s->mtu) {
		arg(b, n, "--mtu");
		arg(b, n, s->mtu);
	}
	if (!s->ipv6)
		arg(b, n, "--ipv4-only");
	if (s->outbound_addr) {
		arg(b, n, "--outbound");
		arg(b, n, s->outbound_addr);
	}
	arg(b, n, "--dns-forward");
	arg(b, n, pasta_nameserver);
	for (size_t i = 0; i < s->others.n; i++)
		arg(b, n, s->others.v[i]);
	n->ipv6 = s->ipv6;
	n->nameserver = pasta_nameserver;
}

/* Only what is published leads in, and nothing leads out to the loopback interface of the host, unless its own options say so. */
void network_pasta_ports(struct arena *a, const struct port_forwards *ports, struct strv *args)
{
	static const char *const ways[] = { "-t", "-u", "-T", "-U" };

	for (size_t i = 0; i < ports->n; i++) {
		const struct port_forward *p = &ports->items[i];

		strv_push(a, args, arena_strdup(a, ways[p->protocol == PORT_UDP]));
		strv_push(a, args, arena_printf(a, "%s/%u:%u", p->host_addr, p->host_port, p->container_port));
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strv_has(args, ways[i]))
			continue;
		strv_push(a, args, arena_strdup(a, ways[i]));
		strv_push(a, args, arena_strdup(a, "none"));
	}
}

static const struct network_program programs[] = {
	[NETWORK_BY_SLIRP4NETNS] = { "slirp4netns", false, slirp4netns_args },
	[NETWORK_BY_PASTA] = { "pasta", true, pasta_args },
};

const char *network_helper_name(enum network_helper helper)
{
	return helper == NETWORK_NOBODY ? "nobody" : programs[helper].name;
}

/* ---- settings ---- */

static bool set_flag(const char *value, bool *ret)
{
	*ret = strcmp(value, "true") == 0;
	return *ret || strcmp(value, "false") == 0;
}

static bool set_mtu(const char *value, struct settings *s)
{
	unsigned long n = strspn(value, "0123456789") == strlen(value) && strlen(value) < 6 ? strtoul(value, NULL, 10) : 0;

	s->mtu = value;
	return n >= 68 && n <= 65520; /* what every link carries (RFC 791), and what both programs can */
}

static bool set_cidr(const char *value, struct settings *s)
{
	s->cidr = value;
	return address_is_network(value);
}

static bool set_ipv6(const char *value, struct settings *s)
{
	return set_flag(value, &s->ipv6);
}

static bool set_host_loopback(const char *value, struct settings *s)
{
	return set_flag(value, &s->host_loopback);
}

static bool set_outbound_addr(const char *value, struct settings *s)
{
	struct address address;

	s->outbound_addr = value;
	return address_read(value, &address) && address.len == ADDRESS_V4;
}

static const struct setting {
	const char *name;
	bool (*set)(const char *value, struct settings *s);
	const char *must;
	enum network_helper only; /* who knows it; NETWORK_NOBODY: both */
} known_settings[] = {
	{ "mtu", set_mtu, "must be from 68 to 65520" },
	{ "enable_ipv6", set_ipv6, "must be true or false" },
	{ "allow_host_loopback", set_host_loopback, "must be true or false" },
	{ "outbound_addr", set_outbound_addr, "must be an IPv4 address of the host" },
	{ "cidr", set_cidr, "must be a network like 10.0.2.0/24, with 7 to 24 bits for hosts",
	  NETWORK_BY_SLIRP4NETNS }, /* pasta copies the host's addresses */
};

static int bad_setting(enum network_helper helper, const char *word, const char *why)
{
	return err_set(EINVAL, "usage", "--network=%s: '%s': %s", programs[helper].name, word, why);
}

static const struct setting *find_setting(enum network_helper helper, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < ARRAY_SIZE(known_settings); i++) {
		const struct setting *s = &known_settings[i];

		if (strlen(s->name) == len && strncmp(s->name, word, len) == 0 && word[len] && (!s->only || s->only == helper))
			return s;
	}
	return NULL;
}

static int set_one(const struct planner *b, enum network_helper helper, char *word, struct settings *s)
{
	const struct setting *known = find_setting(helper, word);

	if (known)
		return known->set(strchr(word, '=') + 1, s) ? 0 : bad_setting(helper, word, known->must);
	if (helper != NETWORK_BY_PASTA)
		return bad_setting(helper, word, "must be mtu=N, cidr=A.B.C.D/N, enable_ipv6=, allow_host_loopback= or outbound_addr=IP");
	if (word[0] != '-' && s->others.n == 0)
		return bad_setting(helper, word,
				   "must be mtu=N, enable_ipv6=, allow_host_loopback=, outbound_addr=IP, or options of pasta(1)");
	strv_push(b->arena, &s->others, word);
	return 0;
}

static int parse_settings(const struct planner *b, enum network_helper helper, struct settings *ret)
{
	const char *text = b->options->network.settings;
	int r = 0;

	*ret = (struct settings){ .ipv6 = programs[helper].ipv6 };
	while (r == 0 && text && *text) {
		size_t len = strcspn(text, ",");

		r = set_one(b, helper, arena_strndup(b->arena, text, len), ret);
		text += len + (text[len] == ',');
	}
	return r;
}

/* ---- who does it ---- */

static bool is_asked(const struct planner *b)
{
	const struct network_options *o = &b->options->network;

	return o->mode == NETWORK_SLIRP4NETNS || o->mode == NETWORK_PASTA || o->publish.n > 0;
}

static bool has_slirp4netns(const struct planner *b)
{
	return b->host->network.slirp4netns && !b->options->network.too_old;
}

/* Why nobody can connect a namespace here, or NULL. */
static const char *obstacle(const struct planner *b, struct advice *advice)
{
	const struct host_network *n = &b->host->network;
	const enum network_mode mode = b->options->network.mode;

	*advice = (struct advice){ .now = "--network=none for an isolated network without Internet" };
	if (n->tun != TUN_USABLE) {
		advice->fix = n->tun == TUN_CLOSED ? "sudo chmod 666 /dev/net/tun"
						   : "sudo modprobe tun   # in a container: docker run --device /dev/net/tun";
		return n->tun == TUN_MISSING
			       ? "/dev/net/tun is missing"
			       : arena_printf(b->arena, "/dev/net/tun is not usable (%s, mode %04o)", n->tun_error, n->tun_mode);
	}
	if (mode == NETWORK_SLIRP4NETNS && !n->slirp4netns) {
		advice->fix = "sudo apt-get install slirp4netns";
		return "slirp4netns is not installed";
	}
	if (mode == NETWORK_PASTA && !n->pasta) {
		advice->fix = "sudo apt-get install passt";
		return "pasta is not installed";
	}
	if (n->pasta || has_slirp4netns(b))
		return NULL;
	advice->fix = "sudo apt-get install slirp4netns";
	return b->options->network.too_old ? b->options->network.too_old : "neither slirp4netns nor pasta is installed";
}

static enum network_helper choose(const struct planner *b)
{
	const enum network_mode mode = b->options->network.mode;

	if (mode == NETWORK_PASTA || (mode != NETWORK_SLIRP4NETNS && !has_slirp4netns(b)))
		return NETWORK_BY_PASTA;
	return NETWORK_BY_SLIRP4NETNS;
}

/* Sharing the host's network is less isolation: never without a word, and never where the user has said what is wanted. */
static int share_with_host(const struct planner *b, const char *why, struct advice *advice)
{
	if (is_asked(b)) {
		advice->now = arena_printf(b->arena, "--network=host%s", b->options->network.publish.n ? " without --publish" : "");
		return err_advise(err_set(ENOTSUP, "network-helper", "cannot connect the network: %s", why), advice);
	}
	note_warning(b, "network-host", advice, "using the host's network: %s", why);
	b->plan->ns[NS_NETWORK] = (struct plan_ns){ .action = NS_KEEP };
	b->plan->loopback = false;
	return 0;
}

static int check_ports(const struct planner *b, enum network_helper helper)
{
	const struct port_forwards *l = &b->plan->network.ports;

	for (size_t i = 0; i < l->n; i++)
		if (helper == NETWORK_BY_SLIRP4NETNS && strchr(l->items[i].host_addr, ':'))
			return err_advise(
				err_set(ENOTSUP, "port-ipv6", "cannot publish [%s]:%u: slirp4netns forwards IPv4 only",
					l->items[i].host_addr, l->items[i].host_port),
				&(struct advice){
					.now = b->host->network.pasta
						       ? arena_printf(b->arena, "--network=pasta (installed: %s)", b->host->network.pasta)
						       : "--network=pasta, when it is installed: sudo apt-get install passt" });
	return 0;
}

static int parse_ports(const struct planner *b)
{
	const struct strv *l = &b->options->network.publish;
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = ports_parse(b->arena, "--publish", l->v[i], &b->plan->network.ports);
	return r;
}

static int connect_by(const struct planner *b, enum network_helper helper)
{
	struct plan_network *n = &b->plan->network;
	struct settings s;
	int r;

	if ((r = parse_settings(b, helper, &s)) < 0)
		return r;
	if ((r = parse_ports(b)) < 0)
		return r;
	if ((r = check_ports(b, helper)) < 0)
		return r;
	n->helper = helper;
	n->program = helper == NETWORK_BY_PASTA ? b->host->network.pasta : b->host->network.slirp4netns;
	programs[helper].args(b, &s, n);
	return 0;
}

/* With devices of its own a container is connected by whoever has made them. */
bool network_is_wanted(const struct spec *s, const struct plan_options *o)
{
	const enum network_mode mode = o->network.mode;

	return mode == NETWORK_SLIRP4NETNS || mode == NETWORK_PASTA || (mode == NETWORK_AUTO && s->linux_->net_devices.n == 0);
}

int plan_network(const struct planner *b)
{
	struct advice advice;
	const char *why;

	if (!network_is_wanted(b->spec, b->options) || b->plan->ns[NS_NETWORK].action != NS_NEW) {
		if (b->options->network.publish.n > 0)
			return err_advise(err_set(EINVAL, "usage",
						  "--publish '%s': the container has no network of its own that we connect",
						  b->options->network.publish.v[0]),
					  &(struct advice){ .now = "--network=slirp4netns" });
		return 0;
	}
	if ((why = obstacle(b, &advice)))
		return share_with_host(b, why, &advice);
	return connect_by(b, choose(b));
}
