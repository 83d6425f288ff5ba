/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/cgroup_probe.h"
#include "base/file.h"
#include "linux/cgroup.h"
#include "linux/sys.h"
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static enum cgroup_version find_version(void)
{
	struct statfs fs;

	if (is_cgroup2(CGROUP_MOUNT))
		return CGROUP_V2;
	if (statfs(CGROUP_MOUNT, &fs) < 0 || fs.f_type != TMPFS_MAGIC || access(CGROUP_MOUNT "/memory", F_OK) < 0)
		return CGROUP_NOT_MOUNTED;
	return is_cgroup2(CGROUP_MOUNT "/unified") ? CGROUP_HYBRID : CGROUP_V1;
}

static void read_words(struct arena *a, int dir, const char *file, struct strv *ret)
{
	char text[1024];

	if (file_peek(dir, file, text, sizeof(text)) < 0)
		return;
	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		strv_push(a, ret, arena_strndup(a, p, len));
		p += len;
	}
}

/* To move a process the kernel wants cgroup.procs of both cgroups' common ancestor writable (cgroups(7), "Delegation"). */
static bool is_writable(int dir)
{
	static const char *const files[] = { ".", "cgroup.procs", "cgroup.subtree_control" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (faccessat(dir, files[i], W_OK, AT_EACCESS) < 0)
			return false;
	return true;
}

/* The mark of Delegate=yes (systemd.resource-control(5)). */
static bool is_delegated(int dir)
{
	char value[2];

	return fgetxattr(dir, "user.delegate", value, sizeof(value)) == 1 && value[0] == '1';
}

enum { IN_IT_NOBODY, IN_IT_WE, IN_IT_OTHERS };

static int who_is_in(int dir)
{
	char text[64];

	if (file_peek(dir, "cgroup.procs", text, sizeof(text)) < 0)
		return IN_IT_OTHERS;
	if (!text[0])
		return IN_IT_NOBODY;
	return strchr(text, '\n') || strtol(text, NULL, 10) != getpid() ? IN_IT_OTHERS : IN_IT_WE;
}

/* What mount(8) shows may begin further down than procfs counts from, as in a container that shares the outer hierarchy. */
static bool shows_us(struct arena *a, int dir)
{
	struct pids l = { 0 };

	if (who_is_in(dir) == IN_IT_WE)
		return true;
	cgroup_processes(a, dir, &l);
	for (size_t i = 0; i < l.n; i++)
		if (l.items[i] == getpid())
			return true;
	return false;
}

static void describe(struct arena *a, int dir, const char *own, struct host_cgroup *ret)
{
	ret->own = arena_strdup(a, own);
	ret->writable = is_writable(dir);
	ret->delegated = is_delegated(dir);
	ret->alone = who_is_in(dir) == IN_IT_WE;
	read_words(a, dir, "cgroup.controllers", &ret->controllers);
	read_words(a, dir, "cgroup.subtree_control", &ret->enabled);
}

/* A cgroup "supervisor", as we make it, or DelegateSubgroup=supervisor of systemd: the one above is ours, and is empty. */
static bool describe_above(struct arena *a, const char *own, struct host_cgroup *ret)
{
	const char *slash = strrchr(own, '/');
	const char *above = slash ? arena_strndup(a, own, (size_t)(slash - own)) : NULL;
	autoclose int dir = -1;

	if (!above || strcmp(slash, "/" CGROUP_SUPERVISOR) != 0)
		return false;
	if ((dir = cgroup_open(arena_printf(a, CGROUP_MOUNT "%s", above))) < 0 || !is_writable(dir) || who_is_in(dir) != IN_IT_NOBODY)
		return false;
	describe(a, dir, above, ret);
	ret->vacated = true;
	return true;
}

static void probe_own(struct arena *a, struct host_cgroup *ret)
{
	const char *own = cgroup_of(a, getpid());
	autoclose int dir = -1;

	if (!own || strncmp(own, "/..", 3) == 0)
		return;
	if (strcmp(own, "/") == 0)
		own = "";
	if ((dir = cgroup_open(arena_printf(a, CGROUP_MOUNT "%s", own))) >= 0 && shows_us(a, dir) && !describe_above(a, own, ret))
		describe(a, dir, own, ret);
}

/* ---- the systemd manager ---- */

static bool is_socket(const char *path)
{
	return access(path, W_OK) == 0;
}

static bool find_manager(struct arena *a, bool system)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *own = arena_printf(a, "/run/user/%u", geteuid());

	if (system)
		return is_socket("/run/systemd/private");
	if (getenv("DBUS_SESSION_BUS_ADDRESS"))
		return true;
	if (runtime && (is_socket(arena_printf(a, "%s/bus", runtime)) || is_socket(arena_printf(a, "%s/systemd/private", runtime))))
		return true;
	return is_socket(arena_printf(a, "%s/bus", own)) || is_socket(arena_printf(a, "%s/systemd/private", own));
}

/* "/user.slice/user-1000.slice/session-3.scope" → what user@1000.service has. */
static void probe_grants(struct arena *a, const char *own, bool system, struct strv *ret)
{
	const char *slice = own ? strstr(own, "/user-") : NULL;
	unsigned long uid = slice ? strtoul(slice + strlen("/user-"), NULL, 10) : 0;
	autoclose int dir = system ? cgroup_open(CGROUP_MOUNT) : -1;

	if (dir >= 0)
		read_words(a, dir, "cgroup.controllers", ret);
	if (dir >= 0 || !slice)
		return;
	slice += 1 + strcspn(slice + 1, "/");
	if ((dir = cgroup_open(arena_printf(a, CGROUP_MOUNT "%.*s/user@%lu.service", (int)(slice - own), own, uid))) >= 0)
		read_words(a, dir, "cgroup.controllers", ret);
}

/* What batch systems set for every job. */
static char *find_job(struct arena *a)
{
	static const char *const names[] = { "SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "FLUX_JOB_ID", "_CONDOR_JOB_AD" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]))
			return arena_strdup(a, names[i]);
	return getenv("JOB_ID") && getenv("SGE_ROOT") ? arena_strdup(a, "JOB_ID") : NULL;
}

void cgroup_probe(struct arena *a, bool system, struct host_cgroup *ret)
{
	*ret = (struct host_cgroup){ .version = (int)find_version(), .job = find_job(a) };
	if (ret->version != CGROUP_V2)
		return;
	ret->root_writable = access(CGROUP_MOUNT "/cgroup.subtree_control", W_OK) == 0 && access(CGROUP_MOUNT, W_OK) == 0;
	probe_own(a, ret);
	if ((ret->manager = find_manager(a, system)))
		probe_grants(a, ret->own, system, &ret->manager_grants);
}
