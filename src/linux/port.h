/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* port.h - whether ports of the host can be had, and if not, why: before anybody is asked to forward it, who knows less. */
#include "plan/vocabulary.h"

/* Bind them all and let them go again. Where a host_port is 0, the free port that was found stands there afterwards. */
int ports_try(struct arena *a, struct port_forwards *l);
