/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_exec.c - what `exec` makes of a container's configuration, of a machine and of its own options. */
#include "plan/names.h"
#include "plan/plan.h"
#include "spec/spec.h"
#include "tap.h"

static const char config[] = "{ \"ociVersion\": \"1.2.0\", \"root\": { \"path\": \"rootfs\" }, \"process\": {"
			     "  \"terminal\": true, \"cwd\": \"/srv\", \"args\": [ \"main\" ], \"env\": [ \"A=1\", \"PATH=/bin\" ],"
			     "  \"user\": { \"uid\": 7, \"gid\": 8, \"umask\": 63, \"additionalGids\": [ 9 ] },"
			     "  \"capabilities\": { \"bounding\": [ \"CAP_CHOWN\" ], \"effective\": [ \"CAP_CHOWN\" ],"
			     "    \"permitted\": [ \"CAP_CHOWN\" ], \"inheritable\": [ \"CAP_CHOWN\" ] },"
			     "  \"execCPUAffinity\": { \"initial\": \"0\", \"final\": \"1,3-4\" } },"
			     "  \"annotations\": { \"k\": \"v\" },"
			     "  \"linux\": { \"seccomp\": { \"defaultAction\": \"SCMP_ACT_ALLOW\" } } }";

static struct id_range ids[] = { { 0, 1000 } };

static struct host machine(void)
{
	return (struct host){
		.uid = 1000,
		.gid = 1000,
		.joined_uids = { .items = ids, .n = 1 },
		.joined_gids = { .items = ids, .n = 1 },
		.bundle = (char *)(uintptr_t) "/bundle",
	};
}

/* 0, or -errno with a sentence. */
static int plan(struct arena *a, struct exec_edits *e, const char *user, struct plan *ret)
{
	const struct plan_options o = { .form = FORM_EXEC, .id = "box", .user = user };
	const struct host h = machine();
	struct spec s;
	int r = spec_parse(a, "config.json", config, strlen(config), &s);

	if (e && e->args.n == 0)
		strv_push(a, &e->args, arena_strdup(a, "ls"));
	if (r == 0 && e)
		r = plan_edit_exec(a, e, &s);
	return r < 0 ? r : plan_exec(a, &s, &h, &o, ret);
}

static uint64_t bit(const char *cap)
{
	return UINT64_C(1) << cap_from_name(cap);
}

static void process_is_the_containers(void)
{
	autoarena a = { 0 };
	struct plan p;

	claim(plan(&a, &(struct exec_edits){ 0 }, NULL, &p) == 0, "a plan comes of it");
	claim_text(p.process.args.v[0], "ls", "with the words that were given");
	claim_text(p.process.cwd, "/srv", "in the directory of the container's process");
	claim(p.process.uid == 7 && p.process.gid == 8 && p.process.umask == 63, "as its user, with its umask");
	claim(p.process.set_groups && p.process.groups.n == 1 && p.process.groups.items[0] == 9, "and its groups");
	claim(p.process.caps.effective == bit("CAP_CHOWN"), "and capabilities");
	claim(p.process.seccomp != NULL, "under the container's filter");
	claim(!p.process.terminal, "without its terminal");
	claim(p.ids.method == IDS_JOINED && p.ids.setup_uid == 0, "in the ids that are there");
	claim(p.process.init == NULL && p.process.create_cwd == false, "without a reaper and without making directories");
	claim_text(p.bundle, "/bundle", "of the bundle that it was made from");
	claim(p.annotations.n == 1, "with its annotations");
	claim(p.process.cpus && p.process.cpus->bits[0] == (1UL << 1 | 1UL << 3 | 1UL << 4), "on the final CPUs");
	claim(p.process.first_cpus && p.process.first_cpus->bits[0] == 1, "after the initial ones");
}

static void options_change_only_what_they_name(void)
{
	autoarena a = { 0 };
	struct exec_edits e = { .cwd = "/tmp", .terminal = true, .no_new_privs = true };
	struct plan p;

	strv_push(&a, &e.env, arena_strdup(&a, "A=2"));
	strv_push(&a, &e.env, arena_strdup(&a, "B=3"));
	strv_push(&a, &e.groups, arena_strdup(&a, "11"));
	strv_push(&a, &e.caps, arena_strdup(&a, "CAP_KILL"));
	claim(plan(&a, &e, NULL, &p) == 0, "all of them together");
	claim_text(p.process.cwd, "/tmp", "--cwd");
	claim(p.process.terminal && p.process.no_new_privs, "--tty and --no-new-privs");
	claim_text(strv_get_env(&p.process.env, "A"), "2", "--env replaces");
	claim_text(strv_get_env(&p.process.env, "B"), "3", "--env adds");
	claim_text(strv_get_env(&p.process.env, "PATH"), "/bin", "the rest of the environment stays");
	claim(p.process.groups.n == 2 && p.process.groups.items[1] == 11, "--additional-gids adds");
	claim(p.process.caps.bounding == (bit("CAP_CHOWN") | bit("CAP_KILL")) && p.process.caps.effective == p.process.caps.bounding &&
		      p.process.caps.permitted == p.process.caps.bounding,
	      "--cap adds to the bounding, effective and permitted sets");
	claim(p.process.caps.inheritable == bit("CAP_CHOWN"), "and not to the inheritable one");
}

/* CVE-2026-30892: "1" was taken for root. */
static void users_are_read_with_care(void)
{
	static const struct {
		const char *user;
		int result;
		uint32_t uid, gid;
	} rows[] = {
		{ "1", 0, 1, 0 },
		{ "0", 0, 0, 0 },
		{ "1:2", 0, 1, 2 },
		{ "1:", -EINVAL, 0, 0 },
		{ ":1", -EINVAL, 0, 0 },
		{ ":", -EINVAL, 0, 0 },
		{ "", -EINVAL, 0, 0 },
		{ "1:2:3", -EINVAL, 0, 0 },
		{ "4294967295", -EINVAL, 0, 0 },
		{ "-1", -EINVAL, 0, 0 },
		{ " 1", -EINVAL, 0, 0 },
		{ "1 ", -EINVAL, 0, 0 },
		{ "1000", -EINVAL, 0, 0 },
		{ "0x1", -EINVAL, 0, 0 },
		{ "1:4294967295", -EINVAL, 0, 0 },
		{ "99999999999999999999", -EINVAL, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autoarena a = { 0 };
		struct plan p;
		int r = plan(&a, &(struct exec_edits){ 0 }, rows[i].user, &p);

		claim(r == rows[i].result && (r < 0 || (p.process.uid == rows[i].uid && p.process.gid == rows[i].gid)), "--user '%s'",
		      rows[i].user);
	}
}

static void nonsense_is_refused(void)
{
	static const char *const groups[] = { "", "x", "-1", "4294967295", "1x", " 1" };
	autoarena a = { 0 };
	struct plan p;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct exec_edits e = { 0 };

		strv_push(&a, &e.groups, arena_strdup(&a, groups[i]));
		claim(plan(&a, &e, NULL, &p) == -EINVAL, "--additional-gids '%s'", groups[i]);
	}
	claim(plan(&a, &(struct exec_edits){ .cwd = "tmp" }, NULL, &p) == -EINVAL, "--cwd must be absolute");
	{
		struct exec_edits e = { 0 };

		strv_push(&a, &e.caps, arena_strdup(&a, "CAP_NONSENSE"));
		claim(plan(&a, &e, NULL, &p) == -EINVAL, "--cap must be a capability");
	}
}

int main(void)
{
	process_is_the_containers();
	options_change_only_what_they_name();
	users_are_read_with_care();
	nonsense_is_refused();
	return tap_done();
}
