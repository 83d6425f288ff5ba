/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* run_words.h - the options of run, create and explain, and what they mean for the plan. */
#include "cli/commands.h"
#include "plan/plan.h"

struct run_words {
	struct global_options global;
	struct limit_options limits; /* and so it starts as struct limit_words */
	const char *bundle, *config, *name, *pidfile, *workdir, *user, *hostname, *userns;
	const char *console_socket, *pidfd_socket;
	const char *cgroups, *slice, *network;
	struct strv env, env_files, volumes, tmpfs, uid_maps, gid_maps;
	struct strv publish, dns, dns_search, dns_options, add_hosts;
	int init, fallback, format;
	unsigned preserve_fds;
	bool replace, interactive, terminal, read_only, dry_run, detach, keep, rm, no_pivot, no_new_keyring, no_subreaper, no_hosts;
};

/* o->form and o->id are there already. */
int run_words_to_options(const struct context *c, const struct run_words *w, struct plan_options *o);
/* The part of it that is about the network. */
int network_words_to_options(const struct context *c, const struct run_words *w, struct plan_options *o);
/* "NAME=VALUE", or "NAME" for what we have ourselves; an unset one is passed over. */
int env_collect(struct arena *a, const struct strv *words, struct strv *ret);
/* Descriptors 3 to 2+n are the caller's. */
int fds_check(unsigned n);
/* How many sockets a service manager has passed to us (sd_listen_fds(3)). */
unsigned fds_listening(void);
