/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* agent.h - the seccomp agent: who answers for system calls that the profile does not decide (config-linux.md, "Seccomp"). */
#include "run/record.h"
#include "run/talk.h"
#include "plan/vocabulary.h"

/* Take the listener from the process inside and give it to the agent, with the "container process state": the container's
 * status and process 1, and the process that the listener is of. Nothing without a profile that has an agent. */
int agent_hand_over(const struct talk *t, const struct seccomp_profile *s, const struct record *container, const char *status, pid_t init,
		    pid_t process);
