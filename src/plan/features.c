/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* features.c - the lists are those that configurations are checked and carried out with, so they cannot disagree. */
#include "plan/features.h"
#include "plan/mount_options.h"
#include "plan/names.h"
#include "plan/plan.h"
#include "spec/spec_fields.h"

static void write_words(struct json_writer *w, const char *key, const struct word *words,
			bool (*wanted)(const struct features_facts *, const char *), const struct features_facts *f)
{
	json_key(w, key);
	json_open_array(w);
	for (; words->name; words++)
		if (!wanted || wanted(f, words->name))
			json_string(w, words->name);
	json_close_array(w);
}

static bool kernel_takes(const struct features_facts *f, const char *flag)
{
	return (f->seccomp_flags & seccomp_flag(flag)) != 0;
}

static void write_hooks(struct json_writer *w)
{
	static const char *const points[] = { "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop" };

	json_key(w, "hooks");
	json_open_array(w);
	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		json_string(w, points[i]);
	json_close_array(w);
}

static void write_mount_options(struct json_writer *w)
{
	json_key(w, "mountOptions");
	json_open_array(w);
	for (size_t i = 0; mount_option_name(i); i++)
		json_string(w, mount_option_name(i));
	json_close_array(w);
}

static void write_kernel_words(struct json_writer *w)
{
	json_key(w, "namespaces");
	json_open_array(w);
	for (int kind = 0; kind < NS_COUNT; kind++)
		json_string(w, ns_name((enum ns_kind)kind));
	json_close_array(w);
	json_key(w, "capabilities");
	json_open_array(w);
	for (int cap = 0; cap_name(cap); cap++)
		json_string(w, cap_name(cap));
	json_close_array(w);
}

static void write_switch(struct json_writer *w, const char *key, bool on)
{
	json_open_member(w, key);
	json_member_bool(w, "enabled", on);
	json_close_object(w);
}

static void write_cgroup(struct json_writer *w)
{
	json_open_member(w, "cgroup");
	json_member_bool(w, "v1", false);
	json_member_bool(w, "v2", true);
	json_member_bool(w, "systemd", true);
	json_member_bool(w, "systemdUser", true);
	json_member_bool(w, "rdma", true);
	json_close_object(w);
}

static void write_seccomp(struct json_writer *w, const struct features_facts *f)
{
	json_open_member(w, "seccomp");
	json_member_bool(w, "enabled", true);
	write_words(w, "actions", spec_seccomp_actions, NULL, f);
	write_words(w, "operators", spec_seccomp_operators, NULL, f);
	write_words(w, "archs", spec_seccomp_archs, NULL, f);
	write_words(w, "knownFlags", spec_seccomp_flags, NULL, f);
	write_words(w, "supportedFlags", spec_seccomp_flags, kernel_takes, f);
	json_close_object(w);
}

static void write_linux(struct json_writer *w, const struct features_facts *f)
{
	json_open_member(w, "linux");
	write_kernel_words(w);
	write_cgroup(w);
	write_seccomp(w, f);
	write_switch(w, "apparmor", true);
	write_switch(w, "selinux", true);
	json_open_member(w, "intelRdt");
	json_member_bool(w, "enabled", false);
	json_member_bool(w, "schemata", false);
	json_member_bool(w, "monitoring", false);
	json_close_object(w);
	json_open_member(w, "memoryPolicy");
	write_words(w, "modes", spec_memory_modes, NULL, f);
	write_words(w, "flags", spec_memory_flags, NULL, f);
	json_close_object(w);
	json_open_member(w, "mountExtensions");
	write_switch(w, "idmap", true);
	json_close_object(w);
	write_switch(w, "netDevices", true);
	json_close_object(w);
}

void features_write(struct json_writer *w, const struct features_facts *f)
{
	json_open_object(w);
	json_member(w, "ociVersionMin", "1.0.0");
	json_member(w, "ociVersionMax", "1.3.0");
	write_hooks(w);
	write_mount_options(w);
	write_linux(w, f);
	json_open_member(w, "annotations");
	json_member(w, "org.urun.version", f->version);
	json_member(w, "run.oci.checkpoint.enabled", "false");
	json_close_object(w);
	/* Annotations that whoever hands them on should look at first. */
	json_key(w, "potentiallyUnsafeConfigAnnotations");
	json_open_array(w);
	json_string(w, "run.oci.keep_original_groups");
	json_close_array(w);
	json_close_object(w);
}
