/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/oci_state.h"

void oci_state_members(struct json_writer *w, const struct plan *p, const char *status, pid_t pid)
{
	json_member(w, "ociVersion", p->oci_version);
	json_member(w, "id", p->id);
	json_member(w, "status", status);
	json_member_int(w, "pid", pid);
	json_member(w, "bundle", p->bundle);
	json_key(w, "annotations");
	json_open_object(w);
	for (size_t i = 0; i < p->annotations.n; i++)
		json_member(w, p->annotations.items[i].key, p->annotations.items[i].value);
	json_close_object(w);
}

const char *oci_state(struct arena *a, const struct plan *p, const char *status, pid_t pid)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	oci_state_members(w, p, status, pid);
	json_close_object(w);
	return arena_strdup(a, json_text(w, NULL));
}
