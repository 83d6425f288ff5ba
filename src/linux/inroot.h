/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* inroot.h - paths inside a root directory whose contents are hostile.
 *
 * Every path is resolved as if root were "/": no "..", symbolic link or race leads out of it. By openat2(2) with
 * RESOLVE_IN_ROOT (Linux 5.6), or where that is blocked by walking component by component without following. */
#include "base/base.h"

enum inroot_rule {
	INROOT_FOLLOW, /* symbolic links are followed inside the root */
	INROOT_STRICT, /* no symbolic link anywhere on the way, nor at the end: ELOOP */
};

/* open(2) flags; O_CLOEXEC is added. -errno without a sentence. */
int inroot_open(int root, const char *path, int flags, enum inroot_rule rule);
/* The directory, made with its parents (0755) where missing; an O_PATH descriptor. */
int inroot_make_dir(int root, const char *path, enum inroot_rule rule);
/* The same for a file: an empty one (0644) is made where nothing is. A symbolic link at its end is followed. */
int inroot_make_file(int root, const char *path, enum inroot_rule rule);
/* And where such a link leads to nothing, it is made there. */
int inroot_make_linked_file(int root, const char *path);
/* The directory of the last component, made where missing; *ret_name points into path. */
int inroot_make_parent(int root, const char *path, const char **ret_name);
