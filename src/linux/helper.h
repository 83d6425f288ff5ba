/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* helper.h - programs of our own for what the start normally does not need.
 *
 * urun is linked statically: without a loader a start is faster and takes half the memory. What needs a library of the
 * host (libsubid with its NSS modules, libseccomp, libsystemd) is a small program beside it that is run on the cold path only. */
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

/* The same for one that runs while we do something else. */
struct helper_job {
	pid_t pid;	/* 0: there is none */
	int out, words; /* its standard output, and its standard error */
};

struct helper_answer {
	int status; /* as waitpid(2) has it */
	char *text; /* what it wrote */
	size_t len;
	const char *words; /* the first line that it said on standard error, or "" */
};

/* argv and the arena belong to it until it has ended. */
int helper_begin(struct arena *a, char *const argv[], const void *input, size_t len, struct helper_job *ret);
/* Wait for it. Below zero is why we have no answer; how it ended is in the answer. A signal that asks to end (signals.h; -1: none is
 * watched) ends it too. Afterwards there is no job. */
int helper_end(struct arena *a, struct helper_job *job, int signal_fd, size_t max, struct helper_answer *ret);
/* Kill it, if there is one. */
void helper_cancel(struct helper_job *job);

/* ---- the parts of a job, for who has other ones ---- */

struct helper_start {
	char *const *argv; /* $PATH is searched for the first word if it has no slash */
	char *const *env;
	int in, out, words; /* its standard input, output and error; -1: as ours */
	const int *keep;    /* descriptors that it gets too, under our numbers; the list has to stay */
	size_t n_keep;
	bool apart; /* it lives on while we do other things: signals of our terminal are not for it */
};

/* It runs in our memory until it executes, and we go on at once; so what is in *s has to stay, and it has to be waited for. */
pid_t helper_spawn(struct arena *a, const struct helper_start *s);
/* Everything that comes from fd, less than max bytes, until nobody can write to it any more, or a signal asks to end. */
int helper_listen(struct arena *a, int fd, int signal_fd, size_t max, char **ret, size_t *ret_len);
/* Its status as waitpid(2) has it, or -errno with a sentence. */
int helper_reap(pid_t pid);
