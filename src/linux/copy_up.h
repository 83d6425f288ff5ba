/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* copy_up.h - fill a new tmpfs with a copy of what it is about to hide ("tmpcopyup"). */

/* Both are directories; from may be O_PATH. Directories, regular files and symbolic links are copied with their modes
 * and owners, other kinds are left out. Stays on one file system and never follows a link. */
int copy_up(int from, int to);
