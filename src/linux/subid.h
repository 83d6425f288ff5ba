/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* subid.h - the subordinate ids that the host grants a user: all ranges, by name and by number, from files or NSS.
 *
 * Where nsswitch.conf names anything but "files", libsubid is asked (opened only then: it costs more than all the rest
 * of the start); "files" are read here, as libsubid would. */
#include "plan/vocabulary.h"

struct subids {
	struct id_ranges uids, gids;
	const char *source;  /* the words behind "subid:" in nsswitch.conf, or "files" */
	uint32_t free_start; /* the first block above every range of the files, 0 when there is none */
};

/* user may be NULL where the uid has no name. Missing files grant nothing. */
void subid_probe(struct arena *a, const char *user, uint32_t uid, struct subids *ret);
/* For tests: one file's text. */
void subid_parse(struct arena *a, const char *text, const char *user, uint32_t uid, struct id_ranges *ret, uint64_t *ret_end);
