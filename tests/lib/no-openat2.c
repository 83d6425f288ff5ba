/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * no-openat2 CMD... - run CMD where openat2(2) answers ENOSYS, as on kernels before 5.6 and under old seccomp profiles.
 *
 * Installed by a process with CAP_SYS_ADMIN the filter does not need no_new_privs, so that set-user-ID programs work below it.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 437 is openat2 on every architecture, so the filter need not look at the architecture. */
#define NR_OPENAT2 437

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NR_OPENAT2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (argc < 2)
		return 125;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0) {
		if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0) {
			perror("seccomp");
			return 125;
		}
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
