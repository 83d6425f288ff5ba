/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/program.h"
#include "base/err.h"
#include <paths.h>
#include <string.h>
#include <sys/stat.h>

/* Callers such as podman look for these words of the C library and of Go to choose an exit status of their own. */

static int not_found(const char *name, const char *why)
{
	return err_status(ENOENT, EXIT_NOTFOUND, "command-not-found", "command '%s': %s", name, why);
}

static int not_executable(int num, const char *name, const char *why)
{
	return err_status(num, EXIT_NOEXEC, "command-not-executable", "command '%s' cannot be executed: %s", name, why);
}

static bool is_program(const char *path, bool *ret_denied)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	if (access(path, X_OK) == 0)
		return true;
	*ret_denied = true;
	return false;
}

static int search_path(struct arena *a, const char *path, const char *name, char **ret)
{
	bool denied = false;

	while (*path) {
		size_t len = strcspn(path, ":");
		char *full = len ? arena_printf(a, "%.*s/%s", (int)len, path, name) : arena_printf(a, "./%s", name);

		if (is_program(full, &denied)) {
			*ret = full;
			return 0;
		}
		path += len + (path[len] == ':');
	}
	return denied ? not_executable(EACCES, name, "permission denied")
		      : not_found(name, "executable file not found in $PATH of the container");
}

int program_find(struct arena *a, const struct strv *env, const char *name, char **ret)
{
	const char *path = strv_get_env(env, "PATH");
	struct stat st;

	if (!strchr(name, '/'))
		return search_path(a, path ? path : _PATH_DEFPATH, name, ret);
	*ret = arena_strdup(a, name);
	if (stat(name, &st) < 0 && errno != EACCES)
		return not_found(name, "no such file or directory in the container");
	if (S_ISDIR(st.st_mode))
		return not_executable(EACCES, name, "it is a directory (permission denied)");
	return access(name, X_OK) < 0 ? not_executable(errno, name, strerror(errno)) : 0;
}

const char *program_next_dir(const char **path, size_t *ret_len)
{
	while (*path && **path) {
		const char *dir = *path;

		*ret_len = strcspn(dir, ":");
		*path += *ret_len + (dir[*ret_len] == ':');
		if (dir[0] == '/')
			return dir;
	}
	return NULL;
}

int program_exec_failed(const char *name)
{
	int num = errno;

	if (num == ENOENT) /* the file is there, we looked: what it needs to run is not */
		return not_found(name, "its interpreter is missing in the container (no such file or directory)");
	return not_executable(num, name, strerror(num));
}
