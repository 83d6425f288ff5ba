/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp_cache.c - a program is kept beside everything that went into it.
 *
 * A file is used only if it is ours, nobody else could write it, and all that it says equals what we would say now:
 * the whole profile (the hash in the file name only finds the file) and the state of the library that compiled it.
 * Everything else is a miss: compile, and replace the file. So the cache can cost time, but never change a program. */
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "linux/helper.h"
#include "linux/seccomp_key.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define DIRECTORY ".seccomp" /* no id begins with a dot */

enum {
	FILE_MAX = 1024 * 1024, /* docker's profile makes 10 KB */
	NAME_ROOM = 64,
};

static const char magic[8] = "urunBPF";

/* FNV-1a: enough to find a file and to notice one that was half written; whoever can forge one is us. */
static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

/* ---- the file ---- */

/* The file of the library: a package that is installed or upgraded changes at least one of these. */
struct library {
	uint64_t device, inode, size;
	int64_t seconds, nanoseconds;
};

/* The header of a file, then the key, the path of the library with its NUL, and the code. */
struct header {
	char magic[sizeof(magic)];
	uint64_t check; /* over the rest of the header and the code; key and path are compared themselves */
	uint64_t key_len, path_len, code_len;
	struct library library;
};

static int probe_library(const char *path, struct library *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	*ret = (struct library){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.seconds = st.st_mtim.tv_sec,
		.nanoseconds = st.st_mtim.tv_nsec,
	};
	return 0;
}

static uint64_t checksum(const struct header *h, const void *code)
{
	const size_t from = offsetof(struct header, key_len);

	return hash(hash(hash_start, (const char *)h + from, sizeof(*h) - from), code, h->code_len);
}

static bool is_trusted(int fd, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return false;
	if (st.st_size < (off_t)sizeof(struct header) || st.st_size > FILE_MAX)
		return false;
	*ret_size = (size_t)st.st_size;
	return true;
}

static bool lengths_fit(const struct header *h, size_t size)
{
	const size_t max = BPF_MAXINSNS * sizeof(struct sock_filter);

	return h->key_len <= size && h->path_len >= 1 && h->path_len <= size && h->code_len >= 1 && h->code_len <= max &&
	       h->code_len % sizeof(struct sock_filter) == 0 && sizeof(*h) + h->key_len + h->path_len + h->code_len == size;
}

static bool is_current(const struct library *then, const char *path)
{
	struct library now;

	return probe_library(path, &now) == 0 && memcmp(&now, then, sizeof(now)) == 0;
}

/* What the file says, or false: not what we asked for, not to be trusted, or out of date. */
static bool load_file(struct arena *a, int dirfd, const char *name, const struct bytes *key, struct seccomp_program *ret)
{
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	const char *path;
	struct header h;
	size_t size;
	char *text, *code;

	if (fd < 0 || !is_trusted(fd, &size))
		return false;
	text = arena_alloc(a, size);
	if (read(fd, text, size) != (ssize_t)size)
		return false;
	memcpy(&h, text, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 || !lengths_fit(&h, size))
		return false;
	path = text + sizeof(h) + h.key_len;
	if (h.key_len != key->n || memcmp(text + sizeof(h), key->items, key->n) != 0)
		return false;
	if (path[h.path_len - 1] != '\0' || h.check != checksum(&h, path + h.path_len))
		return false;
	if (!is_current(&h.library, path))
		return false;

	code = arena_alloc(a, h.code_len); /* in the file it may stand at any address */
	memcpy(code, path + h.path_len, h.code_len);
	*ret = (struct seccomp_program){ .code = (struct sock_filter *)code, .n = h.code_len / sizeof(*ret->code) };
	return true;
}

/* ---- a new file ---- */

static int write_file(struct arena *a, int dirfd, const char *name, const struct bytes *file)
{
	autoclose int fd = -1;
	uint64_t salt;
	const char *temporary;
	int r;

	if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) != sizeof(salt))
		return -EAGAIN;
	temporary = arena_printf(a, DIRECTORY "/.%016" PRIx64, salt);
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, file->items, file->n);
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dirfd, temporary, 0);
	return r;
}

static int store_file(struct arena *a, int dirfd, const char *name, const struct bytes *key, const char *path,
		      const struct seccomp_program *program)
{
	struct header h = {
		.key_len = key->n,
		.path_len = strlen(path) + 1,
		.code_len = program->n * sizeof(*program->code),
	};
	struct bytes file = { .items = NULL };
	int r = probe_library(path, &h.library);

	if (r < 0)
		return r;
	memcpy(h.magic, magic, sizeof(magic));
	h.check = checksum(&h, program->code);
	bytes_add(a, &file, &h, sizeof(h));
	bytes_add(a, &file, key->items, key->n);
	bytes_add(a, &file, path, h.path_len);
	bytes_add(a, &file, program->code, h.code_len);
	if (file.n > FILE_MAX)
		return -EFBIG;
	if (mkdirat(dirfd, DIRECTORY, 0700) < 0 && errno != EEXIST)
		return -errno;
	return write_file(a, dirfd, name, &file);
}

static int no_library(int r)
{
	return r != -ELIBACC ? r
			     : err_advise(r, &(struct advice){ .cause = "the seccomp profile of this container must be compiled, and that "
									"needs libseccomp 2.3 or newer",
							       .fix = "sudo apt-get install libseccomp2" });
}

/* urun-seccomp answers with the path of its library, a NUL, and the code. */
static int compile(struct arena *a, const struct bytes *key, const char **ret_library, struct seccomp_program *ret)
{
	char *argv[] = { helper_path(a, "urun-seccomp"), NULL }, *answer, *code;
	size_t len, path;
	int r;

	if (!argv[0])
		return err_set(ENOENT, "helper", "cannot compile the seccomp profile: the helper urun-seccomp is not installed");
	if ((r = helper_run(a, argv, key->items, key->n, HELPER_OUTPUT_MAX, &answer, &len)) < 0)
		return no_library(r);
	path = strnlen(answer, len) + 1;
	if (path >= len || (len - path) % sizeof(*ret->code) != 0 || len - path > BPF_MAXINSNS * sizeof(*ret->code))
		return err_set(EPROTO, "helper", "cannot compile the seccomp profile: urun-seccomp gave no program");
	code = arena_alloc(a, len - path); /* behind the path it may stand at any address */
	memcpy(code, answer + path, len - path);
	*ret_library = answer;
	*ret = (struct seccomp_program){ .code = (struct sock_filter *)code, .n = (len - path) / sizeof(*ret->code) };
	return 0;
}

static int compile_and_store(struct arena *a, int dirfd, const char *name, const struct bytes *key, struct seccomp_program *ret)
{
	const char *library = NULL;
	int r = compile(a, key, &library, ret);

	if (r < 0)
		return r;
	r = store_file(a, dirfd, name, key, library, ret);
	if (r < 0)
		log_debug("cannot keep the seccomp program: %s", strerror(-r));
	return 0;
}

int seccomp_compile_cached(struct arena *a, int dirfd, const struct seccomp_profile *p, struct seccomp_program *ret)
{
	const struct bytes key = seccomp_key(a, p);
	char name[NAME_ROOM];

	(void)snprintf(name, sizeof(name), DIRECTORY "/%016" PRIx64, hash(hash_start, key.items, key.n));
	if (load_file(a, dirfd, name, &key, ret))
		return 0;
	return compile_and_store(a, dirfd, name, &key, ret);
}
