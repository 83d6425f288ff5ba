/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/ns.h"
#include "base/err.h"
#include "base/file.h"
#include "linux/sys.h"
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

pid_t ns_fork(uint64_t flags, bool sibling, int cgroup, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | (sibling ? CLONE_PARENT : CLONE_PIDFD),
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = sibling ? 0 : SIGCHLD, /* CLONE_PARENT takes over ours (clone(2)) */
	};

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)cgroup;
	}
	return sys_clone3(&args);
}

static bool stat_namespace(const char *process, const char *name, struct stat *ret)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, name);
	return stat(path, ret) == 0;
}

static bool is_ours(int fd, const char *name)
{
	struct stat ours, its;

	return stat_namespace("self", name, &ours) && fstat(fd, &its) == 0 && ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

static int join(const struct ns_join *j)
{
	autoclose int fd = open(j->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_sys("cannot open the namespace '%s'", j->path);
	/* The kernel refuses to enter the user namespace in which we are (setns(2)). */
	if (j->flag == CLONE_NEWUSER && is_ours(fd, "user"))
		return 0;
	if (setns(fd, j->flag) < 0) {
		int r = err_sys("cannot join the namespace '%s'", j->path);

		if (r == -EPERM)
			return err_advise(
				r, &(struct advice){
					   .cause = "it belongs to another user namespace than the container's",
					   .now = "join that one too: add { \"type\": \"user\", \"path\": … } to /linux/namespaces" });
		return r;
	}
	return 0;
}

int ns_join_all(const struct ns_join *l, size_t n)
{
	bool joined[16] = { false };
	int r;

	/* Where we are privileged, leaving our user namespace would cost us the right to the others. */
	for (size_t i = 0; i < n; i++)
		joined[i] = l[i].flag != CLONE_NEWUSER && join(&l[i]) == 0;
	for (size_t i = 0; i < n; i++)
		if (l[i].flag == CLONE_NEWUSER && (r = join(&l[i])) < 0)
			return r;
	for (size_t i = 0; i < n; i++)
		if (l[i].flag != CLONE_NEWUSER && !joined[i] && (r = join(&l[i])) < 0)
			return r;
	return 0;
}

static const struct {
	const char *name;
	int flag;
} of_procfs[] = {
	{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },  { "pid", CLONE_NEWPID },	   { "net", CLONE_NEWNET },
	{ "uts", CLONE_NEWUTS },   { "ipc", CLONE_NEWIPC }, { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};

int ns_differing(pid_t pid, int known, int *ret_flags)
{
	char process[16];

	*ret_flags = known;
	(void)snprintf(process, sizeof(process), "%d", pid);
	for (size_t i = 0; i < ARRAY_SIZE(of_procfs); i++) {
		struct stat ours, its;

		if (known & of_procfs[i].flag)
			continue;
		if (!stat_namespace("self", of_procfs[i].name, &ours))
			continue; /* not in this kernel */
		if (!stat_namespace(process, of_procfs[i].name, &its))
			return err_sys("cannot read the namespaces of process %d", pid);
		if (ours.st_dev != its.st_dev || ours.st_ino != its.st_ino)
			*ret_flags |= of_procfs[i].flag;
	}
	return 0;
}

int ns_join_process(int pidfd, int flags)
{
	return setns(pidfd, flags) < 0 ? err_sys("cannot enter the namespaces of the container") : 0;
}

static _Noreturn void maps_main(const char *path, int out)
{
	struct ns_maps m = { 0 };

	if (join(&(struct ns_join){ .path = path, .flag = CLONE_NEWUSER }) == 0) {
		(void)file_peek(AT_FDCWD, "/proc/self/uid_map", m.uid_map, sizeof(m.uid_map));
		(void)file_peek(AT_FDCWD, "/proc/self/gid_map", m.gid_map, sizeof(m.gid_map));
		(void)file_peek(AT_FDCWD, "/proc/self/setgroups", m.setgroups, sizeof(m.setgroups));
	}
	(void)write_all(out, &m, sizeof(m));
	_exit(0);
}

void ns_read_maps(const char *path, struct ns_maps *ret)
{
	int pair[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	*ret = (struct ns_maps){ 0 };
	if (pipe2(pair, O_CLOEXEC) < 0)
		return;
	if ((pid = fork()) == 0)
		maps_main(path, pair[1]);
	(void)close(pair[1]);
	while (len < sizeof(*ret) && (n = read(pair[0], (char *)ret + len, sizeof(*ret) - len)) > 0)
		len += (size_t)n;
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	(void)close(pair[0]);
}

int ns_open_user(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool sysctl_is(const char *path, char first)
{
	char text[32];

	return file_peek(AT_FDCWD, path, text, sizeof(text)) > 0 && text[0] == first;
}

static bool is_filtered(void)
{
	char text[4096];
	const char *line;

	if (file_peek(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nSeccomp:");
	return line && strstr(line, "2") == line + strlen("\nSeccomp:\t");
}

bool ns_is_confined(pid_t pid)
{
	static const char profile[] = "unprivileged_userns";
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "/proc/%d/attr/current", pid);
	return file_peek(AT_FDCWD, path, text, sizeof(text)) > 0 && strncmp(text, profile, strlen(profile)) == 0;
}

void ns_probe_refusal(int num, struct ns_refusal *ret)
{
	ssize_t n;

	*ret = (struct ns_refusal){
		.num = num,
		.seccomp = is_filtered(),
		.apparmor_restricts = sysctl_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'),
		.clone_off = sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", '0'),
		.max_zero = sysctl_is("/proc/sys/user/max_user_namespaces", '0'),
	};
	if ((n = readlink("/proc/self/exe", ret->exe, sizeof(ret->exe) - 1)) > 0)
		ret->exe[n] = '\0';
}
