/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/process.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "linux/sys.h"
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/vfs.h>

int process_die_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys("cannot ask to die with the supervisor");
	return 0;
}

/* The system calls themselves: glibc's wrappers tell other threads, of which there are none. */
static int set_ids(uint32_t uid, uint32_t gid)
{
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return err_sys("cannot become group %u", gid);
	if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		return err_sys("cannot become user %u", uid);
	return 0;
}

/* Leaving id 0 clears the effective set even with KEEPCAPS (capabilities(7)); the permitted one is whole. */
static int restore_effective(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return err_sys("cannot read the capabilities");
	d[0].effective = d[0].permitted;
	d[1].effective = d[1].permitted;
	if (syscall(SYS_capset, &h, d) < 0)
		return err_sys("cannot restore the capabilities");
	return 0;
}

int process_become(uint32_t uid, uint32_t gid)
{
	int r;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys("cannot keep capabilities");
	if ((r = set_ids(uid, gid)) < 0)
		return r;
	return uid == 0 ? 0 : restore_effective();
}

static int drop_bounding(uint64_t keep)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (keep & (UINT64_C(1) << cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* beyond the last capability that this kernel knows */
			return 0;
		return err_sys("cannot drop capability %u", cap);
	}
	return 0;
}

static int set_caps(const struct cap_sets *c)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct d[2] = {
		{ (uint32_t)c->effective, (uint32_t)c->permitted, (uint32_t)c->inheritable },
		{ (uint32_t)(c->effective >> 32), (uint32_t)(c->permitted >> 32), (uint32_t)(c->inheritable >> 32) },
	};

	if (syscall(SYS_capset, &h, d) < 0)
		return err_sys("cannot set the capabilities");
	for (unsigned cap = 0; cap < 64; cap++)
		if ((c->ambient & (UINT64_C(1) << cap)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_sys("cannot raise ambient capability %u", cap);
	return 0;
}

int process_set_credentials(uint32_t uid, uint32_t gid, const struct id_list *groups, const struct cap_sets *caps)
{
	int r;

	if ((r = drop_bounding(caps->bounding)) < 0)
		return r;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys("cannot keep capabilities");
	if (groups && syscall(SYS_setgroups, groups->n, groups->items) < 0)
		return err_sys("cannot set the additional groups");
	if ((r = set_ids(uid, gid)) < 0)
		return r;
	if ((r = set_caps(caps)) < 0)
		return r;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return err_sys("cannot stop keeping capabilities");
	return 0;
}

int process_set_no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys("cannot set no_new_privs");
	return 0;
}

int process_set_rlimits(const struct rlimit_op *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rlimit r = { .rlim_cur = l[i].soft, .rlim_max = l[i].hard };

		if (setrlimit((__rlimit_resource_t)l[i].resource, &r) < 0)
			return err_sys("cannot set resource limit %d", l[i].resource);
	}
	return 0;
}

int process_set_scheduler(const struct sched_op *s)
{
	/* struct sched_attr (sched_setattr(2)), which glibc 2.36 does not have */
	const struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = {
		.size = sizeof(attr),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	if (syscall(SYS_sched_setattr, 0, &attr, 0) == 0)
		return 0;
	if (errno == EPERM)
		return err_advise(err_sys("cannot set the scheduler of /process/scheduler"),
				  &(struct advice){ .cause = "real-time policies and raised priorities need root or a resource limit "
							     "(RLIMIT_RTPRIO, RLIMIT_NICE)",
						    .fix = "echo \"$USER - rtprio 99\" | sudo tee /etc/security/limits.d/90-rtprio.conf",
						    .now = "remove /process/scheduler from config.json" });
	return err_sys("cannot set the scheduler of /process/scheduler");
}

int process_set_io_priority(int value)
{
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, 0, value) < 0)
		return err_sys("cannot set /process/ioPriority");
	return 0;
}

int process_set_mempolicy(const struct mempolicy_op *m)
{
	if (syscall(SYS_set_mempolicy, m->mode, m->nodes, m->nodes ? m->max_node + 1 : 0) < 0)
		return err_sys("cannot set /linux/memoryPolicy");
	return 0;
}

void process_close_fds(int first, const int *keep, size_t n)
{
	for (int next; first >= 0; first = next < INT_MAX ? next + 1 : -1) {
		next = INT_MAX;
		for (size_t i = 0; i < n; i++)
			if (keep[i] >= first && keep[i] < next)
				next = keep[i];
		if (next > first)
			(void)sys_close_range((unsigned)first, next < INT_MAX ? (unsigned)next - 1 : ~0U, 0);
	}
}

void process_drop_fds(unsigned n)
{
	if (n > 0)
		(void)sys_close_range(3, 2 + n, 0);
}

int process_set_cpus(const struct cpu_set_op *cpus)
{
	if (syscall(SYS_sched_setaffinity, 0, cpus->size, cpus->bits) < 0)
		return err_sys("cannot set /process/execCPUAffinity");
	return 0;
}

int process_set_personality(long persona)
{
	if (personality((unsigned long)persona) < 0)
		return err_sys("cannot set /linux/personality");
	return 0;
}

void process_join_keyring(const char *name)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0) < 0)
		log_debug("no session keyring of its own: %s", strerror(errno));
}

int process_open_proc(void)
{
	autoclose int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return err_sys("cannot open '/proc'");
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(EINVAL, "proc-fake", "the host's /proc is not a procfs");
	return take_fd(&fd);
}

int process_set_oom(int proc, int score)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", score);
	int r = file_poke(proc, "self/oom_score_adj", text, (size_t)n);

	if (r == -EACCES || r == -EPERM) {
		log_debug("oomScoreAdj %d left out: only root may set it so low", score);
		return 0;
	}
	if (r < 0) {
		errno = -r;
		return err_sys("cannot set /process/oomScoreAdj");
	}
	return 0;
}

/* CVE-2019-16884, CVE-2025-52881: that the write succeeded says nothing; what can be read back does. */
static int set_label(int proc, const char *file, const char *text, const char *label, const char *what)
{
	char back[ERR_TEXT_MAX];
	int r = file_poke(proc, file, text, strlen(text));

	if (r == 0)
		r = file_peek(proc, file, back, sizeof(back));
	if (r < 0) {
		errno = -r;
		return err_sys("cannot set the %s '%s'", what, label);
	}
	if (strncmp(back, label, strlen(label)) != 0)
		return err_set(EPERM, "label-lost", "the %s '%s' did not stay set", what, label);
	return 0;
}

int process_set_apparmor(int proc, const char *profile)
{
	char text[ERR_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "exec %s", profile);
	/* attr/apparmor exists since Linux 5.1; attr/exec may belong to another module. */
	return set_label(proc, "thread-self/attr/apparmor/exec", text, profile, "AppArmor profile");
}

int process_set_selinux(int proc, const char *label)
{
	return set_label(proc, "thread-self/attr/exec", label, label, "SELinux label");
}

int process_set_sysctl(int proc, const char *path, const char *value)
{
	char full[512];
	int r;

	if ((size_t)snprintf(full, sizeof(full), "sys/%s", path) >= sizeof(full))
		return err_set(ENAMETOOLONG, "config-invalid", "/linux/sysctl: '%s' is too long", path);
	if ((r = file_poke(proc, full, value, strlen(value))) < 0) {
		errno = -r;
		return err_sys("cannot set kernel parameter '%s' to '%s'", path, value);
	}
	return 0;
}

int process_set_time(int proc, const char *offsets)
{
	autoclose int ns = -1;
	int r;

	/* Offsets can be written only while nobody is inside (time_namespaces(7)), so we enter afterwards. */
	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys("cannot make a time namespace");
	if (offsets && (r = file_poke(proc, "self/timens_offsets", offsets, strlen(offsets))) < 0) {
		errno = -r;
		return err_sys("cannot set /linux/timeOffsets");
	}
	if ((ns = openat(proc, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC)) < 0 || setns(ns, CLONE_NEWTIME) < 0)
		return err_sys("cannot enter the time namespace");
	return 0;
}

int process_raise_loopback(void)
{
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		return err_sys("cannot bring up the loopback interface");
	return 0;
}

int process_set_hostname(const char *hostname)
{
	if (sethostname(hostname, strlen(hostname)) < 0)
		return err_sys("cannot set the hostname '%s'", hostname);
	return 0;
}

int process_set_domainname(const char *domainname)
{
	if (setdomainname(domainname, strlen(domainname)) < 0)
		return err_sys("cannot set the domainname '%s'", domainname);
	return 0;
}
