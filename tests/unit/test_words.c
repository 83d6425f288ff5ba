/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_words.c - words of config.json as numbers of the kernel: mount options, capabilities, limits; paths. */
#include "plan/mount_options.h"
#include "plan/names.h"
#include "plan/parts.h"
#include "tap.h"
#include <linux/mempolicy.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <linux/fs.h>

static struct mount_options parse(struct arena *a, const char *words)
{
	char *list = arena_strdup(a, words), *save = NULL;
	struct mount_options o;
	struct strv v = { 0 };

	for (char *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save))
		strv_push(a, &v, w);
	mount_options_parse(a, &v, &o);
	return o;
}

/* Every word that config.md has for mounts of Linux, on the mount itself and below it. */
static void every_option_means_its_flag(void)
{
	static const struct {
		const char *word;
		uint64_t set, clear;
	} rows[] = {
		{ "ro", MOUNT_ATTR_RDONLY, 0 },
		{ "rw", 0, MOUNT_ATTR_RDONLY },
		{ "nosuid", MOUNT_ATTR_NOSUID, 0 },
		{ "suid", 0, MOUNT_ATTR_NOSUID },
		{ "nodev", MOUNT_ATTR_NODEV, 0 },
		{ "dev", 0, MOUNT_ATTR_NODEV },
		{ "noexec", MOUNT_ATTR_NOEXEC, 0 },
		{ "exec", 0, MOUNT_ATTR_NOEXEC },
		{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
		{ "diratime", 0, MOUNT_ATTR_NODIRATIME },
		{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 },
		{ "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
		{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
		{ "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
		{ "relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
		{ "atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mount_flags one = parse(&a, rows[i].word).flags;
		struct mount_flags all = parse(&a, arena_printf(&a, "r%s", rows[i].word)).flags;

		claim(one.set == rows[i].set && one.clear == rows[i].clear && !one.set_all && !one.clear_all, "%s", rows[i].word);
		claim(all.set_all == rows[i].set && all.clear_all == rows[i].clear && !all.set && !all.clear, "r%s", rows[i].word);
	}
}

static void every_propagation_means_its_flag(void)
{
	static const struct {
		const char *word;
		uint64_t flag;
	} rows[] = {
		{ "private", MS_PRIVATE },
		{ "shared", MS_SHARED },
		{ "slave", MS_SLAVE },
		{ "unbindable", MS_UNBINDABLE },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *recursive = arena_printf(&a, "r%s", rows[i].word);

		claim(parse(&a, rows[i].word).flags.propagation == rows[i].flag, "%s", rows[i].word);
		claim(parse(&a, recursive).flags.propagation_all == rows[i].flag, "%s", recursive);
		claim(propagation_flag(recursive) == rows[i].flag && propagation_flag(rows[i].word) == rows[i].flag, "%s of the root",
		      rows[i].word);
		claim_text(propagation_name(rows[i].flag), rows[i].word, "and back");
	}
	claim(propagation_flag("ro") == 0 && propagation_flag("") == 0, "other words are no propagation");
}

static void options_are_taken_in_order(void)
{
	autoarena a = { 0 };
	struct mount_options o = parse(&a, "ro,rw,noexec,exec,nosuid");

	claim(o.flags.set == MOUNT_ATTR_NOSUID && o.flags.clear == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC), "the later word wins");
	o = parse(&a, "noatime,strictatime");
	claim((o.flags.set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME, "of the words for atime too");
	o = parse(&a, "strictatime,relatime");
	claim((o.flags.set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_RELATIME && (o.flags.clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME,
	      "relatime, which is 0, takes the others away");
	o = parse(&a, "bind,rbind,remount,tmpcopyup,idmap,ridmap");
	claim(o.bind && o.rbind && o.remount && o.copy_up && o.idmap && o.ridmap, "words that are no flags are seen");
	claim(o.data.n == 0, "and are no data");
	o = parse(&a, "size=5m,ro,sync,mode=755,defaults,silent");
	claim(o.data.n == 3 && strcmp(o.data.v[0], "size=5m") == 0 && strcmp(o.data.v[1], "sync") == 0,
	      "the rest is for the file system, in order");
}

static void flags_can_be_read_back(void)
{
	static const char *const lists[] = {
		"",
		"ro",
		"nodev,noexec,nosuid,ro,noatime",
		"dev,exec,rw,suid,strictatime",
		"rnodev,rro,rrelatime",
		"nosymfollow,rslave",
		"shared",
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct mount_flags f = parse(&a, lists[i]).flags;

		claim_text(mount_flags_text(&a, &f), lists[i], "'%s' is printed as it was given", lists[i]);
	}
}

static void data_is_known_by_file_system(void)
{
	claim(mount_data_known("tmpfs", "size=5m") && mount_data_known("tmpfs", "mode=1777"), "tmpfs has size and mode");
	claim(!mount_data_known("tmpfs", "sizes=5m") && !mount_data_known("tmpfs", "siz=1"), "tmpfs has nothing that is almost size");
	claim(mount_data_known("proc", "hidepid=2") && !mount_data_known("proc", "size=1"), "proc has hidepid and no size");
	claim(mount_data_known("devpts", "newinstance") && mount_data_known("devpts", "ptmxmode=0666"), "devpts has newinstance");
	claim(!mount_data_known("sysfs", "x") && mount_data_known("sysfs", "sync"), "sysfs has only what all have");
	claim(mount_data_known("overlay", "lowerdir=/a:/b"), "nobody knows all file systems");
}

static void names_are_numbers(void)
{
	bool all = true;

	claim(cap_from_name("CAP_CHOWN") == 0 && cap_from_name("CAP_CHECKPOINT_RESTORE") == 40, "the first and the last capability");
	claim(cap_from_name("chown") == 0 && cap_from_name("Cap_Net_Raw") == 13, "without CAP_ and in any case");
	claim(cap_from_name("CAP_") == -1 && cap_from_name("") == -1 && cap_from_name("CAP_FLY") == -1, "unknown ones are -1");
	for (int i = 0; i < 41; i++)
		all = all && cap_from_name(cap_name(i)) == i;
	claim(all && cap_name(41) == NULL && cap_name(-1) == NULL, "every number has a name that means it");
	all = true;
	for (int i = 0; i < 16; i++)
		all = all && rlimit_name(i) && rlimit_from_name(rlimit_name(i)) == i;
	claim(all && rlimit_name(16) == NULL && rlimit_from_name("RLIMIT_OFILE") == -1, "so has every limit");
	claim(rlimit_from_name("RLIMIT_NOFILE") == RLIMIT_NOFILE, "RLIMIT_NOFILE");
	claim(mempolicy_mode("MPOL_BIND") == MPOL_BIND && mempolicy_mode("MPOL_WEIGHTED_INTERLEAVE") == 6, "memory policies");
	claim(mempolicy_flag("MPOL_F_STATIC_NODES") == MPOL_F_STATIC_NODES && mempolicy_flag("x") == 0, "flags of memory policies");
	claim(sched_flag("SCHED_FLAG_UTIL_CLAMP_MAX") == 0x40 && sched_flag("x") == 0, "flags of schedulers");
	claim(seccomp_flag("SECCOMP_FILTER_FLAG_LOG") == SECCOMP_FILTER_FLAG_LOG && seccomp_flag("x") == 0, "flags of seccomp");
}

static void paths_are_tidied(void)
{
	static const struct {
		const char *path, *tidy;
	} rows[] = {
		{ "/a/b", "/a/b" },
		{ "a", "/a" },
		{ "/a/", "/a" },
		{ "//a//b//", "/a/b" },
		{ "/./a/./b/.", "/a/b" },
		{ "/", "/" },
		{ "", "/" },
		{ ".", "/" },
		{ "///", "/" },
		{ "/.a/..b/c.", "/.a/..b/c." },
		{ "./a", "/a" },
		{ "/a/.././b/", "/b" },
		{ "..", "/" }, /* by its words, as runc and crun do */
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		claim_text(path_tidy(&a, rows[i].path), rows[i].tidy, "path '%s'", rows[i].path);
	claim(path_is_below("/a/b", "/a") && !path_is_below("/ab", "/a") && !path_is_below("/a", "/a"), "below is below");
	claim(path_is_below("/a", "/") && !path_is_below("/", "/"), "all but itself is below the root");
}

int main(void)
{
	every_option_means_its_flag();
	every_propagation_means_its_flag();
	options_are_taken_in_order();
	flags_can_be_read_back();
	data_is_known_by_file_system();
	names_are_numbers();
	paths_are_tidied();
	return tap_done();
}
