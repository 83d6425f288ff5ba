/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_userdb.c - passwd, group, subuid: files that others wrote. */
#include "linux/subid.h"
#include "linux/userdb.h"
#include "tap.h"
#include <fcntl.h>
#include <sys/stat.h>

static const char passwd[] = "# a comment\n"
			     "root:x:0:0:root:/root:/bin/sh\n"
			     "broken\n"
			     "few:x:5:5\n"
			     "negative:x:-1:5::/:\n"
			     "large:x:4294967296:5::/:\n"
			     "none:x:4294967295:5::/:\n"
			     "hex:x:0x10:5::/:\n"
			     "space:x: 5:5::/:\n"
			     "www:x:33:34:a:/var/www:/bin/sh:more:fields\n"
			     "\n"
			     "www:x:44:44::/second:/bin/sh\n"
			     "1000:x:7:7::/number:/bin/sh\n"
			     "last:x:99:98::/last:";

static void users_are_found_by_name(void)
{
	struct user_entry e = { 0 };
	autoarena a = { 0 };

	claim(userdb_find_user(&a, passwd, "root", 0, &e) && e.uid == 0 && e.gid == 0, "root");
	claim_text(e.home, "/root", "his home");
	claim(userdb_find_user(&a, passwd, "www", 0, &e) && e.uid == 33 && e.gid == 34, "the first of two, with too many fields");
	claim(userdb_find_user(&a, passwd, "last", 0, &e) && e.uid == 99, "the last line needs no newline");
	claim(!userdb_find_user(&a, passwd, "ww", 0, &e) && !userdb_find_user(&a, passwd, "wwww", 0, &e), "a part of a name is no name");
	claim(!userdb_find_user(&a, passwd, "", 0, &e), "no name is no name");
	claim(!userdb_find_user(&a, passwd, "few", 0, &e), "a line with too few fields is passed over");
	claim(!userdb_find_user(&a, passwd, "negative", 0, &e) && !userdb_find_user(&a, passwd, "hex", 0, &e) &&
		      !userdb_find_user(&a, passwd, "space", 0, &e),
	      "an id has only digits");
	claim(!userdb_find_user(&a, passwd, "large", 0, &e) && !userdb_find_user(&a, passwd, "none", 0, &e), "an id is below 2^32-1");
	claim(!userdb_find_user(&a, "", "root", 0, &e), "an empty file has nobody");
}

static void users_are_found_by_number(void)
{
	struct user_entry e = { 0 };
	autoarena a = { 0 };

	claim(userdb_find_user(&a, passwd, NULL, 33, &e), "33");
	claim_text(e.name, "www", "its name");
	claim(!userdb_find_user(&a, passwd, NULL, 1000, &e), "a name that looks like a number is no number");
}

static void groups_are_found(void)
{
	static const char group[] = "root:x:0:\nadm:x:4:a,b\nshort:x\nbad:x:y:\nlast:x:7";
	autoarena a = { 0 };
	uint32_t gid = 0;

	claim(userdb_find_group(&a, group, "adm", &gid) && gid == 4, "adm");
	claim(userdb_find_group(&a, group, "last", &gid) && gid == 7, "the member list may be missing");
	claim(!userdb_find_group(&a, group, "short", &gid) && !userdb_find_group(&a, group, "bad", &gid),
	      "malformed lines are passed over");
}

static void only_regular_files_inside_the_root_are_read(void)
{
	char path[] = "/tmp/urun-test.XXXXXX";
	autoarena a = { 0 };
	int root = open(mkdtemp(path), O_PATH | O_DIRECTORY | O_CLOEXEC), fd = openat(root, "passwd", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)!write(fd, "x", 1);
	claim_text(userdb_read(&a, root, "/passwd"), "x", "a regular file");
	(void)ftruncate(fd, USERDB_SIZE_MAX + 1);
	(void)close(fd);
	claim_text(userdb_read(&a, root, "/passwd"), "", "not one that is too large");
	(void)symlinkat("/etc/passwd", root, "link");
	claim_text(userdb_read(&a, root, "/link"), "", "not one outside of the root");
	(void)mkfifoat(root, "fifo", 0600);
	claim_text(userdb_read(&a, root, "/fifo"), "", "not a FIFO");
	claim_text(userdb_read(&a, root, "/none"), "", "not a missing one");
	claim_text(userdb_read(&a, root, "/"), "", "not a directory");
	(void)unlinkat(root, "passwd", 0);
	(void)unlinkat(root, "link", 0);
	(void)unlinkat(root, "fifo", 0);
	(void)close(root);
	(void)rmdir(path);
}

static void ranges(const char *text, const char *user, uint32_t uid, const char *wanted, uint64_t wanted_end)
{
	struct id_ranges l = { 0 };
	autoarena a = { 0 };
	uint64_t end = 0;
	const char *got = "";

	subid_parse(&a, text, user, uid, &l, &end);
	for (size_t i = 0; i < l.n; i++)
		got = arena_printf(&a, "%s%s%u+%u", got, i ? " " : "", l.items[i].start, l.items[i].count);
	claim_text(got, wanted, "%s (%u) in '%.40s'", user ? user : "nobody", uid, text);
	claim(end == wanted_end, "the highest of all ends at %llu", (unsigned long long)wanted_end);
}

int main(void)
{
	users_are_found_by_name();
	users_are_found_by_number();
	groups_are_found();
	only_regular_files_inside_the_root_are_read();
	ranges("", "alice", 1000, "", 0);
	ranges("alice:100000:65536\n", "alice", 1000, "100000+65536", 165536);
	ranges("alice:100000:65536", "alice", 1000, "100000+65536", 165536);
	ranges("bob:200000:5\n1000:100000:10\nalice:5:1\nal:9:9\nalicex:9:9\n", "alice", 1000, "100000+10 5+1", 200005);
	ranges("1000:1:1\n", NULL, 1000, "1+1", 2);
	ranges("10000:1:1\n100:1:1\n", NULL, 1000, "", 2);
	ranges("\n\n# x\nalice\nalice:\nalice:1\nalice:1:\nalice::1\nalice:x:1\nalice:1:x\nalice:1:1:1\nalice: "
	       "1:1\nalice:-1:1\nalice:1:-1\n",
	       "alice", 1000, "", 0);
	ranges("alice:1:0\n", "alice", 1000, "", 0);
	ranges("alice:4294967295:1\nalice:4294967296:1\nalice:1:4294967295\n", "alice", 1000, "", 0);
	ranges("alice:0:4294967295\n", "alice", 1000, "0+4294967295", 4294967295);
	ranges("alice:99999999999999999999:1\nalice:1:99999999999999999999\n", "alice", 1000, "", 0);
	ranges(":1:1\n", "", 1000, "1+1", 2);
	return tap_done();
}
