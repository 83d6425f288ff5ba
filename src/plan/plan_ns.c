/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_ns.c - which namespaces are new, joined, or shared with the caller. */
#include "plan/parts.h"
#include <string.h>

static const struct {
	const char *name;
	enum ns_kind kind;
} kinds[SPEC_NS_COUNT] = {
	[SPEC_NS_USER] = { "user", NS_USER },	       [SPEC_NS_MOUNT] = { "mount", NS_MOUNT }, [SPEC_NS_PID] = { "pid", NS_PID },
	[SPEC_NS_NETWORK] = { "network", NS_NETWORK }, [SPEC_NS_UTS] = { "uts", NS_UTS },	[SPEC_NS_IPC] = { "ipc", NS_IPC },
	[SPEC_NS_CGROUP] = { "cgroup", NS_CGROUP },    [SPEC_NS_TIME] = { "time", NS_TIME },
};

const char *ns_name(enum ns_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].name && kinds[i].kind == kind)
			return kinds[i].name;
	return "?";
}

static bool mounts_new_proc(const struct spec *s)
{
	for (size_t i = 0; i < s->mounts.n; i++)
		if (s->mounts.items[i].type && strcmp(s->mounts.items[i].type, "proc") == 0)
			return true;
	return false;
}

/* Where something hides a part of /proc the kernel refuses a new procfs (mount_too_revealing()), and the outer /proc
 * would show other process ids than a new pid namespace has. So the container shares both. */
static void share_masked_proc(const struct planner *b)
{
	struct plan_ns *pid = &b->plan->ns[NS_PID];

	if (!b->host->proc_masked || pid->action != NS_NEW || !mounts_new_proc(b->spec))
		return;
	*pid = (struct plan_ns){ .action = NS_KEEP };
	note_warning(b, "proc-masked",
		     &(struct advice){
			     .cause = "something is mounted over a part of /proc, so the kernel refuses a new one",
			     .fix = "run the outer container with an unmasked /proc: docker run --security-opt systempaths=unconfined …, "
				    "podman run --security-opt unmask=ALL …, Kubernetes procMount: Unmasked",
			     .now = "the container sees the processes and the /proc of the outer one" },
		     "sharing /proc and the process ids with the caller");
}

static bool joins_something(const struct plan_ns ns[NS_COUNT])
{
	for (int kind = 0; kind < NS_COUNT; kind++)
		if (ns[kind].action == NS_JOIN)
			return true;
	return false;
}

/* Namespaces that root of a user namespace (podman, rootlesskit) has made and wants joined belong to it: from a user namespace below
 * they could not be configured, and no proc mounted for them. Otherwise one more keeps the container apart from what calls us.
 * The real root gets one all the same: there is no device cgroup. */
static bool keeps_userns(const struct planner *b)
{
	const struct spec_linux *l = b->spec->linux_;
	const struct plan_options *o = b->options;

	return o->form == FORM_RUNC && o->userns == USERNS_AUTO && o->uid_map.n + o->gid_map.n == 0 && b->host->nested &&
	       b->host->all_caps && l->uid_mappings.n + l->gid_mappings.n == 0 && joins_something(b->plan->ns);
}

int plan_namespaces(const struct planner *b)
{
	const struct spec_namespaces *l = &b->spec->linux_->namespaces;
	struct plan_ns *ns = b->plan->ns;

	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->items[i].path && l->items[i].path[0] ? l->items[i].path : NULL;

		ns[kinds[l->items[i].type].kind] = (struct plan_ns){ .action = path ? NS_JOIN : NS_NEW, .path = path };
	}
	if (ns[NS_USER].action == NS_KEEP && !keeps_userns(b)) {
		ns[NS_USER].action = NS_NEW;
		note_adapted(b, "userns-added", "user namespace added: a normal user needs one");
	}
	if (ns[NS_MOUNT].action == NS_KEEP) {
		ns[NS_MOUNT].action = NS_NEW;
		note_adapted(b, "mountns-added", "mount namespace added: a normal user can mount only in one of his own");
	}
	if (ns[NS_MOUNT].action == NS_JOIN)
		return refuse(b, "/linux/namespaces",
			      "the mount namespace '%s' cannot be joined: the root file system of a "
			      "container needs one of its own; remove its path",
			      ns[NS_MOUNT].path);
	share_masked_proc(b);
	b->plan->loopback = ns[NS_NETWORK].action == NS_NEW;
	return 0;
}
