/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* urun-subid UID [NAME] - ask the host's user database, whatever nsswitch.conf says about it.
 *
 * Prints "name NAME" (looked up unless given), then a line "uid START COUNT" or "gid START COUNT" for each range of
 * subordinate ids. A user without a name or ranges gets no line; a missing libsubid is told and is no ranges. */
#include <dlfcn.h>
#include <pwd.h>
#include <shadow/subid.h>
#include <stdio.h>
#include <stdlib.h>

typedef int get_ranges(const char *owner, struct subid_range **ranges);

static void print_ranges(void *lib, const char *symbol, const char *kind, const char *name)
{
	get_ranges *get = (get_ranges *)dlsym(lib, symbol);
	struct subid_range *ranges = NULL;
	int n = get ? get(name, &ranges) : 0;

	for (int i = 0; i < n; i++)
		(void)printf("%s %lu %lu\n", kind, ranges[i].start, ranges[i].count);
	free(ranges);
}

/* Its soname was 3 up to shadow 4.9, is 4 in Debian 12 and 5 since shadow 4.15; these functions are the same. */
static void *open_library(void)
{
	static const char *const names[] = { "libsubid.so.5", "libsubid.so.4", "libsubid.so.3" };
	void *lib = NULL;

	for (size_t i = 0; !lib && i < sizeof(names) / sizeof(*names); i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return lib;
}

int main(int argc, char *argv[])
{
	const struct passwd *pw;
	const char *name;
	void *lib;

	if (argc < 2)
		return 2;
	pw = argc < 3 ? getpwuid((uid_t)strtoul(argv[1], NULL, 10)) : NULL;
	name = argc > 2 ? argv[2] : pw ? pw->pw_name : NULL;
	if (!name)
		return 0;
	(void)printf("name %s\n", name);
	if (!(lib = open_library())) {
		(void)fprintf(stderr, "cannot open libsubid: %s\n", dlerror());
		return 0;
	}
	print_ranges(lib, "subid_get_uid_ranges", "uid", name);
	print_ranges(lib, "subid_get_gid_ranges", "gid", name);
	return 0;
}
