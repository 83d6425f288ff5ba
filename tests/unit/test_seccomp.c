/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_seccomp.c - a profile means what libseccomp makes of it, and what its words say.
 *
 * Three opinions on every call are compared: our program, libseccomp's own program (both run by bpf_eval.c), and a
 * plain reading of the profile (the model below), which knows no tables, ranges or jumps.
 *
 * The cache gets its programs from the helper urun-seccomp, of the build directory $top_builddir. The test puts
 * scripts in its place, which count how often they are run, and answer what a claim needs. */
#include "base/err.h"
#include "base/log.h"
#include "bpf_eval.h"
#include "linux/helper.h"
#include "linux/seccomp_bpf.h"
#include "linux/seccomp_key.h"
#include "linux/seccomp_lib.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#define seccomp_load libseccomp_load /* libseccomp has one too */
#include <seccomp.h>
#undef seccomp_load
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* ---- TAP ---- */

static int n_claims, n_failed;

static void claim(bool holds, const char *fmt, ...) printf_like(2, 3);

static void claim(bool holds, const char *fmt, ...)
{
	va_list ap;

	n_claims++;
	n_failed += !holds;
	printf("%sok %d - ", holds ? "" : "not ", n_claims);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* ---- profiles ---- */

/* Docker's default for a container without additional capabilities. */
static const char docker_allowed[] =
	"accept accept4 access adjtimex alarm arch_prctl bind brk capget capset chdir chmod chown chown32 chroot "
	"clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
	"clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 dup3 "
	"epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old "
	"eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate "
	"fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr "
	"flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate "
	"ftruncate64 futex futex_time64 futex_waitv futimesat get_robust_list get_thread_area getcpu getcwd "
	"getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer "
	"getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32 getresuid "
	"getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 "
	"getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents "
	"io_pgetevents io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kill "
	"landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr link linkat "
	"listen listxattr llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 madvise membarrier "
	"memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt "
	"mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
	"mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap "
	"name_to_handle_at nanosleep newfstatat _newselect open openat openat2 pause pidfd_open pidfd_send_signal "
	"pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 "
	"prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 "
	"pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg "
	"remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction "
	"rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait "
	"rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity "
	"sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
	"sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl "
	"semget semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto "
	"set_robust_list set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 "
	"setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid "
	"setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt "
	"shmget shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall socketpair splice stat "
	"stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time "
	"timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 "
	"timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate "
	"truncate64 ugetrlimit umask uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice "
	"wait4 waitid waitpid write writev ";

static const uint32_t allow = SECCOMP_RET_ALLOW;
static const uint32_t eperm = SECCOMP_RET_ERRNO | EPERM;
static const uint32_t enosys = SECCOMP_RET_ERRNO | ENOSYS;

/* A rule for every name in names, with n conditions. */
static void add_rules(struct arena *a, struct seccomp_profile *p, const char *names, uint32_t ret, size_t n, const struct seccomp_arg *args)
{
	for (const char *end; *(names += strspn(names, " ")); names = end) {
		struct seccomp_arg *copy = arena_array(a, n, sizeof(*copy));
		struct seccomp_rule r = { .ret = ret, .args = copy, .n_args = n };

		end = names + strcspn(names, " ");
		r.name = arena_strndup(a, names, (size_t)(end - names));
		if (n)
			memcpy(copy, args, n * sizeof(*args));
		*arena_push(a, &p->rules) = r;
	}
}

/* A rule's conditions, to change them after the fact. */
static struct seccomp_arg *args_of(const struct seccomp_profile *p, size_t rule)
{
	return (struct seccomp_arg *)(uintptr_t)p->rules.items[rule].args;
}

#define CONDITION(...)                                                                                                                     \
	1, &(struct seccomp_arg)                                                                                                           \
	{                                                                                                                                  \
		__VA_ARGS__                                                                                                                \
	}

static void add_archs(struct arena *a, struct seccomp_profile *p, const char *names)
{
	for (const char *end; *(names += strspn(names, " ")); names = end) {
		end = names + strcspn(names, " ");
		strv_push(a, &p->archs, arena_strndup(a, names, (size_t)(end - names)));
	}
}

static struct seccomp_profile docker_profile(struct arena *a)
{
	static const uint64_t personalities[] = { 0x0, 0x8, 0x20000, 0x20008, 0xffffffff };
	struct seccomp_profile p = { .default_ret = eperm };

	add_rules(a, &p, docker_allowed, allow, 0, NULL);
	add_rules(a, &p, "socket", allow, CONDITION(.index = 0, .op = SECCOMP_OP_NE, .value = 40));
	for (size_t i = 0; i < ARRAY_SIZE(personalities); i++)
		add_rules(a, &p, "personality", allow, CONDITION(.op = SECCOMP_OP_EQ, .value = personalities[i]));
	add_rules(a, &p, "clone", allow, CONDITION(.op = SECCOMP_OP_MASKED_EQ, .value = 0, .mask = 0x7E020000));
	add_rules(a, &p, "clone3", enosys, 0, NULL);
	return p;
}

/* All is allowed, save a few calls, some only with some arguments. */
static struct seccomp_profile denying_profile(struct arena *a)
{
	struct seccomp_profile p = { .default_ret = allow };

	add_rules(a, &p, "mount umount2 ptrace kexec_load open_by_handle_at swapon swapoff", eperm, 0, NULL);
	add_rules(a, &p, "bpf keyctl add_key request_key", SECCOMP_RET_ERRNO | EACCES, 0, NULL);
	add_rules(a, &p, "reboot", SECCOMP_RET_KILL_PROCESS, 0, NULL);
	add_rules(a, &p, "acct", SECCOMP_RET_TRAP, 0, NULL);
	add_rules(a, &p, "ioctl", eperm, CONDITION(.index = 1, .op = SECCOMP_OP_MASKED_EQ, .value = 0x5412, .mask = 0xffffffff));
	add_rules(a, &p, "socket", eperm, CONDITION(.index = 0, .op = SECCOMP_OP_EQ, .value = 38));
	add_rules(a, &p, "socket", eperm, CONDITION(.index = 0, .op = SECCOMP_OP_GT, .value = 44));
	add_rules(a, &p, "shmat connect", eperm, CONDITION(.index = 2, .op = SECCOMP_OP_GE, .value = 0x100000002));
	add_rules(a, &p, "no_such_call neither_this", eperm, 0, NULL);
	return p;
}

/* ---- random profiles, the same ones in every run ---- */

static uint64_t random_state;

static uint64_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint32_t random_below(uint32_t n)
{
	return (uint32_t)(random_bits() >> 32) % n;
}

static uint64_t random_value(void)
{
	static const uint64_t edges[] = {
		0,
		1,
		2,
		5,
		9,
		40,
		0x7e020000,
		0x7fffffff,
		0x80000000,
		0xfffffffe,
		0xffffffff,
		0x100000000,
		0x100000001,
		0x500000005,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xffffffff00000000,
		UINT64_MAX - 1,
		UINT64_MAX,
	};

	return random_below(4) ? edges[random_below(ARRAY_SIZE(edges))] : random_bits();
}

static uint32_t random_ret(void)
{
	static const uint32_t rets[] = {
		SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 13, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS,
		SECCOMP_RET_TRAP,  SECCOMP_RET_LOG,	  SECCOMP_RET_TRACE | 7,  SECCOMP_RET_USER_NOTIF,
	};

	return rets[random_below(ARRAY_SIZE(rets))];
}

/* 1 to 3 conditions for different arguments. */
static size_t random_args(struct seccomp_arg *args)
{
	const uint32_t first = random_below(6);
	const size_t n = 1 + random_below(3);

	for (size_t i = 0; i < n; i++)
		args[i] = (struct seccomp_arg){
			.index = (first + (uint32_t)i * (random_below(2) ? 1 : 5)) % 6,
			.op = SECCOMP_OP_NE + random_below(7),
			.value = random_value(),
			.mask = random_value(),
		};
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (args[i].index == args[j].index)
				return i;
	return n;
}

static const char *const random_names[] = {
	"read",	       "write",	    "open",	  "close", "stat",	 "mmap",	 "clone",      "socket",       "connect",
	"bind",	       "accept",    "accept4",	  "send",  "recvmmsg",	 "shmat",	 "semop",      "semget",       "msgctl",
	"personality", "ioctl",	    "socketcall", "ipc",   "arch_prctl", "mknodat",	 "openat2",    "futex_time64", "execve",
	"prctl",       "nanosleep", "getpid",	  "kill",  "bpf",	 "rt_sigaction", "setsockopt", "ptrace",       "semtimedop",
};

enum random_kind {
	/* What libseccomp has no opinion of its own about: a name has one rule with several conditions, or several with
	 * one for the same argument and all with the same result. */
	SIMPLE,
	/* Anything: only the model can tell. */
	FREE,
};

/* Calls that i386 also has inside socketcall (102) and ipc (117): <linux/net.h>, <linux/ipc.h>, syscall_32.tbl. */
static const struct inner_call {
	const char *name;
	int outer, call, direct;
} inner_calls[] = {
	{ "socket", 102, 1, 359 },    { "bind", 102, 2, 361 },	      { "connect", 102, 3, 362 },     { "listen", 102, 4, 363 },
	{ "accept", 102, 5, -1 },     { "getsockname", 102, 6, 367 }, { "getpeername", 102, 7, 368 }, { "socketpair", 102, 8, 360 },
	{ "send", 102, 9, -1 },	      { "recv", 102, 10, -1 },	      { "sendto", 102, 11, 369 },     { "recvfrom", 102, 12, 371 },
	{ "shutdown", 102, 13, 373 }, { "setsockopt", 102, 14, 366 }, { "getsockopt", 102, 15, 365 }, { "sendmsg", 102, 16, 370 },
	{ "recvmsg", 102, 17, 372 },  { "accept4", 102, 18, 364 },    { "recvmmsg", 102, 19, 337 },   { "sendmmsg", 102, 20, 345 },
	{ "semop", 117, 1, -1 },      { "semget", 117, 2, 393 },      { "semctl", 117, 3, 394 },      { "semtimedop", 117, 4, -1 },
	{ "msgsnd", 117, 11, 400 },   { "msgrcv", 117, 12, 401 },     { "msgget", 117, 13, 399 },     { "msgctl", 117, 14, 402 },
	{ "shmat", 117, 21, 397 },    { "shmdt", 117, 22, 398 },      { "shmget", 117, 23, 395 },     { "shmctl", 117, 24, 396 },
};

/* Inside socketcall and ipc the rules of all these calls meet. */
static bool meets_others(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(inner_calls); i++)
		if (strcmp(name, inner_calls[i].name) == 0)
			return true;
	return false;
}

static void add_simple_rules(struct arena *a, struct seccomp_profile *p, const char *name)
{
	struct seccomp_arg args[6];
	const uint32_t ret = random_ret();
	const uint32_t index = random_below(6);

	if (strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0) {
		if (random_below(4) == 0)
			add_rules(a, p, name, ret, 0, NULL);
		return;
	}
	if (meets_others(name)) {
		add_rules(a, p, name, ret, random_below(2) ? random_args(args) : 0, args);
		return;
	}
	switch (random_below(4)) {
	case 0:
		add_rules(a, p, name, ret, random_args(args), args);
		return;
	case 1:
		for (uint32_t n = random_below(4); n > 0; n--) {
			(void)random_args(args);
			args[0].index = index;
			args[0].op = random_below(2) ? SECCOMP_OP_EQ : SECCOMP_OP_MASKED_EQ;
			add_rules(a, p, name, ret, 1, args);
		}
		return;
	case 2:
		for (uint32_t n = random_below(3); n > 0; n--)
			add_rules(a, p, name, random_ret(), 0, NULL);
		return;
	default:
		return;
	}
}

/* Without conditions on the first argument where it cannot always be seen: those may be refused, see contradictions(). */
static void add_free_rules(struct arena *a, struct seccomp_profile *p, const char *name)
{
	for (uint32_t n = random_below(5); n > 0; n--) {
		struct seccomp_arg args[6];
		size_t n_args = random_below(8) ? random_args(args) : 0;

		for (size_t i = 0; i < n_args && meets_others(name); i++)
			args[i].index = 1 + (uint32_t)i;
		add_rules(a, p, name, random_ret(), n_args, args);
	}
}

static struct seccomp_profile random_profile(struct arena *a, enum random_kind kind)
{
	struct seccomp_profile p = { .default_ret = random_ret() };

	for (size_t i = 0; i < ARRAY_SIZE(random_names); i++)
		if (kind == SIMPLE)
			add_simple_rules(a, &p, random_names[i]);
		else
			add_free_rules(a, &p, random_names[i]);
	return p;
}

/* ---- the model: a plain reading of the profile ---- */

enum {
	X32 = 0x40000000,
	MAX_TOKENS = 4,
};

/* How a rule can be reached on one architecture. */
struct way {
	int number;	       /* the number, or negative */
	int library_number;    /* what libseccomp calls it */
	int outer, outer_call; /* 0: not inside another call */
};

struct subject {
	const struct seccomp_profile *profile;
	uint32_t tokens[MAX_TOKENS]; /* SCMP_ARCH_* */
	size_t n_tokens;
	struct way *ways[MAX_TOKENS];
	int last[MAX_TOKENS];
};

static struct way find_way(uint32_t token, const char *name)
{
	const int number = seccomp_syscall_resolve_name_arch(token, name);
	struct way w = { .number = number, .library_number = number };

	for (size_t i = 0; token == SCMP_ARCH_X86 && i < ARRAY_SIZE(inner_calls); i++)
		if (strcmp(name, inner_calls[i].name) == 0)
			w = (struct way){
				.number = inner_calls[i].direct,
				.library_number = number,
				.outer = inner_calls[i].outer,
				.outer_call = inner_calls[i].call,
			};
	return w;
}

static struct subject subject_of(struct arena *a, const struct seccomp_profile *p, size_t n, const uint32_t *tokens)
{
	struct subject s = { .profile = p, .n_tokens = n };

	for (size_t t = 0; t < n; t++) {
		s.tokens[t] = tokens[t];
		s.ways[t] = arena_array(a, p->rules.n, sizeof(struct way));
		for (size_t r = 0; r < p->rules.n; r++) {
			s.ways[t][r] = find_way(tokens[t], p->rules.items[r].name);
			if (s.ways[t][r].library_number > s.last[t])
				s.last[t] = s.ways[t][r].library_number;
		}
	}
	return s;
}

static bool has_token(const struct subject *s, uint32_t token, size_t *ret)
{
	for (size_t t = 0; t < s->n_tokens; t++)
		if (s->tokens[t] == token) {
			*ret = t;
			return true;
		}
	return false;
}

static bool is_wide(uint32_t token)
{
	return (token & __AUDIT_ARCH_64BIT) && !(token & 0x20000000);
}

static bool always(const struct seccomp_arg *c, bool wide)
{
	return c->op == SECCOMP_OP_MASKED_EQ && (wide ? c->mask : (uint32_t)c->mask) == 0;
}

static bool holds(const struct seccomp_arg *c, uint64_t v, bool wide)
{
	const uint64_t all = wide ? UINT64_MAX : UINT32_MAX;
	const uint64_t x = v & all, y = c->value & all;

	switch (c->op) {
	case SECCOMP_OP_NE:
		return x != y;
	case SECCOMP_OP_LT:
		return x < y;
	case SECCOMP_OP_LE:
		return x <= y;
	case SECCOMP_OP_EQ:
		return x == y;
	case SECCOMP_OP_GE:
		return x >= y;
	case SECCOMP_OP_GT:
		return x > y;
	case SECCOMP_OP_MASKED_EQ:
		return (x & c->mask) == (y & c->mask);
	}
	abort();
}

/* Does the rule match a call with this number? inside: by way of socketcall or ipc. */
static bool matches(const struct seccomp_rule *r, const struct call *c, const struct way *inside, bool wide, bool *conditional)
{
	bool all = true;

	*conditional = inside != NULL;
	if (inside && (uint32_t)c->args[0] != (uint32_t)inside->outer_call)
		all = false;
	for (size_t i = 0; i < r->n_args; i++) {
		if (always(&r->args[i], wide) || (inside && r->args[i].index == 0))
			continue;
		*conditional = true;
		all = all && holds(&r->args[i], c->args[r->args[i].index], wide);
	}
	return all;
}

/* Let rule r say what it thinks; -1: nothing, 0: it decides if it is the strictest of the conditional ones, 1: it decides. */
static int opinion(const struct subject *s, size_t t, size_t r, const struct call *c)
{
	const struct seccomp_rule *rule = &s->profile->rules.items[r];
	const struct way *w = &s->ways[t][r];
	const bool wide = is_wide(s->tokens[t]);
	bool conditional;

	if (rule->ret == s->profile->default_ret)
		return -1;
	if (w->number >= 0 && c->number == (uint32_t)w->number && matches(rule, c, NULL, wide, &conditional))
		return !conditional;
	if (w->outer && c->number == (uint32_t)w->outer && matches(rule, c, w, wide, &conditional))
		return 0;
	return -1;
}

/* seccomp(2), "Return values": in decreasing order of precedence. */
static const uint32_t strictness[] = {
	SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
	SECCOMP_RET_USER_NOTIF,	  SECCOMP_RET_TRACE,	   SECCOMP_RET_LOG,  SECCOMP_RET_ALLOW,
};

static size_t rank(uint32_t ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(strictness); i++)
		if (strictness[i] == (ret & SECCOMP_RET_ACTION_FULL))
			return i;
	abort();
}

static bool stricter(uint32_t a, uint32_t b)
{
	return rank(a) < rank(b);
}

static uint32_t model(const struct subject *s, const struct call *c)
{
	const bool x32_number = c->arch == AUDIT_ARCH_X86_64 && c->number >= X32;
	uint32_t token = x32_number ? SCMP_ARCH_X32 : c->arch;
	size_t t, best = SIZE_MAX;

	if (!has_token(s, token, &t) && !(c->number == UINT32_MAX && has_token(s, c->arch, &t)))
		return SECCOMP_RET_KILL_THREAD;
	for (size_t r = 0; r < s->profile->rules.n; r++) {
		int o = opinion(s, t, r, c);

		if (o == 1)
			return s->profile->rules.items[r].ret;
		if (o == 0 && (best == SIZE_MAX || stricter(s->profile->rules.items[r].ret, s->profile->rules.items[best].ret)))
			best = r;
	}
	if (best != SIZE_MAX)
		return s->profile->rules.items[best].ret;
	if (s->profile->newer_is_enosys && s->last[t] > 0 && c->number > (uint32_t)s->last[t] && s->tokens[t] == token)
		return enosys;
	return s->profile->default_ret;
}

/* ---- calls worth asking about ---- */

typedef void visit_fn(void *data, const struct subject *s, const struct call *c);

struct visitor {
	visit_fn *fn;
	void *data;
};

static void visit(const struct visitor *v, const struct subject *s, const struct call *c)
{
	v->fn(v->data, s, c);
}

/* An argument for which the condition holds, if there is one. */
static uint64_t fitting(const struct seccomp_arg *c)
{
	switch (c->op) {
	case SECCOMP_OP_NE:
	case SECCOMP_OP_GT:
		return c->value + 1;
	case SECCOMP_OP_LT:
		return c->value - 1;
	default:
		return c->value;
	}
}

/* All conditions hold, then each one is pushed around its value. */
static void visit_around_rule(const struct visitor *v, const struct subject *s, const struct seccomp_rule *r, struct call c, bool inside)
{
	for (size_t i = 0; i < r->n_args; i++)
		if (!inside || r->args[i].index != 0)
			c.args[r->args[i].index] = fitting(&r->args[i]);
	visit(v, s, &c);
	for (size_t i = 0; i < r->n_args; i++) {
		const uint64_t x = r->args[i].value, m = r->args[i].mask;
		const uint64_t near[] = {
			x,
			x - 1,
			x + 1,
			x ^ UINT64_C(1) << 32,
			x + (UINT64_C(1) << 32),
			x - (UINT64_C(1) << 32),
			(uint32_t)x,
			x & ~(uint64_t)UINT32_MAX,
			x | ~m,
			x & m,
			x ^ (m & -m),
			~x,
		};
		const uint64_t kept = c.args[r->args[i].index];

		if (inside && r->args[i].index == 0)
			continue;
		for (size_t n = 0; n < ARRAY_SIZE(near); n++) {
			c.args[r->args[i].index] = near[n];
			visit(v, s, &c);
		}
		c.args[r->args[i].index] = kept;
	}
}

static void visit_number(const struct visitor *v, const struct subject *s, uint32_t arch, uint32_t number)
{
	static const uint64_t fills[] = { 0, UINT64_MAX, UINT32_MAX, 0x100000001 };
	struct call c = { .number = number, .arch = arch, .ip = 0x1234567890 };

	for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
		for (size_t n = 0; n < ARRAY_SIZE(c.args); n++)
			c.args[n] = fills[i];
		visit(v, s, &c);
	}
	if (number == 102 || number == 117)
		for (c.args[0] = 0; c.args[0] < 30; c.args[0]++)
			visit(v, s, &c);
	memset(c.args, 0, sizeof(c.args));
	for (size_t t = 0; t < s->n_tokens; t++)
		for (size_t r = 0; r < s->profile->rules.n; r++) {
			const struct way *w = &s->ways[t][r];

			if (w->number >= 0 && number == (uint32_t)w->number)
				visit_around_rule(v, s, &s->profile->rules.items[r], c, false);
			if (w->outer && number == (uint32_t)w->outer) {
				struct call in = c;

				in.args[0] = (uint64_t)w->outer_call;
				visit_around_rule(v, s, &s->profile->rules.items[r], in, true);
			}
		}
}

static void visit_arch(const struct visitor *v, const struct subject *s, uint32_t arch)
{
	static const uint32_t bases[] = { 0, X32, 4000, 5000, 6000 }; /* the last three: MIPS */
	static const uint32_t edges[] = {
		0x3fffffff, 0x40000400, 0x7fffffff, 0x80000000, 0x80000029, 0xbfffffff, 0xc0000000,
		0xc0000029, 0xfffffffe, 0xffffffff, 983041,	983042,	    983045,	983046,
	};

	for (size_t b = 0; b < ARRAY_SIZE(bases); b++)
		for (uint32_t i = 0; i <= 600; i++)
			visit_number(v, s, arch, bases[b] + i);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		visit_number(v, s, arch, edges[i]);
	for (uint32_t i = 1; i < 260; i++)
		visit_number(v, s, arch, -i);
	for (uint32_t i = 10000; i < 10300; i++)
		visit_number(v, s, arch, -i);
}

static uint32_t kernel_token(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token;
}

/* The architectures of the profile, and some that no profile has. */
static void visit_all(const struct visitor *v, const struct subject *s)
{
	for (size_t t = 0; t < s->n_tokens; t++)
		if (t == 0 || s->tokens[t] != SCMP_ARCH_X32)
			visit_arch(v, s, kernel_token(s->tokens[t]));
	visit_number(v, s, AUDIT_ARCH_RISCV64 ^ 0x01000000, 1);
	visit_number(v, s, 0, 0);
	visit_number(v, s, UINT32_MAX, 1);
}

/* ---- libseccomp's program ---- */

/* Building for the other byte order libseccomp swaps a return value twice where it copies the instruction. */
static bool is_result(const struct seccomp_profile *p, uint32_t v)
{
	for (size_t i = 0; i < p->rules.n; i++)
		if (p->rules.items[i].ret == v)
			return true;
	return v == p->default_ret;
}

static int export_program(struct arena *a, scmp_filter_ctx ctx, const struct seccomp_profile *p, bool swap, struct seccomp_program *ret)
{
	autoclose int fd = memfd_create("bpf", MFD_CLOEXEC);
	int r = seccomp_export_bpf(ctx, fd);
	off_t size = lseek(fd, 0, SEEK_END);

	if (r < 0 || size <= 0)
		return r < 0 ? r : -EIO;
	ret->code = arena_alloc(a, (size_t)size);
	ret->n = (size_t)size / sizeof(*ret->code);
	if (pread(fd, ret->code, (size_t)size, 0) != size)
		return -EIO;
	for (size_t i = 0; i < ret->n && swap; i++) {
		ret->code[i].code = __builtin_bswap16(ret->code[i].code);
		if (ret->code[i].code != (BPF_RET | BPF_K) || !is_result(p, ret->code[i].k))
			ret->code[i].k = __builtin_bswap32(ret->code[i].k);
	}
	return 0;
}

static int add_library_rule(scmp_filter_ctx ctx, const struct seccomp_profile *p, const struct seccomp_rule *rule)
{
	struct scmp_arg_cmp args[6];
	int number = seccomp_syscall_resolve_name(rule->name);

	if (rule->ret == p->default_ret || number == __NR_SCMP_ERROR)
		return 0;
	for (size_t i = 0; i < rule->n_args; i++) {
		const struct seccomp_arg *c = &rule->args[i];
		const bool masked = c->op == SECCOMP_OP_MASKED_EQ;

		args[i] = (struct scmp_arg_cmp){
			.arg = c->index,
			.op = (enum scmp_compare)c->op,
			.datum_a = masked ? c->mask : c->value,
			.datum_b = masked ? c->value : 0,
		};
	}
	return seccomp_rule_add_array(ctx, rule->ret, number, (unsigned int)rule->n_args, args);
}

/* As runc and crun do it. */
static int build_with_library(struct arena *a, const struct subject *s, struct seccomp_program *ret)
{
	scmp_filter_ctx ctx = seccomp_init(s->profile->default_ret);
	size_t native;
	int r = 0;

	if (!has_token(s, seccomp_arch_native(), &native))
		r = seccomp_arch_remove(ctx, seccomp_arch_native());
	for (size_t t = 0; r == 0 && t < s->n_tokens; t++)
		if (s->tokens[t] != seccomp_arch_native())
			r = seccomp_arch_add(ctx, s->tokens[t]);
	for (size_t i = 0; r == 0 && i < s->profile->rules.n; i++)
		r = add_library_rule(ctx, s->profile, &s->profile->rules.items[i]);
	if (r == 0)
		r = export_program(a, ctx, s->profile, !(s->tokens[0] & __AUDIT_ARCH_LE), ret);
	seccomp_release(ctx);
	return r;
}

/* ---- our program ---- */

static const struct arch_case {
	const char *names; /* in the profile */
	const char *label;
	size_t n;
	uint32_t tokens[MAX_TOKENS]; /* the native one first */
} arch_cases[] = {
	{ "SCMP_ARCH_X86_64", "x86_64", 1, { SCMP_ARCH_X86_64 } },
	{ "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32", "x86_64, x86 and x32", 3, { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 } },
	{ "SCMP_ARCH_X86_64 SCMP_ARCH_X86", "x86_64 and x86", 2, { SCMP_ARCH_X86_64, SCMP_ARCH_X86 } },
	{ "SCMP_ARCH_X32 SCMP_ARCH_AARCH64", "x86_64 and x32", 2, { SCMP_ARCH_X86_64, SCMP_ARCH_X32 } },
	{ "", "x86", 1, { SCMP_ARCH_X86 } },
	{ "SCMP_ARCH_X32", "x32", 1, { SCMP_ARCH_X32 } },
	{ "SCMP_ARCH_AARCH64", "aarch64", 1, { SCMP_ARCH_AARCH64 } },
	{ "SCMP_ARCH_ARM", "aarch64 and arm", 2, { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM } },
	{ "SCMP_ARCH_RISCV64", "riscv64", 1, { SCMP_ARCH_RISCV64 } },
	{ "SCMP_ARCH_PPC64LE", "ppc64le", 1, { SCMP_ARCH_PPC64LE } },
	{ "SCMP_ARCH_MIPSEL SCMP_ARCH_MIPSEL64N32", "mips", 3, { SCMP_ARCH_MIPSEL64, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64N32 } },
	{ "SCMP_ARCH_S390X SCMP_ARCH_S390", "s390x and s390", 2, { SCMP_ARCH_S390X, SCMP_ARCH_S390 } },
};

static uint32_t pretended;

static uint32_t pretended_native(void)
{
	return pretended;
}

/* Compile as if the first token were the native one. */
static int compile(struct arena *a, struct seccomp_profile *p, const struct arch_case *archs, struct seccomp_program *ret,
		   size_t *ret_unknown)
{
	autolib struct seccomp_lib lib = { .handle = NULL };
	int r = seccomp_lib_open(&lib);

	if (r < 0)
		return r;
	p->archs = (struct strv){ 0 };
	add_archs(a, p, archs->names);
	pretended = archs->tokens[0];
	lib.native_arch = pretended_native;
	return seccomp_compile_with(a, &lib, p, ret, ret_unknown);
}

/* ---- comparing ---- */

struct comparison {
	const struct seccomp_program *ours, *theirs; /* theirs may be NULL: only the model is asked */
	bool model, quiet;
	size_t calls, differ, steps, their_steps;
	unsigned int max_steps, their_max_steps;
};

/* libseccomp also tests for its own pseudo numbers, which the kernel never shows. */
static bool is_pseudo(const struct subject *s, const struct call *c)
{
	for (size_t t = 0; t < s->n_tokens; t++)
		for (size_t r = 0; r < s->profile->rules.n; r++)
			if (s->ways[t][r].library_number < -1 && c->number == (uint32_t)s->ways[t][r].library_number)
				return true;
	return false;
}

static void tell(const char *who, const struct call *c, uint32_t expected, uint32_t got)
{
	printf("# arch 0x%x number %d (0x%x) args", c->arch, (int)c->number, c->number);
	for (size_t i = 0; i < ARRAY_SIZE(c->args); i++)
		printf(" 0x%llx", (unsigned long long)c->args[i]);
	printf(": %s 0x%x, ours 0x%x\n", who, expected, got);
}

static void compare(void *data, const struct subject *s, const struct call *c)
{
	struct comparison *cmp = data;
	unsigned int steps, their_steps = 0;
	const uint32_t ours = bpf_eval(cmp->ours->code, c, &steps);
	const uint32_t theirs = cmp->theirs ? bpf_eval(cmp->theirs->code, c, &their_steps) : ours;
	const uint32_t meant = cmp->model ? model(s, c) : ours;

	cmp->calls++;
	cmp->steps += steps;
	cmp->their_steps += their_steps;
	cmp->max_steps = steps > cmp->max_steps ? steps : cmp->max_steps;
	cmp->their_max_steps = their_steps > cmp->their_max_steps ? their_steps : cmp->their_max_steps;
	if (ours == meant && (ours == theirs || is_pseudo(s, c)))
		return;
	if (cmp->differ++ < 5 && !cmp->quiet)
		tell(ours != meant ? "the model says" : "libseccomp says", c, ours != meant ? meant : theirs, ours);
}

/* The model knows the insides of socketcall only for i386. */
static bool has_model(const struct arch_case *archs)
{
	static const uint32_t without[] = { SCMP_ARCH_PPC64LE, SCMP_ARCH_MIPSEL64, SCMP_ARCH_S390X };

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (archs->tokens[0] == without[i])
			return false;
	return true;
}

/* Compile p, check the program, and ask the model and, if library is set, libseccomp about every call too. */
static bool means_the_same(struct arena *a, struct seccomp_profile *p, const struct arch_case *archs, bool library,
			   struct comparison *total)
{
	const struct subject s = subject_of(a, p, archs->n, archs->tokens);
	struct seccomp_program ours, theirs;
	struct comparison c = { .ours = &ours, .theirs = library ? &theirs : NULL, .model = has_model(archs) };
	const char *why;
	size_t unknown;
	int r;

	if (compile(a, p, archs, &ours, &unknown) < 0) {
		printf("# cannot compile: %s\n", err_last()->text);
		return false;
	}
	why = bpf_check(ours.code, ours.n);
	if (why) {
		printf("# the kernel would refuse the program: %s\n", why);
		return false;
	}
	r = library ? build_with_library(a, &s, &theirs) : 0;
	if (r < 0) {
		printf("# libseccomp refuses the profile: %s\n", strerror(-r));
		return false;
	}
	visit_all(&(struct visitor){ compare, &c }, &s);
	total->calls += c.calls;
	total->differ += c.differ;
	if (c.max_steps > total->max_steps)
		total->max_steps = c.max_steps;
	printf("# %zu instructions%s, up to %u executed, on average %.1f", ours.n, archs->n > 1 ? " for all" : "", c.max_steps,
	       (double)c.steps / (double)c.calls);
	if (library)
		printf(" (libseccomp: %zu, %u, %.1f)", theirs.n, c.their_max_steps, (double)c.their_steps / (double)c.calls);
	printf("\n");
	return c.differ == 0 && c.calls > 10000;
}

/* The random profiles of this kind from a seed on. */
static bool random_profiles(const struct arch_case *archs, enum random_kind kind, uint64_t seed, size_t n, struct comparison *total)
{
	for (size_t i = 0; i < n; i++) {
		autoarena a = { 0 };
		struct seccomp_profile p;

		random_state = seed + i * 977;
		p = random_profile(&a, kind);
		p.newer_is_enosys = kind == FREE && i % 2;
		if (!means_the_same(&a, &p, archs, kind == SIMPLE, total))
			return false;
	}
	return true;
}

/* Is a program that was changed told from the profile? */
static bool notices(const struct subject *s, const struct seccomp_program *changed)
{
	struct comparison c = { .ours = changed, .model = true, .quiet = true };

	visit_all(&(struct visitor){ compare, &c }, s);
	return c.differ > 0;
}

/* Every claim about a meaning rests on this one. */
static void changes_are_noticed(void)
{
	const struct arch_case *archs = &arch_cases[0];
	autoarena a = { 0 };
	struct seccomp_profile p = docker_profile(&a);
	const struct subject s = subject_of(&a, &p, archs->n, archs->tokens);
	struct seccomp_program prog = { 0 };
	size_t unknown, returns = 0, branches = 0, missed = 0;
	bool ok = compile(&a, &p, archs, &prog, &unknown) == 0 && !notices(&s, &prog);

	for (size_t i = 0; ok && i < prog.n; i++) {
		struct sock_filter *insn = &prog.code[i];
		const struct sock_filter kept = *insn;

		if (BPF_CLASS(kept.code) == BPF_RET) {
			insn->k ^= 1;
			returns++;
		} else if (BPF_CLASS(kept.code) == BPF_JMP && kept.jt != kept.jf) {
			insn->jt = kept.jf;
			insn->jf = kept.jt;
			branches++;
		} else {
			continue;
		}
		missed += !notices(&s, &prog);
		*insn = kept;
	}
	claim(ok && missed == 0 && returns >= 4 && branches >= 50,
	      "another value in each of %zu returns and the wrong way at each of %zu branches are noticed (%zu are not)", returns, branches,
	      missed);
}

static void same_meaning(const struct arch_case *archs, struct comparison *total)
{
	enum { N_SIMPLE = 24, N_FREE = 12 };
	autoarena a = { 0 };
	struct seccomp_profile docker = docker_profile(&a), denying = denying_profile(&a);

	claim(means_the_same(&a, &docker, archs, true, total), "%s: docker's profile is as with libseccomp", archs->label);
	claim(means_the_same(&a, &denying, archs, true, total), "%s: a profile that denies is as with libseccomp", archs->label);
	claim(random_profiles(archs, SIMPLE, UINT64_C(88172645463325252), N_SIMPLE, total), "%s: %d random profiles are as with libseccomp",
	      archs->label, N_SIMPLE);
	if (!has_model(archs))
		return;
	docker.newer_is_enosys = true;
	claim(means_the_same(&a, &docker, archs, false, total), "%s: newer calls get ENOSYS, nothing else changes", archs->label);
	claim(random_profiles(archs, FREE, UINT64_C(362436069362436069), N_FREE, total),
	      "%s: %d random profiles with overlapping rules are as they say", archs->label, N_FREE);
}

static void all_mean_the_same(void)
{
	struct comparison total = { 0 };

	for (size_t k = 0; k < ARRAY_SIZE(arch_cases); k++)
		same_meaning(&arch_cases[k], &total);
	claim(total.calls >= 100000 && total.differ == 0, "%zu calls were compared", total.calls);
	claim(total.max_steps < 200, "no call takes more than %u instructions, even of random profiles", total.max_steps);
}

/* ---- single facts ---- */

static const struct arch_case *const just_x86_64 = &arch_cases[0];
static const struct arch_case *const all_of_x86 = &arch_cases[1];
static const struct arch_case *const x86_64_and_x86 = &arch_cases[2];
static const struct arch_case *const just_x86 = &arch_cases[4];
static const struct arch_case *const s390 = &arch_cases[ARRAY_SIZE(arch_cases) - 1];

static uint32_t ask(const struct seccomp_program *program, uint32_t arch, uint32_t number, uint64_t first_arg)
{
	const struct call c = { .arch = arch, .number = number, .args = { first_arg } };
	unsigned int steps;

	return bpf_eval(program->code, &c, &steps);
}

static void newer_calls(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = { .default_ret = eperm, .newer_is_enosys = true };
	const uint32_t x86_64 = AUDIT_ARCH_X86_64, x86 = AUDIT_ARCH_I386;
	struct seccomp_program prog;
	size_t unknown;
	bool ok;

	add_rules(&a, &p, "read openat clone3", allow, 0, NULL);
	add_rules(&a, &p, "close_range", eperm, 0, NULL); /* 436 everywhere; says what the default says */
	ok = compile(&a, &p, all_of_x86, &prog, &unknown) == 0;
	claim(ok && ask(&prog, x86_64, 257, 0) == allow && ask(&prog, x86_64, 256, 0) == eperm,
	      "a call below the newest known one gets what the profile says");
	claim(ok && ask(&prog, x86_64, 436, 0) == eperm && ask(&prog, x86_64, 437, 0) == enosys && ask(&prog, x86, 437, 0) == enosys &&
		      ask(&prog, x86_64, X32 + 437, 0) == enosys,
	      "the newest known call counts even if its rule repeats the default, and above it is ENOSYS");
	claim(ok && ask(&prog, x86_64, X32 + 436, 0) == eperm && ask(&prog, x86_64, X32, 0) == allow, "x32 has a newest call of its own");

	ok = compile(&a, &p, just_x86_64, &prog, &unknown) == 0;
	claim(ok && ask(&prog, x86_64, X32 - 1, 0) == enosys && ask(&prog, x86_64, X32, 0) == SECCOMP_RET_KILL_THREAD &&
		      ask(&prog, x86_64, UINT32_MAX - 1, 0) == SECCOMP_RET_KILL_THREAD,
	      "without x32 its numbers are a bad architecture, not a newer call");
	claim(ok && ask(&prog, x86_64, UINT32_MAX, 0) == eperm, "number -1, a call that a tracer skips, is not");

	p.rules.n = 1; /* read is number 0 */
	ok = compile(&a, &p, just_x86_64, &prog, &unknown) == 0;
	claim(ok && ask(&prog, x86_64, 1, 0) == eperm, "a profile that knows no number above 0 has no newer calls");

	p = (struct seccomp_profile){ .default_ret = eperm, .newer_is_enosys = true };
	add_rules(&a, &p, "read write", allow, 0, NULL);
	ok = compile(&a, &p, s390, &prog, &unknown) == 0;
	claim(ok && ask(&prog, AUDIT_ARCH_S390X, 0, 0) == enosys && ask(&prog, AUDIT_ARCH_S390X, 1, 0) == eperm &&
		      ask(&prog, AUDIT_ARCH_S390X, 3, 0) == allow,
	      "on s390 number 0 is a call that the kernel does not know");
}

static void strictest_decides(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = { .default_ret = enosys };
	const uint32_t x86_64 = AUDIT_ARCH_X86_64;
	struct seccomp_program prog;
	size_t unknown;
	bool ok;

	for (int swap = 0; swap < 2; swap++) {
		p.rules.n = 0;
		add_rules(&a, &p, "ioctl", swap ? allow : SECCOMP_RET_TRAP, CONDITION(.op = SECCOMP_OP_GE, .value = 5));
		add_rules(&a, &p, "ioctl", swap ? SECCOMP_RET_TRAP : allow, CONDITION(.op = SECCOMP_OP_LE, .value = 7));
		ok = compile(&a, &p, just_x86_64, &prog, &unknown) == 0;
		claim(ok && ask(&prog, x86_64, 16, 6) == SECCOMP_RET_TRAP, "of two conditional rules that hold the stricter one decides%s",
		      swap ? ", also if it is the second" : "");
		claim(ok && ask(&prog, x86_64, 16, 4) == (swap ? SECCOMP_RET_TRAP : allow) &&
			      ask(&prog, x86_64, 16, 8) == (swap ? allow : SECCOMP_RET_TRAP),
		      "where one holds it decides");
	}

	p.rules.n = 0;
	add_rules(&a, &p, "ioctl", SECCOMP_RET_ERRNO | EDOM, CONDITION(.op = SECCOMP_OP_GE, .value = 5));
	add_rules(&a, &p, "ioctl", SECCOMP_RET_ERRNO | EACCES, CONDITION(.op = SECCOMP_OP_LE, .value = 7));
	add_rules(&a, &p, "read", SECCOMP_RET_ERRNO | EACCES, CONDITION(.op = SECCOMP_OP_GE, .value = 5));
	add_rules(&a, &p, "read", SECCOMP_RET_ERRNO | EDOM, CONDITION(.op = SECCOMP_OP_LE, .value = 7));
	ok = compile(&a, &p, just_x86_64, &prog, &unknown) == 0;
	claim(ok && ask(&prog, x86_64, 16, 6) == (SECCOMP_RET_ERRNO | EDOM) && ask(&prog, x86_64, 0, 6) == (SECCOMP_RET_ERRNO | EACCES),
	      "of equally strict ones the first one, whatever its number");

	ok = true;
	for (size_t i = 0; i < ARRAY_SIZE(strictness); i++)
		for (size_t j = i + 1; j < ARRAY_SIZE(strictness); j++) {
			p.rules.n = 0;
			add_rules(&a, &p, "ioctl", strictness[j], CONDITION(.op = SECCOMP_OP_GE, .value = 5));
			add_rules(&a, &p, "ioctl", strictness[i], CONDITION(.op = SECCOMP_OP_LE, .value = 7));
			ok = ok && compile(&a, &p, just_x86_64, &prog, &unknown) == 0 && ask(&prog, x86_64, 16, 6) == strictness[i];
		}
	claim(ok, "the order of all actions is that of seccomp(2)");
}

static void single_facts(void)
{
	autoarena a = { 0 };
	static const struct arch_case crowd = {
		.names = "SCMP_ARCH_AARCH64 SCMP_ARCH_X86 SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_S390X",
		.tokens = { SCMP_ARCH_X86_64 },
	};
	static const struct seccomp_arg seven[7] = { { .op = SECCOMP_OP_EQ }, { .op = SECCOMP_OP_EQ }, { .op = SECCOMP_OP_EQ },
						     { .op = SECCOMP_OP_EQ }, { .op = SECCOMP_OP_EQ }, { .op = SECCOMP_OP_EQ },
						     { .op = SECCOMP_OP_EQ } };
	static const struct arch_case pdp = { .names = "SCMP_ARCH_PDP11", .tokens = { SCMP_ARCH_X86_64 } };
	const uint32_t x86_64 = AUDIT_ARCH_X86_64;
	struct seccomp_profile p = { .default_ret = eperm };
	struct comparison total = { 0 };
	struct seccomp_program prog, other;
	size_t unknown;
	bool ok;

	add_rules(&a, &p, "read", SECCOMP_RET_TRAP, CONDITION(.op = SECCOMP_OP_EQ, .value = 3));
	add_rules(&a, &p, "read", eperm, 0, NULL);
	add_rules(&a, &p, "read", allow, 0, NULL);
	add_rules(&a, &p, "read", enosys, 0, NULL);
	add_rules(&a, &p, "no_such_call", allow, 0, NULL);
	add_rules(&a, &p, "socketcall arm_fadvise64_64", allow, 0, NULL);
	ok = compile(&a, &p, just_x86_64, &prog, &unknown) == 0;
	claim(ok && ask(&prog, x86_64, 0, 3) == allow, "the first rule without conditions wins, but not one that repeats the default");
	claim(ok && unknown == 1, "an unknown name is counted, a call of other architectures is not");

	p.rules.n = 0;
	add_rules(&a, &p, "read", SECCOMP_RET_TRAP, CONDITION(.op = SECCOMP_OP_EQ, .value = 3));
	add_rules(&a, &p, "read", allow, CONDITION(.index = 1, .op = SECCOMP_OP_MASKED_EQ, .value = 9, .mask = UINT64_C(1) << 40));
	ok = means_the_same(&a, &p, just_x86, true, &total) && compile(&a, &p, all_of_x86, &prog, &unknown) == 0;
	claim(ok && ask(&prog, AUDIT_ARCH_I386, 3, 3) == allow && ask(&prog, x86_64, 0, 3) == SECCOMP_RET_TRAP,
	      "a mask without bits is no condition, also if only 32 bits count");

	p.rules.n = 0;
	add_rules(&a, &p, "getpid", allow, CONDITION(.index = 4, .op = SECCOMP_OP_LT, .value = 5));
	ok = compile(&a, &p, just_x86_64, &prog, &unknown) == 0;
	add_rules(&a, &p, "sendfile lseek", allow, CONDITION(.index = 4, .op = SECCOMP_OP_LT, .value = 5)); /* 40, 8 */
	ok = ok && compile(&a, &p, just_x86_64, &other, &unknown) == 0;
	claim(ok && other.n <= prog.n + 3 && bpf_check(other.code, other.n) == NULL,
	      "calls with the same rules share their code (%zu and %zu instructions)", prog.n, other.n);

	p = docker_profile(&a);
	ok = compile(&a, &p, x86_64_and_x86, &prog, &unknown) == 0 && compile(&a, &p, &crowd, &other, &unknown) == 0;
	claim(ok && prog.n == other.n && memcmp(prog.code, other.code, prog.n * sizeof(*prog.code)) == 0,
	      "architectures of other machines, or named twice, add nothing to the program");
	claim(ok && ask(&other, AUDIT_ARCH_AARCH64, 63, 0) == SECCOMP_RET_KILL_THREAD, "and are bad architectures");

	claim(compile(&a, &p, &pdp, &prog, &unknown) == -EINVAL && strstr(err_last()->text, "SCMP_ARCH_PDP11"),
	      "an unknown architecture is an error that names it");
	p.rules.n = 0;
	add_rules(&a, &p, "read", allow, CONDITION(.index = 6, .op = SECCOMP_OP_EQ));
	claim(compile(&a, &p, just_x86_64, &prog, &unknown) == -EINVAL && strstr(err_last()->text, "'read' compares argument 6"),
	      "a seventh argument is an error");
	*args_of(&p, p.rules.n - 1) = (struct seccomp_arg){ .op = SECCOMP_OP_MASKED_EQ + 1 };
	claim(compile(&a, &p, just_x86_64, &prog, &unknown) == -EINVAL && strstr(err_last()->text, "'read' has an unknown comparison"),
	      "an unknown comparison is an error");
	*args_of(&p, p.rules.n - 1) = (struct seccomp_arg){ .op = SECCOMP_OP_NE - 1 };
	claim(compile(&a, &p, just_x86_64, &prog, &unknown) == -EINVAL && strstr(err_last()->text, "'read' has an unknown comparison"),
	      "on both sides of those that are known");
	p.rules.n = 0;
	add_rules(&a, &p, "read", allow, ARRAY_SIZE(seven), seven);
	claim(compile(&a, &p, just_x86_64, &prog, &unknown) == -EINVAL && strstr(err_last()->text, "'read' has too many"),
	      "so are seven conditions");
	p.rules.n = 0;
	for (uint64_t i = 0; i < 3000; i++)
		add_rules(&a, &p, "read", allow, CONDITION(.op = SECCOMP_OP_EQ, .value = i << 32 | i));
	claim(compile(&a, &p, just_x86_64, &prog, &unknown) == -E2BIG && err_last()->num == E2BIG,
	      "a program that is too large is an error");
	p.rules.n = 900;
	claim(compile(&a, &p, just_x86_64, &prog, &unknown) == 0 && !bpf_check(prog.code, prog.n) && prog.n > 1000 &&
		      ask(&prog, x86_64, 0, UINT64_C(899) << 32 | 899) == allow && ask(&prog, x86_64, 0, 899) == eperm &&
		      ask(&prog, x86_64, 1, 0) == eperm,
	      "jumps may be longer than 255 instructions");
}

/* podman's rules against audit sockets; socketcall is the number where they meet. */
static void contradictions(void)
{
	autoarena a = { 0 };
	const struct seccomp_arg audit[] = {
		{ .index = 0, .op = SECCOMP_OP_EQ, .value = 16 },
		{ .index = 2, .op = SECCOMP_OP_EQ, .value = 9 },
	};
	struct seccomp_profile p = { .default_ret = eperm };
	struct comparison total = { 0 };
	struct seccomp_program prog;
	size_t unknown;

	add_rules(&a, &p, "socket", SECCOMP_RET_ERRNO | EINVAL, 2, audit);
	add_rules(&a, &p, "socket", allow, CONDITION(.index = 2, .op = SECCOMP_OP_NE, .value = 9));
	claim(means_the_same(&a, &p, all_of_x86, true, &total), "rules that can be told apart inside socketcall are taken");
	add_rules(&a, &p, "socket", allow, CONDITION(.index = 0, .op = SECCOMP_OP_NE, .value = 16));
	claim(compile(&a, &p, all_of_x86, &prog, &unknown) == -EINVAL && strstr(err_last()->text, "'socket'"),
	      "rules that contradict each other inside socketcall are refused, as libseccomp does");
	claim(means_the_same(&a, &p, just_x86_64, true, &total), "and taken where there is no socketcall");
	add_rules(&a, &p, "socketcall", allow, 0, NULL);
	claim(means_the_same(&a, &p, all_of_x86, false, &total), "and where socketcall has a rule of its own");
}

static void sizes(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = docker_profile(&a);
	struct seccomp_program one, all;
	size_t unknown;
	bool ok;

	p.newer_is_enosys = true;
	ok = compile(&a, &p, just_x86_64, &one, &unknown) == 0 && compile(&a, &p, all_of_x86, &all, &unknown) == 0;
	claim(ok && one.n <= 110 && all.n <= 320, "docker's profile is small: %zu instructions, %zu with x86 and x32", one.n, all.n);
	for (uint32_t number = 0; ok && number < 450; number++) {
		struct call c = { .arch = AUDIT_ARCH_X86_64, .number = number };
		unsigned int steps;

		(void)bpf_eval(all.code, &c, &steps);
		if (steps > 24)
			ok = false;
	}
	claim(ok, "no call of x86_64 takes more than 24 instructions");
}

/* ---- the cache ---- */

struct nest {
	char path[64]; /* a directory of our own */
	int fd;
};

static void nest_make(struct nest *n)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(n->path, sizeof(n->path), "%s/urun-seccomp-XXXXXX", tmp && strlen(tmp) < 30 ? tmp : "/tmp");
	if (!mkdtemp(n->path))
		abort();
	n->fd = open(n->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void nest_empty(int fd)
{
	DIR *d = fdopendir(dup(fd));

	rewinddir(d);
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(fd, e->d_name, 0);
	(void)closedir(d);
}

static void nest_remove(struct nest *n)
{
	autoclose int sub = openat(n->fd, ".seccomp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (sub >= 0)
		nest_empty(sub);
	(void)unlinkat(n->fd, ".seccomp", AT_REMOVEDIR);
	nest_empty(n->fd);
	(void)rmdir(n->path);
	(void)close(n->fd);
}

/* The only file of the cache: ".seccomp/0123456789abcdef". */
static bool only_file(const struct nest *n, char *buf, size_t size)
{
	int fd = openat(n->fd, ".seccomp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int found = 0;

	if (!d)
		return false;
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			(void)snprintf(buf, size, ".seccomp/%.40s", e->d_name);
			found++;
		}
	(void)closedir(d);
	return found == 1;
}

static bool put_file(int dirfd, const char *name, const char *data, size_t n)
{
	autoclose int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd >= 0 && write(fd, data, n) == (ssize_t)n;
}

static size_t get_file(int dirfd, const char *name, char *buf, size_t size)
{
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size);

	return n < 0 ? 0 : (size_t)n;
}

/* ---- the helper, and others in its place ---- */

static char real_helper[PATH_MAX];

/* Here the scripts are installed: beside them "runs", a byte per run, and "real", a link to the helper. */
static struct nest stage;

#define RUN_REAL "exec \"$here/real\""

/* A helper that counts its run and goes on like this. */
static void install(const char *body)
{
	autoarena a = { 0 };
	const char *text = arena_printf(&a, "#!/bin/sh\nhere=${0%%/*}\nprintf . >>\"$here/runs\"\n%s\n", body);

	if (!put_file(stage.fd, "urun-seccomp", text, strlen(text)) || fchmodat(stage.fd, "urun-seccomp", 0700, 0) < 0)
		abort();
}

static bool find_helper(void)
{
	static const char *const places[] = { "/..", "/../..", "" };
	autoarena a = { 0 };
	const char *top = getenv("top_builddir");
	char exe[PATH_MAX] = "";

	if (top)
		return realpath(arena_printf(&a, "%s/urun-seccomp", top), real_helper) && access(real_helper, X_OK) == 0;
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return false;
	*strrchr(exe, '/') = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (realpath(arena_printf(&a, "%s%s/urun-seccomp", exe, places[i]), real_helper) && access(real_helper, X_OK) == 0)
			return true;
	return realpath("urun-seccomp", real_helper) && access(real_helper, X_OK) == 0;
}

/* NULL, or why it cannot be done. */
static const char *set_stage(void)
{
	autoarena a = { 0 };
	const char *path;

	if (!find_helper())
		return "there is no urun-seccomp in the build directory $top_builddir";
	nest_make(&stage);
	if (symlinkat(real_helper, stage.fd, "real") < 0)
		return "cannot set the stage";
	install(RUN_REAL);
	(void)setenv("URUN_EXE", arena_printf(&a, "%s/urun", stage.path), 1);
	path = helper_path(&a, "urun-seccomp");
	if (!path)
		return "no program can be run below $TMPDIR";
	if (strncmp(path, stage.path, strlen(stage.path)) != 0)
		return "an installed urun-seccomp is in the way: compile this test with a LIBEXECDIR that does not exist";
	return NULL;
}

static long n_runs(void)
{
	struct stat st;

	return fstatat(stage.fd, "runs", &st, 0) < 0 ? 0 : (long)st.st_size;
}

static int n_compiled;

/* A compile in this process says so. */
static void listen_for_compiles(void *data, const struct log_line *line)
{
	(void)data;
	n_compiled += strncmp(line->text, "seccomp: ", strlen("seccomp: ")) == 0;
}

enum outcome { HIT = 10, COMPILED, WRONG };

/* What the cache did: the helper was run once, or not at all, and nothing was compiled here. */
static enum outcome ask_cache(struct arena *a, int dirfd, const struct seccomp_profile *p, struct seccomp_program *ret)
{
	const long ran = n_runs();
	const int said = n_compiled;

	if (seccomp_compile_cached(a, dirfd, p, ret) < 0 || n_compiled != said)
		return WRONG;
	return n_runs() == ran ? HIT : n_runs() == ran + 1 ? COMPILED : WRONG;
}

static bool same_program(const struct seccomp_program *x, const struct seccomp_program *y)
{
	return x->n == y->n && memcmp(x->code, y->code, x->n * sizeof(*x->code)) == 0;
}

/* The same, checked against what a compile says. */
static enum outcome use_cache(int dirfd, const struct seccomp_profile *p)
{
	autoarena a = { 0 };
	struct seccomp_program cached, fresh;
	const enum outcome o = ask_cache(&a, dirfd, p, &cached);
	const int said = n_compiled;
	size_t unknown;

	if (o == WRONG || seccomp_compile(&a, p, &fresh, &unknown) < 0 || n_compiled != said + 1)
		return WRONG;
	return same_program(&cached, &fresh) ? o : WRONG;
}

static struct seccomp_profile small_profile(struct arena *a)
{
	struct seccomp_profile p = { .default_ret = allow };

	add_archs(a, &p, "SCMP_ARCH_X86_64");
	add_rules(a, &p, "mount", eperm, 0, NULL);
	add_rules(a, &p, "ioctl", eperm, CONDITION(.index = 1, .op = SECCOMP_OP_MASKED_EQ, .value = 0x12, .mask = 0xff));
	return p;
}

static void cache_hits(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = docker_profile(&a);
	struct nest n;
	char name[64];
	struct stat st;

	nest_make(&n);
	claim(use_cache(n.fd, &p) == COMPILED, "an empty cache is a miss");
	claim(only_file(&n, name, sizeof(name)) && fstatat(n.fd, name, &st, 0) == 0 && (st.st_mode & 07777) == 0600,
	      "which leaves one file, ours alone");
	claim(fstatat(n.fd, ".seccomp", &st, 0) == 0 && (st.st_mode & 07777) == 0700, "in a directory, ours alone");
	claim(use_cache(n.fd, &p) == HIT, "then it is a hit with the same program");
	p.filter_flags = SECCOMP_FILTER_FLAG_LOG;
	p.listener_path = "/run/agent";
	claim(use_cache(n.fd, &p) == HIT, "flags and listener do not matter to the program");
	nest_remove(&n);

	claim(use_cache(-1, &p) == COMPILED && use_cache(-1, &p) == COMPILED, "no cache directory only costs time");
}

/* More than a megabyte of names that nobody knows: a small program, but a large file. */
static void cache_limits(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = small_profile(&a);
	struct seccomp_rule r = { .ret = eperm };
	static char name[4096];
	struct nest n;
	char file[64];

	memset(name, 'x', sizeof(name) - 1);
	r.name = name;
	for (int i = 0; i < 250; i++)
		*arena_push(&a, &p.rules) = r;
	nest_make(&n);
	claim(use_cache(n.fd, &p) == COMPILED && only_file(&n, file, sizeof(file)) && use_cache(n.fd, &p) == HIT,
	      "a profile of 1 MB is kept");
	for (int i = 0; i < 10; i++)
		*arena_push(&a, &p.rules) = r;
	claim(unlinkat(n.fd, file, 0) == 0 && use_cache(n.fd, &p) == COMPILED && use_cache(n.fd, &p) == COMPILED &&
		      !only_file(&n, file, sizeof(file)),
	      "a larger one is used, but not kept");
	nest_remove(&n);
}

/* Every change of a profile must be a new program, although most of these give the same code or the same length. */
static void cache_keys(void)
{
	autoarena a = { 0 };
	struct seccomp_profile ps[14];
	struct nest n;
	size_t i = 0;
	bool ok = true;

	for (size_t k = 0; k < ARRAY_SIZE(ps); k++)
		ps[k] = small_profile(&a);
	ps[++i].default_ret = SECCOMP_RET_LOG;
	ps[++i].newer_is_enosys = true;
	add_archs(&a, &ps[++i], "SCMP_ARCH_X86");
	ps[++i].archs.v[0] = arena_strdup(&a, "SCMP_ARCH_X32");
	ps[++i].rules.items[0].name = "mounT";
	ps[++i].rules.items[0].ret = SECCOMP_RET_TRAP;
	ps[++i].rules.items[1].n_args = 0;
	args_of(&ps[++i], 1)->index = 2;
	args_of(&ps[++i], 1)->op = SECCOMP_OP_EQ;
	args_of(&ps[++i], 1)->value = 0x13;
	args_of(&ps[++i], 1)->mask = 0x1ff;
	ps[++i].rules.n = 1;
	add_rules(&a, &ps[++i], "mount", eperm, 0, NULL);

	nest_make(&n);
	for (size_t k = 0; k < ARRAY_SIZE(ps); k++)
		if (use_cache(n.fd, &ps[k]) != COMPILED) {
			printf("# variant %zu\n", k);
			ok = false;
		}
	claim(ok && i + 1 == ARRAY_SIZE(ps), "%zu profiles that differ in one thing are %zu programs", i + 1, i + 1);
	for (size_t k = 0; k < ARRAY_SIZE(ps); k++)
		ok = ok && use_cache(n.fd, &ps[k]) == HIT;
	claim(ok, "and each is found again");
	nest_remove(&n);
}

static void cache_corruption(void)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	static char good[65536], bad[sizeof(good) + 1];
	struct nest n;
	char name[64];
	size_t len = 0, survived = 0;
	bool ok;

	nest_make(&n);
	ok = use_cache(n.fd, &p) == COMPILED && only_file(&n, name, sizeof(name));
	if (ok)
		len = get_file(n.fd, name, good, sizeof(good));
	claim(ok && len > 100, "a file of %zu bytes is ready to be damaged", len);
	for (size_t i = 0; ok && i < len; i++) {
		memcpy(bad, good, len);
		bad[i] ^= (char)(1 << i % 8);
		ok = put_file(n.fd, name, bad, len);
		survived += use_cache(n.fd, &p) != COMPILED;
	}
	claim(ok && survived == 0, "a changed bit in any of its bytes is a miss (%zu were not)", survived);
	for (size_t i = 0; ok && i < len; i++) {
		ok = put_file(n.fd, name, good, i);
		survived += use_cache(n.fd, &p) != COMPILED;
	}
	memcpy(bad, good, len);
	ok = ok && put_file(n.fd, name, bad, len + 1);
	survived += use_cache(n.fd, &p) != COMPILED;
	claim(ok && survived == 0, "any other length is a miss");
	claim(use_cache(n.fd, &p) == HIT && only_file(&n, name, sizeof(name)), "and the file is repaired, and still the only one");
	nest_remove(&n);
}

static void cache_strangers(void)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	struct seccomp_profile other = small_profile(&a);
	static char data[65536];
	struct nest n;
	char name[64], other_name[64];
	struct stat st;
	size_t len;
	bool ok;

	nest_make(&n);
	ok = use_cache(n.fd, &p) == COMPILED && only_file(&n, name, sizeof(name));
	claim(ok && fchmodat(n.fd, name, 0620, 0) == 0 && use_cache(n.fd, &p) == COMPILED, "a file that the group may write is a miss");
	claim(ok && fchmodat(n.fd, name, 0602, 0) == 0 && use_cache(n.fd, &p) == COMPILED, "or others");
	claim(fstatat(n.fd, name, &st, 0) == 0 && (st.st_mode & 07777) == 0600 && use_cache(n.fd, &p) == HIT,
	      "and is replaced by a good one");
	if (geteuid() == 0)
		claim(fchownat(n.fd, name, 12345, 12345, 0) == 0 && use_cache(n.fd, &p) == COMPILED, "a file of somebody else is a miss");
	else
		claim(true, "a file of somebody else is a miss # SKIP only root can give a file away");

	len = get_file(n.fd, name, data, sizeof(data));
	ok = put_file(n.fd, "elsewhere", data, len) && unlinkat(n.fd, name, 0) == 0 && symlinkat("../elsewhere", n.fd, name) == 0;
	claim(ok && use_cache(n.fd, &p) == COMPILED && use_cache(n.fd, &p) == HIT, "a symbolic link is not followed, but replaced");
	ok = unlinkat(n.fd, name, 0) == 0 && mkfifoat(n.fd, name, 0600) == 0;
	claim(ok && use_cache(n.fd, &p) == COMPILED && use_cache(n.fd, &p) == HIT, "nor is a FIFO waited for");

	/* A collision: the file of one profile under the name that another one hashes to. */
	len = get_file(n.fd, name, data, sizeof(data));
	ok = unlinkat(n.fd, name, 0) == 0;
	other.rules.items[0].ret = SECCOMP_RET_TRAP;
	ok = ok && use_cache(n.fd, &other) == COMPILED && only_file(&n, other_name, sizeof(other_name)) && strcmp(name, other_name) != 0;
	claim(ok && put_file(n.fd, other_name, data, len) && use_cache(n.fd, &other) == COMPILED,
	      "a file of another profile is a miss whatever its name");
	nest_remove(&n);
}

/* ---- another library: the test itself runs again with a copy of libseccomp ---- */

static int run_cached(const char *dir, const char *stage_dir)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	stage.fd = open(stage_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? WRONG : (int)use_cache(fd, &p);
}

static enum outcome run_again(const struct nest *n)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)setenv("LD_LIBRARY_PATH", n->path, 1);
		(void)execl("/proc/self/exe", "test_seccomp", "cached", n->path, stage.path, NULL);
		_exit(WRONG);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? (enum outcome)WEXITSTATUS(status) : WRONG;
}

static bool set_time(const struct nest *n, const char *name, time_t seconds, long nanoseconds)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = seconds, .tv_nsec = nanoseconds } };

	return utimensat(n->fd, name, times, 0) == 0;
}

static void cache_library(void)
{
	autolib struct seccomp_lib lib = { .handle = NULL };
	static char image[4 * 1024 * 1024 + 1];
	struct nest n;
	size_t len = 0;
	bool ok;

	nest_make(&n);
	if (seccomp_lib_open(&lib) == 0)
		len = get_file(AT_FDCWD, lib.path, image, sizeof(image) - 1);
	ok = len > 0 && put_file(n.fd, "libseccomp.so.2", image, len);
	ok = ok && set_time(&n, "libseccomp.so.2", 1000, 5);
	claim(ok && run_again(&n) == COMPILED && run_again(&n) == HIT, "a program is found again by another process");
	ok = ok && set_time(&n, "libseccomp.so.2", 1001, 5);
	claim(ok && run_again(&n) == COMPILED && run_again(&n) == HIT, "a library with another time is a miss, once");
	ok = ok && set_time(&n, "libseccomp.so.2", 1001, 7);
	claim(ok && run_again(&n) == COMPILED && run_again(&n) == HIT, "to the nanosecond");
	ok = ok && put_file(n.fd, "copy", image, len) && set_time(&n, "copy", 1001, 7) &&
	     renameat(n.fd, "copy", n.fd, "libseccomp.so.2") == 0;
	claim(ok && run_again(&n) == COMPILED && run_again(&n) == HIT, "a library that was replaced is a miss, once");
	image[len] = '\0'; /* behind the end no loader looks */
	ok = ok && put_file(n.fd, "libseccomp.so.2", image, len + 1) && set_time(&n, "libseccomp.so.2", 1001, 7);
	claim(ok && run_again(&n) == COMPILED && run_again(&n) == HIT, "a library of another size is a miss, once");
	claim(ok && unlinkat(n.fd, "libseccomp.so.2", 0) == 0 && run_again(&n) == COMPILED && run_again(&n) == HIT,
	      "a library that is gone is a miss, once");
	nest_remove(&n);
}

static bool gives(int dirfd, const struct sock_filter *insn, enum outcome o)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	struct seccomp_program prog;

	return ask_cache(&a, dirfd, &p, &prog) == o && prog.n == 1 && memcmp(prog.code, insn, sizeof(*insn)) == 0;
}

static bool gives_once(int dirfd, const struct sock_filter *insn)
{
	return gives(dirfd, insn, COMPILED) && gives(dirfd, insn, HIT);
}

/* The library is what the helper says it is. */
static void cache_any_library(void)
{
	autoarena a = { 0 };
	const struct sock_filter first = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG);
	const struct sock_filter second = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	struct bytes answer = { .items = NULL };
	struct nest n;
	char *path;
	bool ok;

	nest_make(&n);
	path = arena_printf(&a, "%s/any", n.path);
	bytes_add(&a, &answer, path, strlen(path) + 1);
	bytes_add(&a, &answer, &first, sizeof(first));
	install("cat \"$here/answer\"");
	ok = put_file(n.fd, "any", "1", 1) && set_time(&n, "any", 1000, 5) && put_file(stage.fd, "answer", answer.items, answer.n);
	claim(ok && gives_once(n.fd, &first), "the program is the one of the helper, and then that of the file");
	memcpy(answer.items + strlen(path) + 1, &second, sizeof(second));
	claim(ok && put_file(stage.fd, "answer", answer.items, answer.n) && gives(n.fd, &first, HIT),
	      "also if the helper would say something else by now");
	claim(ok && set_time(&n, "any", 1000, 6) && gives_once(n.fd, &second), "until the file that it named as its library changes");
	ok = ok && put_file(n.fd, "copy", "1", 1) && set_time(&n, "copy", 1000, 6) && renameat(n.fd, "copy", n.fd, "any") == 0;
	claim(ok && gives_once(n.fd, &second), "is replaced");
	ok = ok && put_file(n.fd, "any", "12", 2) && set_time(&n, "any", 1000, 6);
	claim(ok && gives_once(n.fd, &second), "or grows");
	claim(ok && unlinkat(n.fd, "any", 0) == 0 && gives(n.fd, &second, COMPILED) && gives(n.fd, &second, COMPILED),
	      "without it the program is used, but not kept");
	install(RUN_REAL);
	nest_remove(&n);
}

/* ---- a profile as bytes ---- */

static bool same_args(const struct seccomp_rule *x, const struct seccomp_rule *y)
{
	for (size_t i = 0; i < x->n_args; i++)
		if (x->args[i].index != y->args[i].index || x->args[i].op != y->args[i].op || x->args[i].value != y->args[i].value ||
		    x->args[i].mask != y->args[i].mask)
			return false;
	return true;
}

/* In all that decides about a program. */
static bool same_profile(const struct seccomp_profile *x, const struct seccomp_profile *y)
{
	if (x->default_ret != y->default_ret || x->newer_is_enosys != y->newer_is_enosys || x->archs.n != y->archs.n ||
	    x->rules.n != y->rules.n)
		return false;
	for (size_t i = 0; i < x->archs.n; i++)
		if (strcmp(x->archs.v[i], y->archs.v[i]) != 0)
			return false;
	for (size_t i = 0; i < x->rules.n; i++) {
		const struct seccomp_rule *r = &x->rules.items[i], *s = &y->rules.items[i];

		if (strcmp(r->name, s->name) != 0 || r->ret != s->ret || r->n_args != s->n_args || !same_args(r, s))
			return false;
	}
	return true;
}

/* An exact copy on the heap, behind which a sanitizer looks. */
static char *exactly(const char *data, size_t n)
{
	char *copy = malloc(n);

	if (!copy && n)
		abort();
	if (n)
		memcpy(copy, data, n);
	return copy;
}

enum verdict { REFUSED, EQUAL, BROKEN };

/* Bytes are no key, or the key of what they are parsed to. */
static enum verdict judge_key(const char *data, size_t n)
{
	autoarena a = { 0 };
	autofree char *copy = exactly(data, n);
	struct seccomp_profile p = { 0 };
	struct bytes again;
	int r = seccomp_key_parse(&a, copy, n, &p);

	if (r < 0)
		return r == -EINVAL ? REFUSED : BROKEN;
	again = seccomp_key(&a, &p);
	return again.n == n && memcmp(again.items, copy, n) == 0 ? EQUAL : BROKEN;
}

static bool round_trips(struct arena *a, const struct seccomp_profile *p)
{
	const struct bytes key = seccomp_key(a, p);
	autofree char *copy = exactly(key.items, key.n);
	struct seccomp_profile parsed = { 0 };

	return seccomp_key_parse(a, copy, key.n, &parsed) == 0 && same_profile(p, &parsed) && parsed.filter_flags == 0 &&
	       !parsed.listener_path && !parsed.listener_metadata && judge_key(key.items, key.n) == EQUAL;
}

static void key_round_trips(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = { 0 }, docker = docker_profile(&a), denying = denying_profile(&a);
	bool ok = true;

	claim(round_trips(&a, &p), "an empty profile survives being bytes");
	claim(round_trips(&a, &docker) && round_trips(&a, &denying) && docker.rules.n > 300, "so do docker's and one that denies");
	docker.newer_is_enosys = true;
	docker.filter_flags = SECCOMP_FILTER_FLAG_LOG;
	docker.listener_path = docker.listener_metadata = "x";
	add_archs(&a, &docker, "SCMP_ARCH_X86_64 SCMP_ARCH_X86 x");
	add_rules(&a, &docker, "six", UINT32_MAX, 6,
		  (struct seccomp_arg[6]){ { .index = UINT32_MAX, .op = (enum seccomp_op)99, .value = UINT64_MAX, .mask = 1 } });
	docker.rules.items[0].name = docker.archs.v[2] = (char[]){ "" };
	claim(round_trips(&a, &docker), "all of a profile but flags and listener does, sense or not");
	for (uint64_t i = 0; i < 40; i++) {
		random_state = 0x9e3779b97f4a7c15 + i * 977;
		p = random_profile(&a, i % 2 ? SIMPLE : FREE);
		ok = ok && round_trips(&a, &p);
	}
	claim(ok, "and so do random ones");
}

static void key_damage(void)
{
	autoarena a = { 0 };
	const struct seccomp_profile small = small_profile(&a), docker = docker_profile(&a);
	const struct bytes key = seccomp_key(&a, &small), large = seccomp_key(&a, &docker);
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	const size_t head = 8 + strlen(platform ? platform : "") + 1 + 8; /* format, platform, size of a pointer */
	size_t bad = 0, count[3] = { 0 };
	char *longer = arena_alloc(&a, key.n + 1);

	for (size_t n = 0; n < key.n; n++)
		bad += judge_key(key.items, n) != REFUSED;
	for (size_t n = 0; n < large.n; n++)
		bad += judge_key(large.items, n) != REFUSED;
	claim(key.n > 100 && bad == 0, "a key that was cut anywhere is refused");
	memcpy(longer, key.items, key.n);
	for (int c = 0; c < 256; c++) {
		longer[key.n] = (char)c;
		bad += judge_key(longer, key.n + 1) != REFUSED;
	}
	claim(bad == 0, "so is one with a byte too much");

	for (size_t bit = 0; bit < key.n * 8; bit++) {
		enum verdict v;

		key.items[bit / 8] ^= (char)(1 << bit % 8);
		v = judge_key(key.items, key.n);
		key.items[bit / 8] ^= (char)(1 << bit % 8);
		count[v]++;
		bad += bit < head * 8 && v != REFUSED;
		if (v == BROKEN && count[BROKEN] <= 3)
			printf("# bit %zu of byte %zu of a key does not count\n", bit % 8, bit / 8);
	}
	claim(bad == 0, "a key of another format or machine is refused");
	claim(count[BROKEN] == 0 && count[REFUSED] > head * 8 && count[EQUAL] > 400,
	      "with any bit changed a key is refused, or that of another profile (%zu, %zu; %zu are neither)", count[REFUSED], count[EQUAL],
	      count[BROKEN]);

	random_state = 0x2545f4914f6cdd1d;
	for (int i = 0; i < 3000; i++) {
		autofree char *copy = exactly(large.items, large.n);
		uint64_t v = random_value();

		for (uint32_t k = 1 + random_below(4); k > 0; k--)
			memcpy(copy + random_below((uint32_t)(large.n - sizeof(v))), &v, 1 + random_below(sizeof(v)));
		bad += judge_key(copy, random_below(3) ? large.n : random_below((uint32_t)large.n)) == BROKEN;
	}
	claim(bad == 0, "nor is there harm in other damage");
}

/* ---- the helper ---- */

static bool is_sentence(int r, int num, const char *words)
{
	if (r == -num && err_last()->num == num && strstr(err_last()->text, words))
		return true;
	printf("# %d: %s\n", r, err_last()->text);
	return false;
}

static bool is_unused(const struct nest *n)
{
	return faccessat(n->fd, ".seccomp", F_OK, 0) < 0 && errno == ENOENT;
}

/* The real one by itself. */
static void helper_alone(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = docker_profile(&a);
	char *argv[] = { real_helper, NULL }, *answer = NULL;
	struct bytes key = seccomp_key(&a, &p);
	struct seccomp_program prog = { 0 };
	size_t len = 0, path, unknown;
	bool ok = helper_run(&a, argv, key.items, key.n, HELPER_OUTPUT_MAX, &answer, &len) == 0 &&
		  seccomp_compile(&a, &p, &prog, &unknown) == 0;

	path = ok ? strnlen(answer, len) + 1 : 0;
	claim(ok && answer[0] == '/' && strstr(answer, "/libseccomp.so.2") && access(answer, R_OK) == 0, "the helper names its library");
	claim(ok && len == path + prog.n * sizeof(*prog.code) && memcmp(answer + path, prog.code, len - path) == 0,
	      "and gives the program that this process makes");
	claim(is_sentence(helper_run(&a, argv, key.items, key.n - 1, HELPER_OUTPUT_MAX, &answer, &len), EIO,
			  "is not a seccomp profile of this urun"),
	      "half a profile is none");
	claim(is_sentence(helper_run(&a, argv, "", 0, HELPER_OUTPUT_MAX, &answer, &len), EIO, "is not a seccomp profile of this urun"),
	      "nor is nothing");
	*args_of(&p, p.rules.n - 2) = (struct seccomp_arg){ .op = (enum seccomp_op)99 };
	key = seccomp_key(&a, &p);
	claim(is_sentence(helper_run(&a, argv, key.items, key.n, HELPER_OUTPUT_MAX, &answer, &len), EIO, "unknown comparison"),
	      "nonsense in a profile is refused there too");
}

/* What becomes of a miss when the helper does this: an error, nothing kept, and no second try. */
static bool fails(const char *body, int num, const char *words)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	const long ran = n_runs();
	struct seccomp_program prog;
	struct nest n;
	bool ok;

	nest_make(&n);
	install(body);
	ok = is_sentence(seccomp_compile_cached(&a, n.fd, &p, &prog), num, words) && n_runs() == ran + 1 && is_unused(&n);
	install(RUN_REAL);
	ok = use_cache(n.fd, &p) == COMPILED && use_cache(n.fd, &p) == HIT && ok;
	nest_remove(&n);
	return ok;
}

static void helper_fails(void)
{
	claim(fails("echo 'the moon is full' >&2; exit 1", EIO, "urun-seccomp: the moon is full"),
	      "what a helper says when it fails is the error");
	claim(fails("echo one >&2; echo two >&2; exit 2", EIO, "one") && !strstr(err_last()->text, "two"), "one line of it");
	claim(fails("head -c 9000 /dev/zero | tr '\\0' x >&2; exit 1", EIO, "xxxxxxxx") && strlen(err_last()->text) < 2048,
	      "not more than fits");
	claim(fails("exit 1", EIO, "urun-seccomp: failed"), "one that says nothing failed too");
	claim(fails("kill -9 $$", EIO, "urun-seccomp: failed"), "so did one that was killed");
	claim(fails("\"$here/real\"; exit 1", EIO, "urun-seccomp: failed"), "and one whose answer is good");
	claim(fails("echo 'no such library' >&2; exit 3", ELIBACC, "no such library"), "status 3 is a missing library");
	claim(fails("echo 'no such library' >&2; exit 3", ELIBACC, "") && err_last()->advice.cause &&
		      strstr(err_last()->advice.cause, "libseccomp") && err_last()->advice.fix &&
		      strstr(err_last()->advice.fix, "libseccomp2"),
	      "with the advice to install it");
	claim(fails("exit 127", EIO, "urun-seccomp: failed") && !err_last()->advice.fix, "any other status is not");
}

static void helper_is_missing(void)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	struct seccomp_program prog;
	struct nest n;
	const long ran = n_runs();

	nest_make(&n);
	claim(fchmodat(stage.fd, "urun-seccomp", 0600, 0) == 0 &&
		      is_sentence(seccomp_compile_cached(&a, n.fd, &p, &prog), ENOENT, "urun-seccomp is not installed"),
	      "a helper that nobody may run is not installed");
	claim(unlinkat(stage.fd, "urun-seccomp", 0) == 0 &&
		      is_sentence(seccomp_compile_cached(&a, n.fd, &p, &prog), ENOENT, "urun-seccomp is not installed"),
	      "nor is one that is not there");
	claim(put_file(stage.fd, "urun-seccomp", "#!/nonexistent/sh\n", 18) && fchmodat(stage.fd, "urun-seccomp", 0700, 0) == 0 &&
		      is_sentence(seccomp_compile_cached(&a, n.fd, &p, &prog), EIO, "urun-seccomp: failed"),
	      "one that cannot be run fails");
	claim(n_runs() == ran && is_unused(&n), "and nothing is kept");
	install(RUN_REAL);
	claim(use_cache(n.fd, &p) == COMPILED, "once it is installed it is found");
	claim(unlinkat(stage.fd, "urun-seccomp", 0) == 0 && ask_cache(&a, n.fd, &p, &prog) == HIT, "a hit needs no helper");
	install(RUN_REAL);
	nest_remove(&n);
}

/* An answer of this many instructions and odd bytes behind a path. */
static bool put_answer(const char *path, size_t insns, size_t odd)
{
	autoarena a = { 0 };
	const struct sock_filter one = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct bytes b = { .items = NULL };

	bytes_add(&a, &b, path, strlen(path) + 1);
	for (size_t i = 0; i < insns; i++)
		bytes_add(&a, &b, &one, sizeof(one));
	bytes_add(&a, &b, &one, odd);
	return put_file(stage.fd, "answer", b.items, b.n);
}

static void helper_talks_nonsense(void)
{
	static const char no_program[] = "urun-seccomp gave no program", too_much[] = "said too much";
	static const char tell_answer[] = "cat \"$here/answer\"";
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	struct seccomp_program prog;
	struct nest n;
	bool ok = true;

	claim(fails(":", EPROTO, no_program), "an empty answer is an error");
	claim(fails("printf '\\0'", EPROTO, no_program) && fails("printf '/usr/lib/x\\0'", EPROTO, no_program),
	      "so is one without a program");
	claim(fails("printf /usr/lib/x", EPROTO, no_program) && fails("echo 'usage: you should not see this'", EPROTO, no_program),
	      "or without a path");
	for (size_t odd = 1; odd < sizeof(*prog.code); odd++)
		ok = ok && put_answer("/", 2, odd) && fails(tell_answer, EPROTO, no_program) && put_answer("/", 0, odd) &&
		     fails(tell_answer, EPROTO, no_program);
	claim(ok, "or with a part of an instruction");
	claim(put_answer("/", BPF_MAXINSNS + 1, 0) && fails(tell_answer, EPROTO, no_program), "or with more than the kernel takes");
	claim(fails("head -c 262143 /dev/zero", EPROTO, no_program) && fails("head -c 262144 /dev/zero", EIO, too_much), "or longer");
	claim(fails("cat /dev/zero", EIO, too_much), "or without an end");

	nest_make(&n);
	install(tell_answer);
	claim(put_answer("/", BPF_MAXINSNS, 0) && ask_cache(&a, n.fd, &p, &prog) == COMPILED && prog.n == BPF_MAXINSNS &&
		      ask_cache(&a, n.fd, &p, &prog) == HIT && prog.n == BPF_MAXINSNS && prog.code[BPF_MAXINSNS - 1].k == allow,
	      "all that the kernel takes is taken");
	install(RUN_REAL);
	nest_remove(&n);
}

static void helper_works(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = docker_profile(&a);
	const struct bytes key = seccomp_key(&a, &p);
	static char input[65536];
	struct seccomp_program prog;
	struct nest n;
	autofree char *kept = getenv("LD_LIBRARY_PATH") ? strdup(getenv("LD_LIBRARY_PATH")) : NULL;

	nest_make(&n);
	install("cat >\"$here/input\"; exec \"$here/real\" <\"$here/input\"");
	claim(use_cache(n.fd, &p) == COMPILED && get_file(stage.fd, "input", input, sizeof(input)) == key.n &&
		      memcmp(input, key.items, key.n) == 0,
	      "the helper gets the bytes of the profile, and no others");
	install("echo 'a warning' >&2; " RUN_REAL);
	p.newer_is_enosys = true;
	claim(use_cache(n.fd, &p) == COMPILED && use_cache(n.fd, &p) == HIT, "what it says when it succeeds is passed over");
	install(RUN_REAL);
	nest_remove(&n);

	nest_make(&n);
	add_archs(&a, &p, "SCMP_ARCH_PDP11");
	claim(is_sentence(seccomp_compile_cached(&a, n.fd, &p, &prog), EIO, "SCMP_ARCH_PDP11") && is_unused(&n),
	      "a profile that cannot be compiled is an error that says why");
	p.archs.n = 0;
	(void)setenv("LD_LIBRARY_PATH", n.path, 1);
	claim(put_file(n.fd, "libseccomp.so.2", "garbage", 7) &&
		      is_sentence(seccomp_compile_cached(&a, n.fd, &p, &prog), ELIBACC, "libseccomp.so.2") && err_last()->advice.fix &&
		      is_unused(&n),
	      "so is a library that cannot be opened");
	if (kept)
		(void)setenv("LD_LIBRARY_PATH", kept, 1);
	else
		(void)unsetenv("LD_LIBRARY_PATH");
	nest_remove(&n);
}

/* ---- the kernel ---- */

/* Run body in a child that has loaded the program; its wait status. */
static int with_filter(const struct seccomp_program *program, int (*body)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		struct rlimit none = { 0 };

		(void)setrlimit(RLIMIT_CORE, &none);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_load(program, 0) < 0)
			_exit(99);
		_exit(body());
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static bool exited(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static bool killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static int errno_of_getppid(void)
{
	return syscall(SYS_getppid) < 0 ? errno : 0;
}

static int errno_of_umask_7(void)
{
	return syscall(SYS_umask, 7) < 0 ? errno : 0;
}

static int errno_of_umask_8(void)
{
	return syscall(SYS_umask, 8) < 0 ? errno : 0;
}

/* Above all calls of the profile below, and no kernel is without it. */
static int errno_of_getrandom(void)
{
	return syscall(SYS_getrandom, NULL, 0, 0) < 0 ? errno : 0;
}

static int ask_personality(void)
{
	return (int)syscall(SYS_personality, 0xffffffff);
}

static int run_a_program(void)
{
	(void)execl("/bin/true", "true", NULL);
	return 98;
}

static int errno_of_add_key(void)
{
	return syscall(SYS_add_key, "user", "x", "y", 1, -5) < 0 ? errno : 0;
}

static void kernel_filters(void)
{
	autoarena a = { 0 };
	struct seccomp_profile p = { .default_ret = allow };
	struct seccomp_program prog, docker;
	size_t unknown;
	bool ok;

	add_rules(&a, &p, "getppid", eperm, 0, NULL);
	add_rules(&a, &p, "umask", SECCOMP_RET_ERRNO | EDOM, CONDITION(.index = 0, .op = SECCOMP_OP_EQ, .value = 7));
	add_rules(&a, &p, "personality", SECCOMP_RET_KILL_PROCESS, 0, NULL);
	ok = seccomp_compile(&a, &p, &prog, &unknown) == 0;
	claim(ok && exited(with_filter(&prog, errno_of_getppid), EPERM), "the kernel says EPERM to a call");
	claim(ok && exited(with_filter(&prog, errno_of_umask_7), EDOM), "and another error by argument");
	claim(ok && exited(with_filter(&prog, errno_of_umask_8), 0), "but not for another argument");
	claim(ok && killed(with_filter(&prog, ask_personality)), "and kills at a third");
	claim(ok && exited(with_filter(&prog, run_a_program), 0), "and programs run");

	p = docker_profile(&a);
	p.default_ret = SECCOMP_RET_ERRNO | EDOM; /* EPERM could also be for want of rights, or of a filter around us */
	p.newer_is_enosys = true;
	add_archs(&a, &p, "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32");
	ok = seccomp_compile(&a, &p, &docker, &unknown) == 0;
	claim(ok && exited(with_filter(&docker, run_a_program), 0), "docker's profile lets programs run");
	claim(ok && exited(with_filter(&docker, errno_of_add_key), EDOM), "and refuses add_key");

	p = (struct seccomp_profile){ .default_ret = SECCOMP_RET_ERRNO | EPERM, .newer_is_enosys = true };
	add_rules(&a, &p, "read write exit_group openat getppid sigaltstack mmap munmap", allow, 0, NULL);
	ok = seccomp_compile(&a, &p, &prog, &unknown) == 0;
	claim(ok && exited(with_filter(&prog, errno_of_getrandom), ENOSYS), "a call newer than the profile gets ENOSYS");
	claim(ok && exited(with_filter(&prog, errno_of_umask_8), EPERM), "an older one does not");
	claim(ok && exited(with_filter(&prog, errno_of_getppid), 0), "a known one works");
}

/* The result of loading with these flags in a child, which cannot tell us more than an exit status. */
static int load_with_flags(const struct seccomp_program *program, uint32_t flags, const char *text, bool no_new_privs)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		int r;

		if (geteuid() == 0 && !no_new_privs && setresuid(65534, 65534, 65534) < 0)
			_exit(97);
		(void)prctl(PR_SET_NO_NEW_PRIVS, no_new_privs, 0, 0, 0);
		r = seccomp_load(program, flags);
		if (r < 0 && !strstr(err_last()->text, text))
			r = -96;
		_exit(r < 0 ? -r : r > 0 && fcntl(r, F_GETFD) == FD_CLOEXEC ? 95 : r);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void kernel_flags(void)
{
	autoarena a = { 0 };
	const struct seccomp_profile p = small_profile(&a);
	const uint32_t excluding = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER;
	static struct sock_filter bad[][2] = {
		{ BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) },
		{ BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) },
	};
	struct seccomp_program prog, empty = { 0 };
	size_t unknown;
	bool ok = seccomp_compile(&a, &p, &prog, &unknown) == 0;

	claim(ok && load_with_flags(&prog, SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_LOG, "", true) == 0,
	      "flags that the kernel knows are taken");
	claim(ok && load_with_flags(&prog, SECCOMP_FILTER_FLAG_TSYNC, "", true) == 0, "TSYNC too");
	claim(ok && load_with_flags(&prog, SECCOMP_FILTER_FLAG_NEW_LISTENER, "", true) == 95,
	      "a listener is a descriptor that closes on exec");
	claim(ok && load_with_flags(&prog, 1U << 20 | SECCOMP_FILTER_FLAG_LOG, "0x100000", true) == EINVAL,
	      "a flag that nobody knows is an error that names it");
	claim(ok && load_with_flags(&prog, excluding, "together", true) == EINVAL,
	      "flags that exclude each other are an error that says so");
	claim(ok && load_with_flags(&prog, 0, "no_new_privs", false) == EACCES, "without no_new_privs the error says what is missing");
	claim(load_with_flags(&empty, 0, "instructions", true) == EINVAL, "an empty program is an error");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok = ok && load_with_flags(&(struct seccomp_program){ .code = bad[i], .n = 2 }, 0, "invalid", true) == EINVAL;
	claim(ok, "a program that the kernel refuses is an error");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok = ok && bpf_check(bad[i], 2);
	claim(ok && bpf_check(bad[0], 0) && !bpf_check(&bad[0][1], 1), "and the check of this test refuses it too");
}

/* ---- time, for the curious ---- */

static double clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say_times(void)
{
	enum { ROUNDS = 200 };
	autoarena a = { 0 };
	struct seccomp_profile p = docker_profile(&a);
	struct nest n;
	double start;

	add_archs(&a, &p, "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32");
	nest_make(&n);
	start = clock_now();
	for (int i = 0; i < ROUNDS; i++) {
		autoarena b = { 0 };
		struct seccomp_program prog;
		size_t unknown;

		(void)seccomp_compile(&b, &p, &prog, &unknown);
	}
	printf("# docker's profile for three architectures: compiled in %.0f us", (clock_now() - start) / ROUNDS * 1e6);
	start = clock_now();
	for (int i = 0; i <= ROUNDS; i++) {
		autoarena b = { 0 };
		struct seccomp_program prog;

		if (i == 1)
			start = clock_now();
		(void)seccomp_compile_cached(&b, n.fd, &p, &prog);
	}
	printf(", found in the cache in %.0f us\n", (clock_now() - start) / ROUNDS * 1e6);
	nest_remove(&n);
}

int main(int argc, char **argv)
{
	const char *why;

	log_listen(listen_for_compiles, NULL, LOG_LEVEL_DEBUG);
	if (argc == 4 && strcmp(argv[1], "cached") == 0)
		return run_cached(argv[2], argv[3]);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	why = set_stage();
	if (why) {
		printf("Bail out! %s\n", why);
		return 1;
	}

	changes_are_noticed();
	all_mean_the_same();
	newer_calls();
	strictest_decides();
	single_facts();
	contradictions();
	sizes();
	cache_hits();
	cache_limits();
	cache_keys();
	cache_corruption();
	cache_strangers();
	cache_library();
	cache_any_library();
	key_round_trips();
	key_damage();
	helper_alone();
	helper_works();
	helper_fails();
	helper_is_missing();
	helper_talks_nonsense();
	kernel_filters();
	kernel_flags();
	say_times();
	nest_remove(&stage);
	printf("1..%d\n", n_claims);
	return n_failed != 0;
}
