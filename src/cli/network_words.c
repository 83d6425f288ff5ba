/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_words.c - how the container reaches others, and is reached. */
#include "cli/find.h"
#include "cli/run_words.h"
#include "run/network.h"
#include <string.h>

#define AT(field) offsetof(struct run_words, field)

static const struct opt network_rows[] = {
	{ 0, "network", "MODE", OPT_STRING, AT(network), "auto, slirp4netns[:…], pasta[:…], host, none, ns:PATH, container:ID or config" },
	{ 0, "net", "MODE", OPT_STRING, AT(network), NULL },
	{ 'p', "publish", "[[IP:][HOST]:]PORT[/PROTOCOL]", OPT_LIST, AT(publish),
	  "let a port of the host lead to this one; ranges: 8000-8010:80-90" },
	{ 0, "dns", "ADDRESS", OPT_LIST, AT(dns), "ask this server for names" },
	{ 0, "dns-search", "DOMAIN", OPT_LIST, AT(dns_search), "look for names in this domain" },
	{ 0, "dns-option", "OPTION", OPT_LIST, AT(dns_options), "an option of resolv.conf(5)" },
	{ 0, "dns-opt", "OPTION", OPT_LIST, AT(dns_options), NULL },
	{ 0, "add-host", "NAME:ADDRESS", OPT_LIST, AT(add_hosts), "a line of /etc/hosts; host-gateway stands for the host's address" },
	{ 0, "no-hosts", NULL, OPT_FLAG, AT(no_hosts), "leave /etc/hosts as the image has it" },
};
const struct opt_table network_options = OPT_TABLE(network_rows);

/* What may stand behind the colon. */
enum rest { REST_NONE, REST_SETTINGS, REST_PATH, REST_ID };

static const struct {
	const char *word;
	enum network_mode mode;
	enum rest rest;
} modes[] = {
	{ "auto", NETWORK_AUTO, REST_NONE },	     { "slirp4netns", NETWORK_SLIRP4NETNS, REST_SETTINGS },
	{ "pasta", NETWORK_PASTA, REST_SETTINGS },   { "host", NETWORK_HOST, REST_NONE },
	{ "none", NETWORK_NONE, REST_NONE },	     { "ns", NETWORK_NS, REST_PATH },
	{ "container", NETWORK_CONTAINER, REST_ID }, { "config", NETWORK_CONFIG, REST_NONE },
};

static int bad_mode(const char *text)
{
	return err_set(EINVAL, "usage",
		       "'%s' must be auto, slirp4netns[:NAME=VALUE,…], pasta[:NAME=VALUE,…], host, none, ns:PATH, container:ID or config",
		       text);
}

static int of_container(const struct context *c, const char *root, const char *id, struct network_options *o)
{
	autocontainer found = { .root = -1, .dir = -1 };
	struct networked n;
	int r = find_container(c, root, id, &found);

	if (r < 0)
		return r;
	if (found.status == STATUS_STOPPED)
		return err_set(ESRCH, "not-running", "container '%s' is not running", id);
	if (networked_read(c->arena, found.dir, &n) == 0)
		o->nameserver = n.nameserver;
	o->process = found.record.pid;
	return 0;
}

static int parse_mode(const struct context *c, const char *root, const char *text, struct network_options *o)
{
	size_t len = strcspn(text, ":"), i = 0;
	const char *rest = text[len] ? text + len + 1 : NULL;

	while (i < ARRAY_SIZE(modes) && (strlen(modes[i].word) != len || strncmp(modes[i].word, text, len) != 0))
		i++;
	if (i == ARRAY_SIZE(modes))
		return bad_mode(text);
	o->mode = modes[i].mode;
	switch (modes[i].rest) {
	case REST_NONE:
		return rest ? bad_mode(text) : 0;
	case REST_SETTINGS:
		o->settings = rest;
		return 0;
	case REST_PATH:
		o->path = rest;
		return rest && rest[0] == '/' ? 0 : bad_mode(text);
	case REST_ID:
		return rest && *rest ? of_container(c, root, rest, o) : bad_mode(text);
	}
	return bad_mode(text);
}

int network_words_to_options(const struct context *c, const struct run_words *w, struct plan_options *o)
{
	/* A caller of runc's form has its own network, and says what it wants. */
	const char *usual = o->form == FORM_USER ? getenv("URUN_NETWORK") : NULL, *mode = w->network ? w->network : usual;
	int r;

	o->network = (struct network_options){
		.mode = o->form == FORM_USER ? NETWORK_AUTO : NETWORK_CONFIG,
		.publish = w->publish,
		.dns = w->dns,
		.dns_search = w->dns_search,
		.dns_options = w->dns_options,
		.add_hosts = w->add_hosts,
		.no_hosts = w->no_hosts,
	};
	if (!mode || (!*mode && !w->network))
		return 0;
	r = parse_mode(c, w->global.root, mode, &o->network);
	return r < 0 ? err_in(r, "%s", w->network ? "--network" : "URUN_NETWORK") : 0;
}
