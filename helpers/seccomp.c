/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* urun-seccomp - compile a seccomp profile: bytes of seccomp_key.h on standard input; on standard output the path of
 * the libseccomp that knew the numbers, a NUL, and the program. urun runs it once per profile and keeps the answer. */
#include "base/err.h"
#include "base/file.h"
#include "linux/helper.h"
#include "linux/seccomp_key.h"
#include "linux/seccomp_lib.h"
#include <stdio.h>
#include <string.h>

static int read_profile(struct arena *a, struct seccomp_profile *ret)
{
	enum { KEY_MAX = 16 * 1024 * 1024 };
	char *key;
	size_t len;
	int r = file_read_fd(a, STDIN_FILENO, "standard input", KEY_MAX, &key, &len);

	if (r < 0)
		return r;
	if (seccomp_key_parse(a, key, len, ret) < 0)
		return err_set(EINVAL, "helper", "standard input is not a seccomp profile of this urun");
	return 0;
}

static int answer(const struct seccomp_lib *lib, const struct seccomp_program *program)
{
	int r = write_all(STDOUT_FILENO, lib->path, strlen(lib->path) + 1);

	if (r == 0)
		r = write_all(STDOUT_FILENO, program->code, program->n * sizeof(*program->code));
	if (r < 0) {
		errno = -r;
		return err_sys("cannot write the program");
	}
	return 0;
}

static int compile(struct arena *a)
{
	autolib struct seccomp_lib lib = { .handle = NULL };
	struct seccomp_profile profile;
	struct seccomp_program program;
	size_t unknown;
	int r;

	if ((r = read_profile(a, &profile)) < 0)
		return r;
	if ((r = seccomp_lib_open(&lib)) < 0)
		return r;
	if ((r = seccomp_compile_with(a, &lib, &profile, &program, &unknown)) < 0)
		return r;
	return answer(&lib, &program);
}

int main(void)
{
	autoarena a = { 0 };
	int r = compile(&a);

	if (r == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", err_last()->text);
	return r == -ELIBACC ? HELPER_NO_LIBRARY : 1;
}
