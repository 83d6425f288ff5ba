/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spec_check.c - the rules of the specification that types alone cannot express, and what a normal user can never have. */
#include "base/err.h"
#include "spec/spec.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int bad(const char *fmt, ...) printf_like(1, 2);

static int bad(const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(EINVAL, "config-invalid", "config.json: %s", text);
}

static int check_version(struct arena *a, const struct spec *s)
{
	(void)a;
	/* Minor versions only add (semver), so a newer one still says what we know. */
	if (strncmp(s->oci_version, "1.", 2) != 0)
		return bad("/ociVersion: '%s' is not supported: must be 1.x", s->oci_version);
	return 0;
}

static int check_annotations(struct arena *a, const struct spec *s)
{
	(void)a;
	for (size_t i = 0; i < s->annotations.n; i++)
		if (!s->annotations.items[i].key[0])
			return bad("/annotations: an annotation has an empty name");
	return 0;
}

static int check_root(struct arena *a, const struct spec *s)
{
	(void)a;
	if (!s->root)
		return bad("/root is missing: it names the root file system");
	if (!s->root->path[0])
		return bad("/root/path is empty");
	return 0;
}

static int check_mounts(struct arena *a, const struct spec *s)
{
	(void)a;
	for (size_t i = 0; i < s->mounts.n; i++)
		if (!s->mounts.items[i].destination[0])
			return bad("/mounts/%zu/destination is empty", i);
	return 0;
}

static int check_rlimits(const struct spec_process *p)
{
	for (size_t i = 0; i < p->rlimits.n; i++) {
		const struct spec_rlimit *l = &p->rlimits.items[i];

		if (l->soft > l->hard)
			return bad("/process/rlimits/%zu: the soft limit is above the hard limit", i);
		for (size_t j = 0; j < i; j++)
			if (strcmp(p->rlimits.items[j].type, l->type) == 0)
				return bad("/process/rlimits/%zu: %s is set twice", i, l->type);
	}
	return 0;
}

static int check_scheduler(const struct spec_scheduler *s)
{
	bool nice_counts = s->policy == SPEC_SCHED_OTHER || s->policy == SPEC_SCHED_BATCH;
	bool priority_counts = s->policy == SPEC_SCHED_FIFO || s->policy == SPEC_SCHED_RR;

	if (s->nice.set && (s->nice.value < -20 || s->nice.value > 19))
		return bad("/process/scheduler/nice: must be from -20 to 19");
	if (s->nice.set && s->nice.value != 0 && !nice_counts)
		return bad("/process/scheduler/nice: only SCHED_OTHER and SCHED_BATCH have one");
	if (s->priority.set && s->priority.value != 0 && !priority_counts)
		return bad("/process/scheduler/priority: only SCHED_FIFO and SCHED_RR have one");
	if ((s->runtime || s->deadline || s->period) && s->policy != SPEC_SCHED_DEADLINE)
		return bad("/process/scheduler: runtime, deadline and period belong to SCHED_DEADLINE");
	if (s->policy == SPEC_SCHED_ISO)
		return bad("/process/scheduler/policy: Linux does not implement SCHED_ISO");
	return 0;
}

static int check_process(struct arena *a, const struct spec *s)
{
	const struct spec_process *p = s->process;
	int r;

	(void)a;
	/* "create" may go without one; whoever starts a process checks for it. */
	if (!p)
		return 0;
	if (p->args.n == 0)
		return bad("/process/args is empty: it names the command");
	if (!p->args.v[0][0])
		return bad("/process/args/0 is empty: it names the command");
	if (p->user.uid == UINT32_MAX || p->user.gid == UINT32_MAX)
		return bad("/process/user: %u is no id, it means that there is none", UINT32_MAX);
	if (p->cwd[0] != '/')
		return bad("/process/cwd: '%s' is not an absolute path", p->cwd);
	if (p->oom_score_adj.set && (p->oom_score_adj.value < -1000 || p->oom_score_adj.value > 1000))
		return bad("/process/oomScoreAdj: must be from -1000 to 1000");
	if (p->io_priority && (p->io_priority->priority < 0 || p->io_priority->priority > 7))
		return bad("/process/ioPriority/priority: must be from 0 to 7");
	if (p->console_size && (p->console_size->height > UINT16_MAX || p->console_size->width > UINT16_MAX))
		return bad("/process/consoleSize: a terminal has at most 65535 rows and columns");
	if ((r = check_rlimits(p)) < 0)
		return r;
	return p->scheduler ? check_scheduler(p->scheduler) : 0;
}

static int check_hooks(struct arena *a, const struct spec *s)
{
	const struct {
		const char *name;
		const struct spec_hook_list *list;
	} kinds[] = {
		{ "prestart", &s->hooks->prestart },
		{ "createRuntime", &s->hooks->create_runtime },
		{ "createContainer", &s->hooks->create_container },
		{ "startContainer", &s->hooks->start_container },
		{ "poststart", &s->hooks->poststart },
		{ "poststop", &s->hooks->poststop },
	};

	(void)a;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < kinds[k].list->n; i++)
			if (kinds[k].list->items[i].path[0] != '/')
				return bad("/hooks/%s/%zu/path: '%s' is not an absolute path", kinds[k].name, i,
					   kinds[k].list->items[i].path);
	return 0;
}

static const struct spec_namespace *find_namespace(const struct spec *s, enum spec_ns type)
{
	for (size_t i = 0; i < s->linux_->namespaces.n; i++)
		if (s->linux_->namespaces.items[i].type == (int)type)
			return &s->linux_->namespaces.items[i];
	return NULL;
}

static int check_namespaces(struct arena *a, const struct spec *s)
{
	const struct spec_namespaces *l = &s->linux_->namespaces;
	const struct spec_namespace *time_ns = find_namespace(s, SPEC_NS_TIME);

	(void)a;
	for (size_t i = 0; i < l->n; i++)
		for (size_t j = 0; j < i; j++)
			if (l->items[j].type == l->items[i].type)
				return bad("/linux/namespaces/%zu: the same type stands at /linux/namespaces/%zu", i, j);
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].path && l->items[i].path[0] != '/')
			return bad("/linux/namespaces/%zu/path: '%s' is not an absolute path", i, l->items[i].path);
	if ((s->hostname || s->domainname) && !find_namespace(s, SPEC_NS_UTS))
		return bad("%s needs a uts namespace in /linux/namespaces", s->hostname ? "/hostname" : "/domainname");
	if (s->hostname && strlen(s->hostname) > HOST_NAME_MAX)
		return bad("/hostname: longer than %d characters", HOST_NAME_MAX);
	if (s->domainname && strlen(s->domainname) > HOST_NAME_MAX)
		return bad("/domainname: longer than %d characters", HOST_NAME_MAX);
	if (s->linux_->time_offsets && (!time_ns || time_ns->path))
		return bad("/linux/timeOffsets needs a new time namespace in /linux/namespaces");
	return 0;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static int check_mappings(const char *at, const struct id_mappings *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct id_mapping *e = &m->items[i];

		if (e->size == 0)
			return bad("%s/%zu/size is 0", at, i);
		if (e->container_id + (uint64_t)e->size > UINT32_MAX || e->host_id + (uint64_t)e->size > UINT32_MAX)
			return bad("%s/%zu: reaches beyond the largest id", at, i);
		for (size_t j = 0; j < i; j++)
			if (overlap(m->items[j].container_id, m->items[j].size, e->container_id, e->size) ||
			    overlap(m->items[j].host_id, m->items[j].size, e->host_id, e->size))
				return bad("%s/%zu overlaps %s/%zu", at, i, at, j);
	}
	return 0;
}

static int check_all_mappings(struct arena *a, const struct spec *s)
{
	int r;

	if ((r = check_mappings("/linux/uidMappings", &s->linux_->uid_mappings)) < 0)
		return r;
	if ((r = check_mappings("/linux/gidMappings", &s->linux_->gid_mappings)) < 0)
		return r;
	for (size_t i = 0; i < s->mounts.n; i++) {
		if ((r = check_mappings(arena_printf(a, "/mounts/%zu/uidMappings", i), &s->mounts.items[i].uid_mappings)) < 0)
			return r;
		if ((r = check_mappings(arena_printf(a, "/mounts/%zu/gidMappings", i), &s->mounts.items[i].gid_mappings)) < 0)
			return r;
	}
	return 0;
}

static int check_devices(struct arena *a, const struct spec *s)
{
	(void)a;
	for (size_t i = 0; i < s->linux_->devices.n; i++) {
		const struct spec_device *d = &s->linux_->devices.items[i];

		if (d->path[0] != '/')
			return bad("/linux/devices/%zu/path: '%s' is not an absolute path", i, d->path);
		if (d->type[0] != 'p' && (!d->major.set || !d->minor.set))
			return bad("/linux/devices/%zu: a device of type '%s' needs major and minor", i, d->type);
	}
	return 0;
}

static bool takes_errno(int action)
{
	return action == SPEC_ACT_ERRNO || action == SPEC_ACT_TRACE;
}

static int check_syscall(const struct spec_seccomp *sc, size_t i)
{
	const struct spec_syscall *c = &sc->syscalls.items[i];

	if (c->names.n == 0)
		return bad("/linux/seccomp/syscalls/%zu/names is empty", i);
	if (c->errno_ret.set && !takes_errno(c->action))
		return bad("/linux/seccomp/syscalls/%zu/errnoRet: this action has none", i);
	if (c->errno_ret.set && c->errno_ret.value > UINT16_MAX)
		return bad("/linux/seccomp/syscalls/%zu/errnoRet: must be at most %d", i, UINT16_MAX);
	if (c->action == SPEC_ACT_NOTIFY && !sc->listener_path)
		return bad("/linux/seccomp/syscalls/%zu: SCMP_ACT_NOTIFY needs /linux/seccomp/listenerPath", i);
	for (size_t j = 0; j < c->args.n; j++)
		if (c->args.items[j].index > 5)
			return bad("/linux/seccomp/syscalls/%zu/args/%zu/index: a system call has arguments 0 to 5", i, j);
	/* The supervisor gets the listener by sendmsg(2) from init, which is already filtered then. */
	if (c->action == SPEC_ACT_NOTIFY && strv_has(&c->names, "sendmsg"))
		return bad("/linux/seccomp/syscalls/%zu: sendmsg cannot have SCMP_ACT_NOTIFY: it hands over the listener", i);
	return 0;
}

static int check_seccomp(struct arena *a, const struct spec *s)
{
	const struct spec_seccomp *sc = s->linux_->seccomp;
	int r;

	(void)a;
	if (!sc)
		return 0;
	if (sc->default_action == SPEC_ACT_NOTIFY)
		return bad("/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY would stop init itself");
	if (sc->default_errno_ret.set && !takes_errno(sc->default_action))
		return bad("/linux/seccomp/defaultErrnoRet: this action has none");
	if (sc->default_errno_ret.set && sc->default_errno_ret.value > UINT16_MAX)
		return bad("/linux/seccomp/defaultErrnoRet: must be at most %d", UINT16_MAX);
	if (sc->listener_metadata && !sc->listener_path)
		return bad("/linux/seccomp/listenerMetadata needs /linux/seccomp/listenerPath");
	for (size_t i = 0; i < sc->syscalls.n; i++)
		if ((r = check_syscall(sc, i)) < 0)
			return r;
	return 0;
}

static int check_paths(const char *at, const struct strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i][0] != '/')
			return bad("%s/%zu: '%s' is not an absolute path", at, i, l->v[i]);
	return 0;
}

static int check_linux(struct arena *a, const struct spec *s)
{
	const struct spec_linux *l = s->linux_;
	int r;

	(void)a;
	if ((r = check_paths("/linux/maskedPaths", &l->masked_paths)) < 0)
		return r;
	if ((r = check_paths("/linux/readonlyPaths", &l->readonly_paths)) < 0)
		return r;
	if (l->memory_policy && !l->memory_policy->mode)
		return bad("/linux/memoryPolicy: \"mode\" is missing");
	if (l->personality && l->personality->flags.n > 0)
		return bad("/linux/personality/flags: the specification defines no flags");
	if (l->personality && !l->personality->domain)
		return bad("/linux/personality: \"domain\" is missing");
	if (l->intel_rdt)
		return bad("/linux/intelRdt: only root can write to /sys/fs/resctrl; remove it to run as a normal user");
	return 0;
}

int spec_check(struct arena *a, const struct spec *s)
{
	int (*const checks[])(struct arena *, const struct spec *) = {
		check_version,	  check_annotations,  check_root,    check_mounts,  check_process, check_hooks,
		check_namespaces, check_all_mappings, check_devices, check_seccomp, check_linux,
	};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if ((r = checks[i](a, s)) < 0)
			return r;
	return 0;
}
