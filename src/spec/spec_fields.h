/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* spec_fields.h - the tables of config.json that others read or write too. */
#include "spec/field.h"

extern const struct fields spec_fields, spec_seccomp_fields, spec_resources_fields, spec_id_mapping_fields;
