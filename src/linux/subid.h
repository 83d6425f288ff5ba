/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* subid.h - the subordinate ids that the host grants a user: all ranges, by name and by number, from files or NSS.
 *
 * Where nsswitch.conf names anything but "files", or /etc/passwd does not know the user, libsubid is asked through the
 * helper urun-subid (that costs more than all the rest of a start); "files" are read here, as libsubid would. */
#include "plan/vocabulary.h"

struct subids {
	const char *user; /* login name, or NULL */
	struct id_ranges uids, gids;
	const char *source;  /* the words behind "subid:" in nsswitch.conf, or "files" */
	uint32_t free_start; /* the first block above every range of the files, 0 when there is none */
};

/* Missing files grant nothing. */
void subid_probe(struct arena *a, uint32_t uid, struct subids *ret);
/* One file's text: the ranges of this user, and the end of the highest range of all. */
void subid_parse(struct arena *a, const char *text, const char *user, uint32_t uid, struct id_ranges *ret, uint64_t *ret_end);
