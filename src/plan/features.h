/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* features.h - what this build can do (features.md and features-linux.md of the OCI specification). */
#include "base/json.h"

struct features_facts {
	uint32_t seccomp_flags; /* SECCOMP_FILTER_FLAG_* that the kernel takes */
	const char *version;	/* of urun */
};

void features_write(struct json_writer *w, const struct features_facts *f);
