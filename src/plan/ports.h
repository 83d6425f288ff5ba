/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* ports.h - ports of the host that lead into the container, as people write them: [IP:][HOST:]CONTAINER[/PROTOCOL]. */
#include "plan/vocabulary.h"

enum { PORT_MAX = 65535, PORT_FORWARDS_MAX = 65535 };

/* Append what one means; option is what it is called in messages: a range is one forward for each of its ports. Without HOST they have
 * host_port 0. */
int ports_parse(struct arena *a, const char *option, const char *text, struct port_forwards *ret);
