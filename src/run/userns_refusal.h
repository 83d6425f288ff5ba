/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* userns_refusal.h - why this host refuses a user namespace, in words that help. */

/* num is the errno of clone3(2) or unshare(2). Records the error; returns -num. */
int userns_refused(int num);
