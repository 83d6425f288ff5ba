/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* opt.h - options as data: parsing, --help and the check against the man page read the same rows. */
#include "base/mem.h"

enum opt_type {
	OPT_FLAG,   /* bool; --x, --x=false */
	OPT_STRING, /* const char * */
	OPT_LIST,   /* struct strv, repeated */
	OPT_CHOICE, /* int: the index in choices, which stand in arg as "a|b|c" */
	OPT_MAYBE,  /* OPT_CHOICE whose value may be left out: --x means choice 1 */
	OPT_NUMBER, /* unsigned */
	OPT_PEER,   /* a flag that only another runtime has: its name goes to a struct strv */
	OPT_PEER_VALUE,
};

struct opt {
	char letter; /* or 0 */
	const char *name;
	const char *arg; /* how help calls the value; NULL for OPT_FLAG */
	enum opt_type type;
	size_t offset;	  /* in the struct of the command */
	const char *help; /* NULL: another spelling, not shown */
};

struct opt_table {
	const struct opt *rows;
	size_t n;
};

#define OPT_TABLE(rows)                                                                                                                    \
	{                                                                                                                                  \
		rows, ARRAY_SIZE(rows)                                                                                                     \
	}

enum opt_order {
	OPT_FIRST,	 /* options stand before the first word */
	OPT_AROUND_WORD, /* and directly behind it, until the next word or "--" */
	OPT_ANYWHERE,
};

/* Parse argv[0…argc) into out; the words that are no options go to rest, "--" ends the options. Long options may have
 * one dash (Go programs write them so). -errno with a sentence for a wrong one. */
int opts_parse(struct arena *a, const struct opt_table *tables, size_t n_tables, enum opt_order order, int argc, char *argv[], void *out,
	       struct strv *rest);
/* Lines for --help, and for completions and tests that read it. */
const char *opts_help(struct arena *a, const struct opt_table *table);
