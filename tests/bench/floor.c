/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * floor.c - the lower limit of a rootless container start on this machine (x86_64 only).
 *
 *	floor [-n] [-c] [-m SUBUID:SUBGID:COUNT] [-h HOSTNAME] [-f FILTER] ROOTFS PROGRAM [ARG...]
 *
 *	-n  own network namespace (and a sysfs of its own; otherwise /sys is bound)
 *	-c  own cgroup namespace
 *	-m  map ids 1..COUNT through newuidmap and newgidmap; without it only the caller's own id is mapped
 *	-f  load this seccomp program: an array of struct sock_filter, nothing else
 *
 * It does the work the kernel sees when a runtime runs a `runc spec --rootless` bundle, with the fewest
 * system calls known to us, and nothing else: no JSON, no state, no hardening of paths (the rootfs is trusted).
 * It returns the status of PROGRAM, or 127 and one line about the step that failed.
 *
 * No libc: starting one costs more than half of what is measured here.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <linux/types.h>
#include <net/if.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { STDERR = 2, MNT_DETACH = 2, RLIMIT_NOFILE = 7, NUMBER_SIZE = 24, FAILED = 127 };

/* What the command line asks for, and what the parent hands to init. */
struct job {
	const char *rootfs, *hostname, *filter_path;
	char **program;
	char *subuid, *subgid, *count;
	long uid, gid;
	int own_net, own_cgroup;
	int go; /* eventfd: readable once the ids are mapped */
	struct sock_fprog filter;
};

struct step {
	const char *name;
	long (*run)(struct job *job);
};

/* ---- the kernel's door ---- */

static long call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return ret;
}

static long sys_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
	return call(__NR_mount, (long)source, (long)target, (long)type, (long)flags, (long)data);
}

/* Only sets: flags which the mount already has, perhaps locked, stay as they are. */
static long sys_mount_set(const char *target, __u64 attributes)
{
	const struct mount_attr attr = { .attr_set = attributes };

	return call(__NR_mount_setattr, AT_FDCWD, (long)target, 0, (long)&attr, sizeof(attr));
}

static long sys_open(const char *path, int flags)
{
	return call(__NR_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, 0, 0);
}

static long sys_write(long fd, const char *text, size_t size)
{
	return call(__NR_write, fd, (long)text, (long)size, 0, 0);
}

static long sys_wait(long pid, int *ret_status)
{
	return call(__NR_wait4, pid, (long)ret_status, 0, 0, 0);
}

static _Noreturn void sys_exit(long status)
{
	for (;;)
		call(__NR_exit_group, status, 0, 0, 0, 0);
}

/*
 * The cheapest way to start a program: the child shares our memory (nothing is copied) and even our stack,
 * which is safe because it makes two system calls from registers and never touches it; and we do not wait
 * for its exec, so two helpers start at the same time.
 */
static long sys_spawn(const char *path, char *const argv[], char *const envp[])
{
	long pid;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "mov %[path], %%rdi\n\t"
			 "mov %[argv], %%rsi\n\t"
			 "mov %[envp], %%rdx\n\t"
			 "mov %[execve], %%eax\n\t"
			 "syscall\n\t"
			 "mov %[failed], %%edi\n\t"
			 "mov %[exit], %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(pid)
			 : "a"((long)__NR_clone), "D"((long)(CLONE_VM | SIGCHLD)), "S"(0L), [path] "r"(path), [argv] "r"(argv),
			   [envp] "r"(envp), [execve] "i"(__NR_execve), [exit] "i"(__NR_exit), [failed] "i"(FAILED)
			 : "rcx", "r11", "memory");
	return pid;
}

/* ---- words ---- */

static size_t text_size(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

/* Writes the number at the end of the buffer and returns its first digit. */
static char *text_number(char buffer[NUMBER_SIZE], long number)
{
	char *at = buffer + NUMBER_SIZE - 1;

	*at = 0;
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return at;
}

/* Ends the first word at the colon and returns the next one, or NULL. */
static char *text_split(char *text)
{
	for (; *text; text++) {
		if (*text == ':') {
			*text = 0;
			return text + 1;
		}
	}
	return NULL;
}

static _Noreturn void fail(const char *what, long error)
{
	char buffer[NUMBER_SIZE];
	const char *const words[] = { "floor: ", what, ": errno ", text_number(buffer, error < 0 ? -error : error), "\n" };

	for (size_t i = 0; i < COUNT(words); i++)
		sys_write(STDERR, words[i], text_size(words[i]));
	sys_exit(FAILED);
}

/* ---- init, first part: what needs no ids, done while the helpers map them ---- */

static long make_private(struct job *job)
{
	(void)job;
	return sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* From here on all targets are relative to the rootfs, so no path is ever put together. */
static long bind_rootfs(struct job *job)
{
	long r = sys_mount(job->rootfs, job->rootfs, NULL, MS_BIND | MS_REC, NULL);

	return r < 0 ? r : call(__NR_chdir, (long)job->rootfs, 0, 0, 0, 0);
}

static long mount_proc(struct job *job)
{
	(void)job;
	return sys_mount("proc", "proc", "proc", 0, NULL);
}

static long mount_dev(struct job *job)
{
	(void)job;
	return sys_mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
}

static long mount_sys(struct job *job)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY;
	long r;

	if (job->own_net)
		return sys_mount("sysfs", "sys", "sysfs", flags, NULL);
	r = sys_mount("/sys", "sys", NULL, MS_BIND | MS_REC, NULL);
	return r < 0 ? r : sys_mount_set("sys", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
}

static long mask_paths(struct job *job)
{
	static const char *const paths[] = {
		"proc/acpi",	   "proc/asound",      "proc/kcore",	   "proc/keys",	   "proc/latency_stats",
		"proc/timer_list", "proc/timer_stats", "proc/sched_debug", "sys/firmware", "proc/scsi",
	};

	(void)job;
	for (size_t i = 0; i < COUNT(paths); i++) {
		long r = sys_mount("/dev/null", paths[i], NULL, MS_BIND, NULL);

		if (r == 0)
			r = sys_mount_set(paths[i], MOUNT_ATTR_RDONLY);
		else if (r == -ENOTDIR)
			r = sys_mount("tmpfs", paths[i], "tmpfs", MS_RDONLY, "size=0k");
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

static long protect_paths(struct job *job)
{
	static const char *const paths[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };

	(void)job;
	for (size_t i = 0; i < COUNT(paths); i++) {
		long r = sys_mount(paths[i], paths[i], NULL, MS_BIND | MS_REC, NULL);

		if (r == 0)
			r = sys_mount_set(paths[i], MOUNT_ATTR_RDONLY);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

static long set_hostname(struct job *job)
{
	return call(__NR_sethostname, (long)job->hostname, (long)text_size(job->hostname), 0, 0, 0);
}

static long raise_loopback(struct job *job)
{
	enum { INET = 2, DATAGRAM = 2 };
	const struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	long fd, r;

	if (!job->own_net)
		return 0;
	fd = call(__NR_socket, INET, DATAGRAM | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return fd;
	r = call(__NR_ioctl, fd, SIOCSIFFLAGS, (long)&lo, 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
	return r;
}

static long read_filter(struct job *job)
{
	static struct sock_filter program[BPF_MAXINSNS];
	long fd, size;

	if (!job->filter_path)
		return 0;
	fd = sys_open(job->filter_path, O_RDONLY);
	if (fd < 0)
		return fd;
	size = call(__NR_read, fd, (long)program, sizeof(program), 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
	if (size < 0)
		return size;
	job->filter = (struct sock_fprog){ .len = (unsigned short)((size_t)size / sizeof(*program)), .filter = program };
	return 0;
}

/* ---- init, second part: ids ---- */

static long write_file(const char *path, const char *text)
{
	long fd = sys_open(path, O_WRONLY), r;

	if (fd < 0)
		return fd;
	r = sys_write(fd, text, text_size(text));
	call(__NR_close, fd, 0, 0, 0, 0);
	return r;
}

static long write_own_map(const char *path, long id)
{
	char line[NUMBER_SIZE + 4] = "0 ", buffer[NUMBER_SIZE];
	const char *digit = text_number(buffer, id);
	size_t at = 2;

	while (*digit)
		line[at++] = *digit++;
	line[at++] = ' ';
	line[at++] = '1';
	line[at] = 0;
	return write_file(path, line);
}

static long get_ids(struct job *job)
{
	__u64 word;
	long r;

	if (job->subuid)
		return call(__NR_read, job->go, (long)&word, sizeof(word), 0, 0);
	r = write_own_map("/proc/self/uid_map", job->uid);
	if (r >= 0)
		r = write_file("/proc/self/setgroups", "deny");
	if (r >= 0)
		r = write_own_map("/proc/self/gid_map", job->gid);
	return r;
}

/* ---- init, third part: what makes files, and the way in ---- */

static long mount_in_dev(struct job *job)
{
	static const struct {
		const char *target, *source, *type;
		unsigned long flags;
		const char *data;
	} mounts[] = {
		{ "dev/pts", "devpts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620" },
		{ "dev/shm", "shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k" },
		{ "dev/mqueue", "mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
	};

	(void)job;
	for (size_t i = 0; i < COUNT(mounts); i++) {
		long r = call(__NR_mkdir, (long)mounts[i].target, 0755, 0, 0, 0);

		if (r == 0)
			r = sys_mount(mounts[i].source, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data);
		if (r < 0)
			return r;
	}
	return 0;
}

static long bind_devices(struct job *job)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/random", "/dev/urandom" };

	(void)job;
	for (size_t i = 0; i < COUNT(devices); i++) {
		const char *target = devices[i] + 1;
		long r = call(__NR_mknod, (long)target, S_IFREG | 0666, 0, 0, 0);

		if (r == 0)
			r = sys_mount(devices[i], target, NULL, MS_BIND, NULL);
		if (r == 0)
			r = sys_mount_set(target, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
		if (r < 0)
			return r;
	}
	return 0;
}

static long link_devices(struct job *job)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },	     { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "/proc/kcore", "dev/core" },	 { "pts/ptmx", "dev/ptmx" },
	};

	(void)job;
	for (size_t i = 0; i < COUNT(links); i++) {
		long r = call(__NR_symlink, (long)links[i][0], (long)links[i][1], 0, 0, 0);

		if (r < 0)
			return r;
	}
	return 0;
}

static long enter_rootfs(struct job *job)
{
	long r = sys_mount_set(".", MOUNT_ATTR_RDONLY);

	(void)job;
	if (r == 0)
		r = call(__NR_pivot_root, (long)".", (long)".", 0, 0, 0);
	if (r == 0)
		r = call(__NR_umount2, (long)".", MNT_DETACH, 0, 0, 0);
	return r < 0 ? r : call(__NR_chdir, (long)"/", 0, 0, 0, 0);
}

static long start_session(struct job *job)
{
	long r = call(__NR_setsid, 0, 0, 0, 0, 0);

	(void)job;
	if (r >= 0)
		r = call(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, (long)"floor", 0, 0, 0);
	return r;
}

static long set_limits(struct job *job)
{
	const struct {
		__u64 soft, hard;
	} files = { 1024, 1024 };

	(void)job;
	return call(__NR_prlimit64, 0, RLIMIT_NOFILE, (long)&files, 0, 0);
}

/* ---- init, last part: give everything up ---- */

/* Without subordinate ids setgroups is denied: the caller's groups stay, as with any runtime. */
static long drop_groups(struct job *job)
{
	return job->subuid ? call(__NR_setgroups, 0, 0, 0, 0, 0) : 0;
}

static long drop_capabilities(struct job *job)
{
	const __u32 keep = 1U << CAP_AUDIT_WRITE | 1U << CAP_KILL | 1U << CAP_NET_BIND_SERVICE;
	const struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = { { .effective = keep, .permitted = keep } };

	(void)job;
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		long r;

		if (cap < 32 && (keep & 1U << cap))
			continue;
		r = call(__NR_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (r == -EINVAL) /* the kernel is older than the headers */
			break;
		if (r < 0)
			return r;
	}
	return call(__NR_capset, (long)&header, (long)data, 0, 0, 0);
}

static long forbid_new_privileges(struct job *job)
{
	(void)job;
	return call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static long hide_files(struct job *job)
{
	(void)job;
	return call(__NR_close_range, STDERR + 1, ~0U, CLOSE_RANGE_CLOEXEC, 0, 0);
}

static long load_filter(struct job *job)
{
	return job->filter.len ? call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&job->filter, 0, 0) : 0;
}

static long run_program(struct job *job)
{
	static const char *const envp[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL };

	return call(__NR_execve, (long)job->program[0], (long)job->program, (long)envp, 0, 0);
}

static const struct step steps[] = {
	{ "make the mounts private", make_private },
	{ "bind the rootfs", bind_rootfs },
	{ "mount /proc", mount_proc },
	{ "mount /dev", mount_dev },
	{ "mount /sys", mount_sys },
	{ "mask paths", mask_paths },
	{ "make paths read-only", protect_paths },
	{ "set the hostname", set_hostname },
	{ "bring lo up", raise_loopback },
	{ "read the seccomp program", read_filter },
	{ "get ids", get_ids },
	{ "mount below /dev", mount_in_dev },
	{ "bind the devices", bind_devices },
	{ "link the devices", link_devices },
	{ "enter the rootfs", enter_rootfs },
	{ "start a session", start_session },
	{ "set limits", set_limits },
	{ "drop groups", drop_groups },
	{ "drop capabilities", drop_capabilities },
	{ "set no_new_privs", forbid_new_privileges },
	{ "hide open files", hide_files },
	{ "load the seccomp program", load_filter },
	{ "run the program", run_program },
};

static _Noreturn void init(struct job *job)
{
	for (size_t i = 0; i < COUNT(steps); i++) {
		long r = steps[i].run(job);

		if (r < 0)
			fail(steps[i].name, r);
	}
	sys_exit(FAILED);
}

/* ---- the parent ---- */

static long clone_init(const struct job *job)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | (job->own_net ? CLONE_NEWNET : 0U) |
			 (job->own_cgroup ? CLONE_NEWCGROUP : 0U),
		.exit_signal = SIGCHLD,
	};

	return call(__NR_clone3, (long)&args, sizeof(args), 0, 0, 0);
}

/* Starts `newuidmap PID 0 OWN 1 1 SUB COUNT`. */
static long spawn_mapper(char *path, char *pid, char *own, char *sub, char *count)
{
	static char *const envp[] = { NULL };
	static char zero[] = "0", one[] = "1";
	char *const argv[] = { path, pid, zero, own, one, one, sub, count, NULL };

	return sys_spawn(path, argv, envp);
}

static long map_ids(struct job *job, long init_pid)
{
	static char newuidmap[] = "/usr/bin/newuidmap", newgidmap[] = "/usr/bin/newgidmap";
	char pid[NUMBER_SIZE], uid[NUMBER_SIZE], gid[NUMBER_SIZE];
	const __u64 go = 1;
	int uids, gids;
	long helpers[2];

	helpers[0] = spawn_mapper(newuidmap, text_number(pid, init_pid), text_number(uid, job->uid), job->subuid, job->count);
	helpers[1] = spawn_mapper(newgidmap, text_number(pid, init_pid), text_number(gid, job->gid), job->subgid, job->count);
	if (helpers[0] < 0 || helpers[1] < 0)
		return -EAGAIN;
	sys_wait(helpers[0], &uids);
	sys_wait(helpers[1], &gids);
	return uids || gids ? -EPERM : sys_write(job->go, (const char *)&go, sizeof(go));
}

static long run(struct job *job)
{
	int status = 0;
	long pid, r;

	job->uid = call(__NR_geteuid, 0, 0, 0, 0, 0);
	job->gid = call(__NR_getegid, 0, 0, 0, 0, 0);
	if (job->subuid) {
		job->go = (int)call(__NR_eventfd2, 0, O_CLOEXEC, 0, 0, 0);
		if (job->go < 0)
			fail("make an eventfd", job->go);
	}
	pid = clone_init(job);
	if (pid == 0)
		init(job);
	if (pid < 0)
		fail("clone init", pid);
	r = job->subuid ? map_ids(job, pid) : 0;
	if (r < 0) {
		call(__NR_kill, pid, SIGKILL, 0, 0, 0);
		fail("map ids", r);
	}
	sys_wait(pid, &status);
	return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

/* Returns the first argument that is not an option, or NULL. */
static char **parse(char **argv, struct job *job)
{
	for (argv++; *argv && (*argv)[0] == '-'; argv++) {
		const char letter = (*argv)[1];

		if (letter == 'n') {
			job->own_net = 1;
			continue;
		}
		if (letter == 'c') {
			job->own_cgroup = 1;
			continue;
		}
		if (!argv[1])
			return NULL;
		argv++;
		switch (letter) {
		case 'h':
			job->hostname = *argv;
			break;
		case 'f':
			job->filter_path = *argv;
			break;
		case 'm':
			job->subuid = *argv;
			job->subgid = text_split(job->subuid);
			job->count = job->subgid ? text_split(job->subgid) : NULL;
			if (!job->count)
				return NULL;
			break;
		default:
			return NULL;
		}
	}
	return argv[0] && argv[1] ? argv : NULL;
}

/* Called by _start with the stack as the kernel left it: argc, argv[], NULL, envp[], … */
__attribute__((used)) _Noreturn void start(long *stack);

_Noreturn void start(long *stack)
{
	struct job job = { .hostname = "floor" };
	char **argv = parse((char **)(stack + 1), &job);

	if (!argv)
		fail("usage: [-n] [-c] [-m SUBUID:SUBGID:COUNT] [-h HOSTNAME] [-f FILTER] ROOTFS PROGRAM [ARG...]", EINVAL);
	job.rootfs = argv[0];
	job.program = argv + 1;
	sys_exit(run(&job));
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start\n");
