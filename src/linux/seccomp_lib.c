/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/seccomp_lib.h"
#include "base/err.h"
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#define SONAME "libseccomp.so.2"

static int complain(const char *fmt, const char *what)
{
	static const struct advice advice = {
		.cause = "the seccomp profile of this container must be compiled, and that needs libseccomp 2.3 or newer",
		.fix = "sudo apt-get install libseccomp2",
	};

	return err_advise(err_set(ELIBACC, "seccomp-library", fmt, what), &advice);
}

/* to is the address of a function pointer: POSIX promises that it can hold what dlsym() returns. */
static int bind_symbol(void *handle, const char *name, void *to)
{
	void *address = dlsym(handle, name);

	if (!address)
		return complain(SONAME " is too old: it has no function '%s'", name);
	memcpy(to, &address, sizeof(address));
	return 0;
}

static int bind_all(struct seccomp_lib *lib)
{
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{ "seccomp_syscall_resolve_name_arch", &lib->number_of },
		{ "seccomp_syscall_resolve_num_arch", &lib->name_of },
		{ "seccomp_arch_resolve_name", &lib->arch_of },
		{ "seccomp_arch_native", &lib->native_arch },
		{ "seccomp_version", &lib->version },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(symbols); i++)
		r = bind_symbol(lib->handle, symbols[i].name, symbols[i].to);
	return r;
}

int seccomp_lib_open(struct seccomp_lib *ret)
{
	autolib struct seccomp_lib lib = { .handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL) };
	struct link_map *map;
	int r;

	if (!lib.handle)
		return complain("cannot open libseccomp: %s", dlerror());
	if (dlinfo(lib.handle, RTLD_DI_LINKMAP, &map) < 0)
		return complain("cannot find the file of libseccomp: %s", dlerror());
	lib.path = map->l_name;
	r = bind_all(&lib);
	if (r < 0)
		return r;
	*ret = lib;
	lib.handle = NULL;
	return 0;
}

void seccomp_lib_close(struct seccomp_lib *lib)
{
	if (lib->handle)
		(void)dlclose(lib->handle);
	lib->handle = NULL;
}
