/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* helper.h - programs of our own for what the start normally does not need.
 *
 * urun is linked statically: without a loader a start is faster and takes half the memory. What needs a library of the
 * host (libsubid with its NSS modules, libseccomp) is a small program beside it that is run on the cold path only. */
#include "base/mem.h"

/* Where the helper is: beside urun in a build tree, or installed. NULL when it is nowhere. */
char *helper_path(struct arena *a, const char *name);

enum { HELPER_OUTPUT_MAX = 256 * 1024 };

/* Run it, or a program that $PATH finds, with input on its standard input; *ret is what it wrote, less than max bytes. What it said on
 * standard error, when it failed, is the sentence of the error; exit status HELPER_NO_LIBRARY means that its library is not installed
 * (-ELIBACC). */
enum { HELPER_NO_LIBRARY = 3 };
int helper_run(struct arena *a, char *const argv[], const void *input, size_t len, size_t max, char **ret, size_t *ret_len);
/* Execute it in our place; returns only with an error. */
int helper_become(char *const argv[]);
