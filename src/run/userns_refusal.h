/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* userns_refusal.h - why this host refuses a user namespace, in words that help. */
#include "linux/ns.h"

/* Records the error; returns -r->num. */
int userns_refused(const struct ns_refusal *r);
