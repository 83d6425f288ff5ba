/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/err.h"
#include "linux/seccomp_bpf.h"
#include <sys/syscall.h>

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* A flag of config.json, and a flag without which the kernel refuses it. */
static const struct {
	const char *name;
	uint32_t flag, with;
} flag_names[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC, 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG, 0 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0 },
	{ "SECCOMP_FILTER_FLAG_NEW_LISTENER", SECCOMP_FILTER_FLAG_NEW_LISTENER, 0 },
	{ "SECCOMP_FILTER_FLAG_TSYNC_ESRCH", SECCOMP_FILTER_FLAG_TSYNC_ESRCH, 0 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, SECCOMP_FILTER_FLAG_NEW_LISTENER },
};

static long set_filter(uint32_t flags, const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

/* The kernel looks at the flags first: it answers EFAULT to a program at NULL if it knows them. */
static bool kernel_knows(uint32_t flags)
{
	return set_filter(flags, NULL) < 0 && errno == EFAULT;
}

/* Leaving a flag out is no way on: the caller would believe in a protection, or a listener, that is not there. */
static int explain_invalid(uint32_t flags)
{
	uint32_t left = flags;

	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		left &= ~flag_names[i].flag;
		if ((flags & flag_names[i].flag) && !kernel_knows(flag_names[i].flag | flag_names[i].with))
			return err_set(EINVAL, "seccomp-flag", "this kernel does not know the seccomp flag '%s'", flag_names[i].name);
	}
	if (left)
		return err_set(EINVAL, "seccomp-flag", "unknown seccomp flags 0x%x", left);
	if (!kernel_knows(flags))
		return err_set(EINVAL, "seccomp-flag", "this kernel refuses the seccomp flags 0x%x together", flags);
	return err_set(EINVAL, "seccomp-load", "the kernel refuses the seccomp program as invalid");
}

static int explain(uint32_t flags)
{
	switch (errno) {
	case EINVAL:
		return explain_invalid(flags);
	case EACCES:
		return err_set(EACCES, "seccomp-load", "cannot load the seccomp program: it needs no_new_privs or CAP_SYS_ADMIN");
	case EBUSY:
		return err_set(EBUSY, "seccomp-load", "cannot load the seccomp program: an earlier one already has a listener");
	case ENOSYS:
		return err_set(ENOSYS, "seccomp-load", "cannot load the seccomp program: this kernel has no seccomp(2)");
	default:
		return err_sys("cannot load the seccomp program");
	}
}

int seccomp_load(const struct seccomp_program *program, uint32_t flags)
{
	const struct sock_fprog filter = { .len = (unsigned short)program->n, .filter = program->code };
	long r;

	if (program->n == 0 || program->n > BPF_MAXINSNS)
		return err_set(EINVAL, "seccomp-load", "a seccomp program has 1 to %d instructions", BPF_MAXINSNS);
	r = set_filter(flags, &filter);
	if (r < 0)
		return explain(flags);
	if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return (int)r;
	/* TSYNC: nothing was loaded, because this thread has a filter that does not descend from ours. */
	if (r > 0)
		return err_set(ESRCH, "seccomp-load", "cannot load the seccomp program: thread %ld has another one", r);
	return 0;
}

/* Without a program the kernel says EFAULT to flags that it knows, and EINVAL to others (seccomp(2)). */
uint32_t seccomp_known_flags(void)
{
	uint32_t known = 0;

	for (uint32_t flag = 1; flag; flag <<= 1) {
		/* It insists on this one's companion. */
		uint32_t with = flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ? (uint32_t)SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag | with, NULL) < 0 && errno == EFAULT)
			known |= flag;
	}
	return known;
}
