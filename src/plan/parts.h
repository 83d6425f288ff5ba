/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* parts.h - how the files of this layer talk to each other: one function per part of the plan. */
#include "plan/plan.h"
#include "spec/spec.h"

/* What every part needs. */
struct planner {
	struct arena *arena;
	const struct spec *spec;
	const struct host *host;
	const struct plan_options *options;
	struct plan *plan;
};

/* In this order: each part may look at what the ones before decided. */
int plan_namespaces(const struct planner *b);
int plan_id_maps(const struct planner *b);
int plan_network(const struct planner *b);
int plan_net_devices(const struct planner *b);
int plan_mounts(const struct planner *b);
int plan_sysctls(const struct planner *b);
int plan_process(const struct planner *b);
int plan_seccomp(const struct planner *b);
int plan_cgroup(const struct planner *b);

/* The mounts of the files by which a program finds others: /etc/resolv.conf, /etc/hosts, /etc/hostname. */
int plan_name_files(const struct planner *b);
/* Whether it is for us to see that the container's programs find others. */
bool network_is_ours(const struct plan_options *o);
/* Whether somebody of ours is to connect the network namespace, if it is a new one. */
bool network_is_wanted(const struct spec *s, const struct plan_options *o);

/* Keep the limits that the first rung can have: grants are its controllers, NULL where nobody knows. The others are told. */
int plan_possible_limits(const struct planner *b, const struct strv *grants);
/* The scope that a person gets, and the one that cgroupsPath names ("slice:prefix:name", or NULL). */
int plan_usual_scope(const struct planner *b, struct cgroup_rung *ret);
int plan_named_scope(const struct planner *b, const char *path, struct cgroup_rung *ret);
/* The innermost unit of systemd that a cgroup belongs to; "" when there is none. */
const char *plan_unit_of(struct arena *a, const char *cgroup);
/* Not that of a user namespace. */
bool plan_is_real_root(const struct planner *b);

/* The ids that are there already, in a user namespace that is entered. */
int plan_joined_ids(const struct planner *b, const struct spec_user *user);
/* Who the process is, when the command line or --userns=keep-id says so. */
int plan_who(const struct planner *b, struct spec_user *user);

/* Every difference between the bundle and what will run is told by one of these. */
void note_adapted(const struct planner *b, const char *code, const char *fmt, ...) printf_like(3, 4);
void note_warning(const struct planner *b, const char *code, const struct advice *advice, const char *fmt, ...) printf_like(4, 5);
/* "config.json: /pointer: reason" */
int refuse(const struct planner *b, const char *pointer, const char *fmt, ...) printf_like(3, 4);

/* Why there is no full map, or NULL where there can be one: code, text and advice of a message. */
struct ids_obstacle {
	const char *code, *text;
	struct advice advice;
};
const struct ids_obstacle *ids_obstacle(struct arena *a, const struct host *h);
/* "sudo usermod --add-subuids …" for a range of count ids */
const char *ids_grant(struct arena *a, const struct host *h, uint64_t count);

bool id_is_mapped(const struct id_map *m, uint32_t inside);
const struct host_file *host_find(const struct host_files *l, const char *path);

/* "/a/./b//x/../c/" → "/a/b/c", as runc and crun clean destinations: ".." by its words, before any link is followed. */
char *path_tidy(struct arena *a, const char *path);
bool path_is_below(const char *path, const char *dir);
