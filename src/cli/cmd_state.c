/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cmd_state.c - state, the short answer of the OCI specification, and inspect, the long one. */
#include "base/json.h"
#include "base/err.h"
#include "cli/find.h"
#include "run/publish.h"
#include "spec/spec.h"

const struct opt_table state_options = { 0 };
const struct opt_table inspect_options = { 0 };

int cmd_state(const struct context *c, int argc, char *argv[])
{
	struct global_options g = { 0 };
	autojson struct json_writer *w = NULL;
	struct strv words = { 0 };
	autocontainer found = { .dir = -1 };
	const char *id;
	int r = command_options(c, command_find("state"), OPT_ANYWHERE, argc, argv, &g, &words);

	if (r != 0)
		return r == 1 ? 0 : r;
	if ((r = find_only_word("state", &words, &id)) < 0)
		return r;
	if ((r = find_container(c, g.root, id, &found)) < 0)
		return r;
	w = json_writer_new(JSON_PRETTY);
	container_write(w, &found, NULL);
	return print(json_text(w, NULL));
}

static void write_pids(struct json_writer *w, const struct pids *l)
{
	json_open_array(w);
	for (size_t i = 0; i < l->n; i++)
		json_int(w, l->items[i]);
	json_close_array(w);
}

/* While somebody of ours connects it. */
static void write_network(struct json_writer *w, const struct container *found)
{
	struct publisher p;
	struct port_forwards l = { 0 };

	if (publisher_open(found, &p) < 0 || p.network.helper == NETWORK_NOBODY)
		return;
	json_key(w, "network");
	json_open_object(w);
	json_member(w, "by", network_helper_name(p.network.helper));
	json_member_int(w, "pid", p.network.pid);
	json_member(w, "address", p.network.address);
	json_member(w, "nameserver", p.network.nameserver);
	(void)publisher_list(&p, &l);
	plan_write_ports(w, &l);
	json_close_object(w);
}

static int inspect(const struct container *found, void *ctx)
{
	struct json_writer *w = ctx;
	struct pids pids = { 0 };
	struct spec spec;
	int r = find_spec(found, &spec);

	if (r < 0)
		return r;
	if (found->status != STATUS_STOPPED)
		container_processes(found, &pids);
	json_open_object(w);
	json_key(w, "state");
	container_write(w, found, NULL);
	json_key(w, "processes");
	write_pids(w, &pids);
	write_network(w, found);
	json_key(w, "config");
	spec_write(w, &spec);
	json_close_object(w);
	return 0;
}

int cmd_inspect(const struct context *c, int argc, char *argv[])
{
	struct global_options g = { 0 };
	autojson struct json_writer *w = NULL;
	struct strv words = { 0 };
	int r = command_options(c, command_find("inspect"), OPT_ANYWHERE, argc, argv, &g, &words), p;

	if (r != 0)
		return r == 1 ? 0 : r;
	if (words.n == 0)
		return err_set(EINVAL, "usage", "inspect needs the id of a container");
	w = json_writer_new(JSON_PRETTY);
	json_open_array(w);
	r = find_each(c, g.root, &words, inspect, w);
	json_close_array(w);
	return (p = print(json_text(w, NULL))) < 0 ? p : r;
}
