/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_inroot.c - no path leads out of the root, by openat2(2) or by the walker, and both say the same. */
#include "linux/inroot.h"
#include "tap.h"
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- a root with every trap, beside a canary ---- */

static char top[] = "/tmp/urun-test.XXXXXX";

static void put(int dir, const char *name, const char *text)
{
	autoclose int fd = openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
}

static void make_chain(int dir, const char *prefix, int links, const char *end)
{
	char name[32], to[32];

	for (int i = 0; i < links; i++) {
		(void)snprintf(name, sizeof(name), "%s%d", prefix, i);
		(void)snprintf(to, sizeof(to), "%s%d", prefix, i + 1);
		(void)symlinkat(i + 1 == links ? end : to, dir, name);
	}
}

static int make_tree(void)
{
	autoclose int dir = -1;
	int root;

	if (!mkdtemp(top) || (dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		abort();
	put(dir, "secret", "outside");
	(void)mkdirat(dir, "root", 0755);
	(void)mkdirat(dir, "root/d", 0755);
	(void)mkdirat(dir, "root/d/e", 0755);
	(void)mkdirat(dir, "root/etc", 0755);
	root = openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	put(root, "secret", "inside");
	put(root, "d/file", "file");
	put(root, "etc/passwd", "inside");
	(void)symlinkat("/secret", root, "absolute");
	(void)symlinkat("../secret", root, "up");
	(void)symlinkat("../../../../../../../../etc/passwd", root, "d/far");
	(void)symlinkat("/d", root, "to-d");
	(void)symlinkat("e/../../to-d/e", root, "d/twisted");
	(void)symlinkat("loop", root, "loop");
	(void)symlinkat("nowhere", root, "dangling");
	(void)symlinkat("/new/sub", root, "dangling-far");
	(void)symlinkat("/", root, "slash");
	make_chain(root, "short", 40, "d");
	make_chain(root, "long", 41, "d");
	return root;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* ---- the claims, made twice ---- */

static const char *way;

static const char *content(int root, const char *path, enum inroot_rule rule)
{
	static char text[64];
	autoclose int fd = inroot_open(root, path, O_RDONLY, rule);
	ssize_t n;

	if (fd < 0)
		return strerrorname_np(-fd);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return strerrorname_np(errno);
	text[n] = '\0';
	return text;
}

static void reads(int root, const char *path, const char *wanted)
{
	claim_text(content(root, path, INROOT_FOLLOW), wanted, "%s: '%s'", way, path);
}

static void reads_strictly(int root, const char *path, const char *wanted)
{
	claim_text(content(root, path, INROOT_STRICT), wanted, "%s, without links: '%s'", way, path);
}

static void opens(int root, const char *path, int flags, const char *wanted)
{
	autoclose int fd = inroot_open(root, path, flags, INROOT_FOLLOW);

	claim_text(fd < 0 ? strerrorname_np(-fd) : "opened", wanted, "%s: '%s' with 0%o", way, path, (unsigned)flags);
	if (fd >= 0)
		claim(fcntl(fd, F_GETFD) == FD_CLOEXEC, "close-on-exec");
}

static bool is_same(int fd, const char *path)
{
	char full[PATH_MAX];
	struct stat a, b;

	(void)snprintf(full, sizeof(full), "%s/%s", top, path);
	return fd >= 0 && fstat(fd, &a) == 0 && stat(full, &b) == 0 && a.st_ino == b.st_ino;
}

static void nothing_leads_out(int root)
{
	reads(root, "/secret", "inside");
	reads(root, "secret", "inside");
	reads(root, "../secret", "inside");
	reads(root, "/../../../secret", "inside");
	reads(root, "d/../../secret", "inside");
	reads(root, "/absolute", "inside");
	reads(root, "/up", "inside");
	reads(root, "/d/far", "inside");
	reads(root, "/d/twisted/../file", "file");
	reads(root, "/slash/slash/../secret", "inside");
	reads(root, "//d///./file", "file");
	reads(root, "/to-d/file", "file");
	reads(root, "/to-d/../secret", "inside");
	reads(root, "/nothing", "ENOENT");
	reads(root, "/d/nothing/../file", "ENOENT");
	reads(root, "/dangling", "ENOENT");
	reads(root, "/loop", "ELOOP");
	reads(root, "/secret/x", "ENOTDIR");
	reads(root, "/secret/.", "ENOTDIR");
	reads(root, "/secret/..", "ENOTDIR");
	reads(root, "/secret/", "ENOTDIR");
	reads(root, "", "ENOENT");
	reads(root, "/d", "EISDIR");
	reads(root, "/short0/file", "file");
	reads(root, "/long0/file", "ELOOP");
	reads_strictly(root, "/d/../secret", "inside");
	reads_strictly(root, "/to-d/file", "ELOOP");
	reads_strictly(root, "/absolute", "ELOOP");
	reads_strictly(root, "/d/file", "file");
}

static void flags_are_obeyed(int root)
{
	opens(root, "/d", O_PATH | O_DIRECTORY, "opened");
	opens(root, "/secret", O_PATH | O_DIRECTORY, "ENOTDIR");
	opens(root, "/", O_PATH | O_DIRECTORY, "opened");
	opens(root, "/..", O_PATH | O_DIRECTORY, "opened");
	opens(root, "/absolute", O_PATH | O_NOFOLLOW, "opened");
	opens(root, "/absolute", O_RDONLY | O_NOFOLLOW, "ELOOP");
	opens(root, "/to-d/file", O_RDONLY | O_NOFOLLOW, "opened");
	opens(root, "/dangling", O_PATH | O_NOFOLLOW, "opened");
	opens(root, "/d/file", O_WRONLY, "opened");
}

static void long_paths_are_errors(int root)
{
	static char path[PATH_MAX * 2];
	char name[NAME_MAX + 3] = "/";

	memset(name + 1, 'n', NAME_MAX + 1);
	reads(root, name, "ENAMETOOLONG");
	memset(path, '/', PATH_MAX + 1);
	reads(root, path, "ENAMETOOLONG");
}

static void places_are_made_inside(int root)
{
	autoclose int dir = inroot_make_dir(root, "/a/b/c", INROOT_FOLLOW);
	autoclose int link = inroot_make_dir(root, "/to-d/new/er", INROOT_FOLLOW);
	autoclose int far = inroot_make_dir(root, "/../../x", INROOT_FOLLOW);
	autoclose int file = inroot_make_file(root, "/a/f/file", INROOT_FOLLOW);
	autoclose int there = inroot_make_file(root, "/absolute", INROOT_FOLLOW);
	autoclose int strict = inroot_make_dir(root, "/to-d/strict", INROOT_STRICT);
	autoclose int over = inroot_make_dir(root, "/secret", INROOT_FOLLOW);
	autoclose int slash = inroot_make_dir(root, "/", INROOT_FOLLOW);
	struct stat st;

	claim(is_same(dir, "root/a/b/c"), "%s: a directory is made with its parents", way);
	claim(is_same(link, "root/d/new/er"), "%s: also through a link", way);
	claim(is_same(far, "root/x"), "%s: and never outside", way);
	claim(is_same(file, "root/a/f/file") && fstat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0, "%s: a file too", way);
	claim(is_same(there, "root/secret"), "%s: what is there is taken", way);
	claim(strict == -ELOOP, "%s: without links none is followed", way);
	claim(over == -ENOTDIR, "%s: a file is no directory", way);
	claim(is_same(slash, "root"), "%s: the root is there", way);
	(void)unlinkat(root, "a/b/c", AT_REMOVEDIR);
	(void)unlinkat(root, "a/b", AT_REMOVEDIR);
	(void)unlinkat(root, "a/f/file", 0);
	(void)unlinkat(root, "a/f", AT_REMOVEDIR);
	(void)unlinkat(root, "a", AT_REMOVEDIR);
	(void)unlinkat(root, "d/new/er", AT_REMOVEDIR);
	(void)unlinkat(root, "d/new", AT_REMOVEDIR);
	(void)unlinkat(root, "x", AT_REMOVEDIR);
}

static void dangling_links_make_nothing_outside(int root)
{
	autoclose int dir = inroot_make_dir(root, "/dangling", INROOT_FOLLOW);
	autoclose int file = inroot_make_file(root, "/dangling-far", INROOT_FOLLOW);
	struct stat st;

	claim(dir < 0, "%s: no directory is made in place of a dangling link", way);
	claim(file < 0, "%s: nor a file", way);
	claim(fstatat(root, "nowhere", &st, 0) < 0 && fstatat(root, "new", &st, 0) < 0, "%s: nor what the link names", way);
}

static bool is_file(int root, const char *path)
{
	struct stat st;

	return fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* As /etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf. */
static void linked_files_are_made_where_they_lead(int root)
{
	static const char *const links[][2] = {
		{ "../run/stub", "l/etc/relative" },	     { "/l/run/other", "l/etc/absolute" }, { "relative-too", "l/etc/chain" },
		{ "../../../../l/run/high", "l/etc/above" }, { "round", "l/etc/round" },
	};
	autoclose int etc = inroot_make_dir(root, "/l/etc", INROOT_FOLLOW);
	int made = 0;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		(void)symlinkat(links[i][0], root, links[i][1]);
	(void)symlinkat("/l/run/last", root, "l/etc/relative-too");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		char path[64];
		int fd;

		(void)snprintf(path, sizeof(path), "/%s", links[i][1]);
		if ((fd = inroot_make_linked_file(root, path)) >= 0)
			(void)close(fd);
		made += fd >= 0;
	}
	claim(made == 4, "%s: a link to nothing leads to a new file, a circle does not", way);
	claim(is_file(root, "l/run/stub") && is_file(root, "l/run/other") && is_file(root, "l/run/last"), "%s: where it leads", way);
	claim(is_file(root, "l/run/high"), "%s: and never out of the root", way);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		(void)unlinkat(root, links[i][1], 0);
	(void)unlinkat(root, "l/etc/relative-too", 0);
	(void)unlinkat(root, "l/run/stub", 0);
	(void)unlinkat(root, "l/run/other", 0);
	(void)unlinkat(root, "l/run/last", 0);
	(void)unlinkat(root, "l/run/high", 0);
	(void)unlinkat(root, "l/run", AT_REMOVEDIR);
	(void)unlinkat(root, "l/etc", AT_REMOVEDIR);
	(void)unlinkat(root, "l", AT_REMOVEDIR);
}

static void parents_are_made(int root)
{
	static const char path[] = "/p/q/name";
	const char *name;
	autoclose int dir = inroot_make_parent(root, path, &name);

	claim(is_same(dir, "root/p/q") && name == path + 5, "%s: the parent is made, the name is left", way);
	(void)unlinkat(root, "p/q", AT_REMOVEDIR);
	(void)unlinkat(root, "p", AT_REMOVEDIR);
}

static void no_descriptor_is_left(int root)
{
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;

	(void)close(before);
	for (int i = 0; i < 3; i++) {
		(void)content(root, "/d/twisted/../file", INROOT_FOLLOW);
		(void)content(root, "/d/e/nothing/x", INROOT_FOLLOW);
		(void)content(root, "/long0/file", INROOT_FOLLOW);
	}
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	claim(before == after, "%s: no descriptor is left open", way);
	(void)close(after);
}

static void all_claims(int root, const char *how)
{
	way = how;
	nothing_leads_out(root);
	flags_are_obeyed(root);
	long_paths_are_errors(root);
	places_are_made_inside(root);
	linked_files_are_made_where_they_lead(root);
	dangling_links_make_nothing_outside(root);
	parents_are_made(root);
	no_descriptor_is_left(root);
}

/* As on Linux before 5.6, and under the profile of an outer container. */
static void forbid_openat2(unsigned num)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | num),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		abort();
}

static bool has_openat2(int root)
{
	autoclose int fd = inroot_open(root, "/d", O_PATH, INROOT_FOLLOW);
	const uint64_t how[3] = { O_PATH | O_CLOEXEC, 0, 0 };
	autoclose int direct = (int)syscall(SYS_openat2, AT_FDCWD, "/", how, sizeof(how));

	return fd >= 0 && direct >= 0;
}

int main(void)
{
	autoclose int root = make_tree();

	if (has_openat2(root))
		all_claims(root, "openat2");
	else
		skip("openat2(2) is not available", "openat2");
	forbid_openat2(ENOSYS);
	all_claims(root, "walker");
	forbid_openat2(EPERM); /* the later filter decides between two errors */
	all_claims(root, "walker after EPERM");
	(void)nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}
