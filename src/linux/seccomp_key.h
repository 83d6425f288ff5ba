/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* seccomp_key.h - a profile as bytes: every byte that decides about its program, and nothing else. Equal bytes mean
 * equal programs; the helper that compiles gets the profile in this form. */
#include "linux/seccomp.h"

struct bytes {
	char *items;
	size_t n, room;
};

void bytes_add(struct arena *a, struct bytes *b, const void *data, size_t n);

struct bytes seccomp_key(struct arena *a, const struct seccomp_profile *p);
/* The other way round; strings point into key. -EINVAL without a sentence when it is no key of this machine. */
int seccomp_key_parse(struct arena *a, const char *key, size_t len, struct seccomp_profile *ret);
