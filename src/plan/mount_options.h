/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* mount_options.h - the mount options of config.md as kernel flags. */
#include "plan/vocabulary.h"

struct mount_options {
	struct mount_flags flags;
	bool bind, rbind, remount, copy_up;
	bool idmap, ridmap;
	struct strv data; /* everything else: options of the file system */
};

void mount_options_parse(struct arena *a, const struct strv *options, struct mount_options *ret);

/* Whether the file system takes this option ("mode=755"); types we do not know take anything. */
bool mount_data_known(const char *fstype, const char *option);

/* The options of config.md by number, or NULL behind the last one. */
const char *mount_option_name(size_t i);
/* "ro,nosuid,nodev", with the recursive ones as "rro"; "" for none. */
const char *mount_flags_text(struct arena *a, const struct mount_flags *f);
const char *propagation_name(uint64_t ms_flag);
uint64_t propagation_flag(const char *name);
