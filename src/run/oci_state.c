/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/oci_state.h"

struct record record_of(const struct plan *p)
{
	return (struct record){
		.oci_version = (char *)(uintptr_t)p->oci_version,
		.id = (char *)(uintptr_t)p->id,
		.bundle = (char *)(uintptr_t)p->bundle,
		.rootfs = (char *)(uintptr_t)p->root.path,
		.annotations = p->annotations,
		.has_hooks = p->hooks.poststart.n + p->hooks.poststop.n > 0,
	};
}

void oci_state_members(struct json_writer *w, const struct record *r, const char *status, pid_t pid)
{
	json_member(w, "ociVersion", r->oci_version);
	json_member(w, "id", r->id);
	json_member(w, "status", status);
	json_member_int(w, "pid", pid);
	json_member(w, "bundle", r->bundle);
	json_key(w, "annotations");
	json_open_object(w);
	for (size_t i = 0; i < r->annotations.n; i++)
		json_member(w, r->annotations.items[i].key, r->annotations.items[i].value);
	json_close_object(w);
}

const char *oci_state(struct arena *a, const struct record *r, const char *status, pid_t pid)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	oci_state_members(w, r, status, pid);
	json_close_object(w);
	return arena_strdup(a, json_text(w, NULL));
}
