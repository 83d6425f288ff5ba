/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* spec_fields.h - the tables of config.json that others read or write too. */
#include "base/field.h"

extern const struct fields spec_fields, spec_process_fields, spec_seccomp_fields, spec_resources_fields, spec_id_mapping_fields;

/* Closed sets of words that `features` lists too; each ends with a NULL name. */
extern const struct word spec_seccomp_actions[], spec_seccomp_operators[], spec_seccomp_archs[], spec_seccomp_flags[], spec_memory_modes[],
	spec_memory_flags[];
