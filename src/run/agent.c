/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/agent.h"
#include "linux/unix_socket.h"
#include "run/oci_state.h"
#include <string.h>

/* "containerProcessState" of config-linux.md. */
static const char *process_state(struct arena *a, const struct seccomp_profile *s, const struct record *container, const char *status,
				 pid_t init, pid_t process)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	json_member(w, "ociVersion", container->oci_version);
	json_key(w, "fds");
	json_open_array(w);
	json_string(w, "seccompFd");
	json_close_array(w);
	json_member_int(w, "pid", process);
	json_member(w, "metadata", s->listener_metadata);
	json_key(w, "state");
	json_open_object(w);
	oci_state_members(w, container, status, init);
	json_close_object(w);
	json_close_object(w);
	return arena_strdup(a, json_text(w, NULL));
}

int agent_hand_over(const struct talk *t, const struct seccomp_profile *s, const struct record *container, const char *status, pid_t init,
		    pid_t process)
{
	autoclose int listener = -1, agent = -1;
	const char *state;
	int r;

	if (!s || !s->listener_path)
		return 0;
	if ((r = talk_hear(t, SYNC_LISTENER, NULL, &listener)) < 0)
		return r;
	if ((agent = unix_connect(s->listener_path)) < 0)
		return err_in(agent, "/linux/seccomp/listenerPath");
	state = process_state(t->arena, s, container, status, init, process);
	return unix_send_fd(agent, state, strlen(state), listener);
}
