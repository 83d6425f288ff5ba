/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* rootfs.h - build the container's file tree in a mount namespace of its own.
 *
 * In two halves, because most of the work needs no user ids and can be done while newuidmap runs:
 * prepare makes mounts that hang nowhere yet, build puts them in place. Sources of the host are opened in the first
 * half, so nothing that build mounts can redirect them. Targets are resolved inside the root (inroot.h). */
#include "plan/vocabulary.h"

struct rootfs {
	const struct mount_root *plan;
	const struct mount_ops *ops;
	int root;      /* O_PATH: "/" of the container */
	int below;     /* O_PATH: the root file system as the host shows it */
	int *prepared; /* one mount per op, -1 where build makes it */
	bool own_ids;
	int null;  /* the host's /dev/null, checked */
	int empty; /* the empty directory over masked directories, -1 until the first */
};

/* Nothing leaves our mount namespace, and nothing comes in. */
int rootfs_isolate(void);
/* own_ids: our ids stay the same when they are mapped, so what we make before is ours after. */
int rootfs_prepare(struct arena *a, const struct mount_root *root, const struct mount_ops *ops, bool own_ids, struct rootfs *ret);
int rootfs_build(struct rootfs *r);
/* Make it "/" and leave the host's tree. */
int rootfs_enter(struct rootfs *r);
/* Read-only and propagation, once nothing has to be made in it any more. */
int rootfs_seal(const struct rootfs *r);
