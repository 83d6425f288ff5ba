/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_files.c - the files by which the programs of the container find others: who resolves names, which names are known, and their own.
 *
 * Each is a mount of its own over what the image has, so nothing is written into the root file system. */
#include "base/text.h"
#include "plan/address.h"
#include "plan/parts.h"
#include "spec/spec.h"
#include <linux/mount.h>
#include <string.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS "/etc/hosts"
#define HOSTNAME "/etc/hostname"

/* Whether the container's network is for us to care about: not where a caller of runc's form says nothing. */
bool network_is_ours(const struct plan_options *o)
{
	const struct network_options *n = &o->network;

	return n->mode != NETWORK_CONFIG || n->dns.n + n->dns_search.n + n->dns_options.n + n->add_hosts.n > 0;
}

/* ---- resolv.conf(5) ---- */

struct resolver {
	struct strv servers, search, options;
};

static char *next_word(struct arena *a, const char **line, const char *end)
{
	const char *word = *line;

	while (word < end && (*word == ' ' || *word == '\t'))
		word++;
	*line = word;
	while (*line < end && **line != ' ' && **line != '\t')
		(*line)++;
	return *line > word ? arena_strndup(a, word, (size_t)(*line - word)) : NULL;
}

static void read_line(struct arena *a, const char *line, const char *end, struct resolver *ret)
{
	const char *key = next_word(a, &line, end);
	struct strv *to = NULL;
	char *word;

	if (!key)
		return;
	if (strcmp(key, "nameserver") == 0)
		to = &ret->servers;
	else if (strcmp(key, "search") == 0 || strcmp(key, "domain") == 0)
		*(to = &ret->search) = (struct strv){ 0 }; /* the last one counts */
	else if (strcmp(key, "options") == 0)
		to = &ret->options;
	while (to && (word = next_word(a, &line, end)))
		strv_push(a, to, word);
}

static struct resolver read_resolver(struct arena *a, const char *text)
{
	struct resolver r = { 0 };

	while (text && *text) {
		size_t len = strcspn(text, "\n");

		read_line(a, text, text + len, &r);
		text += len + (text[len] == '\n');
	}
	return r;
}

/* 127.0.0.0/8, ::1: the host's own, and in an own network the container's. */
static bool is_loopback(const char *server)
{
	return strncmp(server, "127.", 4) == 0 || strcmp(server, "::1") == 0;
}

static bool is_reachable(const struct planner *b, const char *server)
{
	const struct plan_network *n = &b->plan->network;

	return !is_loopback(server) && (n->helper == NETWORK_NOBODY || n->ipv6 || !strchr(server, ':'));
}

static const char *write_resolver(struct arena *a, const struct resolver *r)
{
	const char *text = "";

	for (size_t i = 0; i < r->servers.n; i++)
		text = arena_printf(a, "%snameserver %s\n", text, r->servers.v[i]);
	if (r->search.n > 0)
		text = arena_printf(a, "%ssearch %s\n", text, strv_join(a, &r->search, " "));
	if (r->options.n > 0)
		text = arena_printf(a, "%soptions %s\n", text, strv_join(a, &r->options, " "));
	return text;
}

static struct strv reachable_servers(const struct planner *b, const struct strv *host)
{
	const char *ours = b->plan->network.nameserver ? b->plan->network.nameserver : b->options->network.nameserver;
	struct strv l = { 0 };

	if (ours)
		strv_push(b->arena, &l, arena_strdup(b->arena, ours));
	for (size_t i = 0; i < host->n; i++)
		if (is_reachable(b, host->v[i]))
			strv_push(b->arena, &l, host->v[i]);
	return l;
}

/* NULL: there is nothing to say. */
static const char *resolv_conf(const struct planner *b)
{
	const struct network_options *o = &b->options->network;
	const bool host = b->plan->ns[NS_NETWORK].action == NS_KEEP;
	const bool asked = o->dns.n + o->dns_search.n + o->dns_options.n > 0;
	struct resolver r;

	if (!asked && (host || o->mode == NETWORK_NONE))
		return host ? b->host->network.resolv_conf : NULL; /* nobody can be asked */
	r = read_resolver(b->arena, b->host->network.resolv_conf);
	if (o->dns.n > 0)
		r.servers = o->dns;
	else if (!host)
		r.servers = reachable_servers(b, &r.servers);
	if (o->dns_search.n > 0)
		r.search = o->dns_search;
	if (o->dns_options.n > 0)
		r.options = o->dns_options;
	return r.servers.n > 0 ? write_resolver(b->arena, &r) : NULL;
}

/* ---- hosts(5) ---- */

static int bad_host(const char *word, const char *why)
{
	return err_set(EINVAL, "usage", "--add-host '%s': %s", word, why);
}

/* Where the host is from inside: in the container's own network its loopback addresses are the container's. */
static const char *gateway(const struct planner *b, const char **ret_why)
{
	const struct plan_network *n = &b->plan->network;

	if (b->plan->ns[NS_NETWORK].action == NS_KEEP)
		return "127.0.0.1";
	*ret_why = n->helper == NETWORK_BY_PASTA ? "with pasta the container has the host's address itself"
		   : n->helper == NETWORK_NOBODY && b->plan->ns[NS_NETWORK].action == NS_NEW ? "the container has no network"
		   : !b->host->network.address						     ? "the host has no address that others reach"
											     : NULL;
	return *ret_why ? NULL : b->host->network.address;
}

static bool is_address(const char *text)
{
	struct address address;

	return address_read(text, &address);
}

static int add_host(const struct planner *b, const char *word, const char **text)
{
	size_t len = strcspn(word, ":");
	const char *address = word + len + 1, *why;

	if (len == 0 || !word[len] || strcspn(word, " \t\n#") < len)
		return bad_host(word, "must be NAME:ADDRESS, or NAME:host-gateway");
	if (strcmp(address, "host-gateway") == 0 && !(address = gateway(b, &why)))
		return bad_host(word, why);
	if (!is_address(address))
		return bad_host(word, "must end with an IPv4 or IPv6 address, or host-gateway");
	*text = arena_printf(b->arena, "%s%s %.*s\n", *text, address, (int)len, word);
	return 0;
}

static const char *own_name(const struct planner *b)
{
	return b->spec->hostname ? b->spec->hostname : b->plan->id;
}

/* Names of the host are not ours to know in a network of our own. */
static const char *usual_hosts(const struct planner *b)
{
	const struct plan_network *n = &b->plan->network;
	const char *host = n->helper == NETWORK_BY_SLIRP4NETNS ? b->host->network.address : NULL, *of_host = b->host->network.hosts;

	if (b->plan->ns[NS_NETWORK].action == NS_KEEP)
		return of_host ? arena_printf(b->arena, "%s%s", of_host, text_ends_with(of_host, "\n") ? "" : "\n")
			       : "127.0.0.1 localhost\n::1 localhost\n";
	return arena_printf(b->arena, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n%s %s\n%s%s",
			    n->address ? n->address : "127.0.1.1", own_name(b), host ? host : "",
			    host ? " host.containers.internal\n" : "");
}

static int hosts(const struct planner *b, const char **ret)
{
	const struct strv *l = &b->options->network.add_hosts;
	int r = 0;

	*ret = usual_hosts(b);
	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = add_host(b, l->v[i], ret);
	return r;
}

/* ---- the mounts ---- */

/* The bundle has put something there itself, or the directory is not the image's. */
static bool is_taken(const struct planner *b, const char *target)
{
	for (size_t i = 0; i < b->plan->mounts.n; i++)
		if (strcmp(target, b->plan->mounts.items[i].target) == 0 || path_is_below(target, b->plan->mounts.items[i].target))
			return true;
	return false;
}

static void add_file(const struct planner *b, const char *target, const char *text, bool optional)
{
	if (!text || is_taken(b, target))
		return;
	*arena_push(b->arena, &b->plan->mounts) = (struct mount_op){
		.kind = MOUNT_FILE,
		.target = target,
		.text = text,
		.optional = optional,
		.flags = { .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
		.origin = "network",
	};
}

static int bad_dns(const char *option, const char *word, const char *why)
{
	return err_set(EINVAL, "usage", "--%s '%s': %s", option, word, why);
}

static bool is_one_word(const char *text)
{
	return *text && !text[strcspn(text, " \t\n")];
}

/* None of them may become another line, or another word. */
static int check_dns(const struct network_options *o)
{
	const struct {
		const char *option;
		const struct strv *words;
	} lists[] = { { "dns", &o->dns }, { "dns-search", &o->dns_search }, { "dns-option", &o->dns_options } };

	for (size_t i = 0; i < o->dns.n; i++)
		if (!is_address(o->dns.v[i]))
			return bad_dns("dns", o->dns.v[i], "must be an IPv4 or IPv6 address");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (size_t k = 0; k < lists[i].words->n; k++)
			if (!is_one_word(lists[i].words->v[k]))
				return bad_dns(lists[i].option, lists[i].words->v[k], "must be one word");
	return 0;
}

int plan_name_files(const struct planner *b)
{
	const struct network_options *o = &b->options->network;
	const char *text;
	int r;

	if (!network_is_ours(b->options))
		return 0;
	if ((r = check_dns(o)) < 0)
		return r;
	/* Without one a program asks a resolver on its own loopback interface, and there is none. */
	add_file(b, RESOLV_CONF, resolv_conf(b), b->plan->network.helper == NETWORK_NOBODY && o->dns.n == 0);
	if (o->no_hosts && o->add_hosts.n > 0)
		return bad_host(o->add_hosts.v[0], "not with --no-hosts");
	if (!o->no_hosts) {
		if ((r = hosts(b, &text)) < 0)
			return r;
		add_file(b, HOSTS, text, o->add_hosts.n == 0);
	}
	if (b->plan->ns[NS_UTS].action == NS_NEW && b->spec->hostname)
		add_file(b, HOSTNAME, arena_printf(b->arena, "%s\n", b->spec->hostname), true);
	return 0;
}
