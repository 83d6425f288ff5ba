/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_port.c - the ports of the host that lead into a running container: shown, added and taken away. */
#include "base/err.h"
#include "base/text.h"
#include "cli/find.h"
#include "plan/ports.h"
#include "run/publish.h"
#include <string.h>

const struct opt_table port_options = { 0 };

static int print_port(const struct context *c, const struct port_forward *p)
{
	return print(arena_printf(c->arena, "%u/%s -> %s\n", p->container_port, port_protocol_name(p->protocol),
				  text_host_port(c->arena, p->host_addr, p->host_port)));
}

static int list(const struct context *c, const struct publisher *p, const struct port_forwards *wanted)
{
	struct port_forwards l = { 0 };
	int r = publisher_list(p, &l);

	(void)wanted;
	for (size_t i = 0; r == 0 && i < l.n; i++)
		r = print_port(c, &l.items[i]);
	return r;
}

static int add(const struct context *c, const struct publisher *p, const struct port_forwards *wanted)
{
	struct port_forwards added = { 0 };
	int r = publisher_add(p, wanted, &added);

	for (size_t i = 0; r == 0 && i < added.n; i++)
		r = print_port(c, &added.items[i]);
	return r;
}

static int take_away(const struct context *c, const struct publisher *p, const struct port_forwards *wanted)
{
	(void)c;
	return publisher_remove(p, wanted);
}

static const struct action {
	const char *name;
	bool has_ports;
	int (*act)(const struct context *c, const struct publisher *p, const struct port_forwards *wanted);
} actions[] = {
	{ "ls", false, list }, { "list", false, list }, { "add", true, add }, { "rm", true, take_away }, { "remove", true, take_away },
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static int parse(const struct context *c, const struct strv *words, const struct action **ret, struct port_forwards *ret_wanted)
{
	int r = 0;

	if (words->n == 0)
		return err_set(EINVAL, "usage", "port needs the id of a container");
	if (!(*ret = find_action(words->n > 1 ? words->v[1] : "ls")))
		return err_set(EINVAL, "usage", "port: '%s' is not ls, add or rm", words->v[1]);
	if ((*ret)->has_ports != (words->n > 2))
		return err_set(EINVAL, "usage",
			       (*ret)->has_ports ? "port %s needs [[IP:][HOST]:]PORT[/PROTOCOL]" : "port %s takes nothing more",
			       (*ret)->name);
	for (size_t i = 2; r == 0 && i < words->n; i++)
		r = ports_parse(c->arena, "port", words->v[i], ret_wanted);
	return r;
}

int cmd_port(const struct context *c, int argc, char *argv[])
{
	autocontainer found = { .root = -1, .dir = -1 };
	struct global_options g = { 0 };
	struct strv words = { 0 };
	struct port_forwards wanted = { 0 };
	struct publisher publisher;
	const struct action *action = NULL;
	int r = command_options(c, command_find("port"), OPT_ANYWHERE, argc, argv, &g, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = parse(c, &words, &action, &wanted)) < 0)
		return r;
	if ((r = find_container(c, g.root, words.v[0], &found)) < 0)
		return r;
	if ((r = publisher_open(&found, &publisher)) < 0)
		return r;
	return action->act(c, &publisher, &wanted);
}
