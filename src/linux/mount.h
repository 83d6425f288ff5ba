/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* mount.h - mounts by file descriptor: made detached, configured, then moved into place (Linux 5.12). */
#include "plan/vocabulary.h"

/* A new file system, hanging nowhere; -errno with the kernel's own words. */
int mount_new(const char *fstype, const char *source, const struct strv *data, const struct mount_flags *flags);
/* A copy of what is mounted at path below dirfd (path "" for dirfd itself). */
int mount_clone(int dirfd, const char *path, bool recursive);
/* -errno with a sentence that names the flags which the kernel holds locked. */
int mount_change(int fd, const struct mount_flags *flags);
int mount_attach(int mount, int target);
/* Give the mount an id mapping of its own (mount_setattr(2), MOUNT_ATTR_IDMAP). */
int mount_idmap(int mount, int userns, bool recursive);
