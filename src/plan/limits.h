/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* limits.h - resources of the OCI specification, which speak of cgroup v1, as what cgroup v2 and systemd know. Pure. */
#include "base/json.h"
#include "plan/vocabulary.h"
#include "spec/spec.h"

/* What v2 has no file for (kernel memory, swappiness, network classes, …) goes to ret_left as its JSON pointer. asked: pointers of
 * what the command line has asked for. Returns -errno with a sentence for values that contradict each other or make no sense. */
int limits_to_writes(struct arena *a, const struct spec_resources *r, const struct strv *asked, struct cgroup_writes *ret,
		     struct strv *ret_left);
/* The same limits as properties of a unit, behind those that are in the list; what systemd has no property for is left out, the files say
 * it too. */
void limits_to_properties(struct arena *a, const struct spec_resources *r, struct unit_properties *l);
/* The same with room for those of ours in the unit, which the container is not to pay for: the supervisor, and who connects its network.
 * The cgroup below has the exact limits. */
struct unit_properties limits_with_room(struct arena *a, const struct unit_properties *l, bool networked);
/* "memory" of "memory.max" */
const char *limits_controller(struct arena *a, const char *file);

/* cpu.shares (2 to 262144) as cpu.weight (1 to 10000) so that 1024 is 100, as crun 1.23 and runc 1.3.2 have it. */
uint64_t limits_cpu_weight(uint64_t shares);
/* blkio.weight (10 to 1000) as io.weight (1 to 10000). */
uint64_t limits_io_weight(uint64_t weight);
/* "0-2,5" as the bytes of a mask, lowest first, in hexadecimal; NULL for what is not such a list. */
const char *limits_cpu_mask(struct arena *a, const char *list);

/* Limits as people write them: "64M", "1.5g", "unlimited" or -1; -errno with a sentence that names the option. */
int limits_parse_bytes(const char *option, const char *text, int64_t *ret);
int limits_parse_number(const char *option, const char *text, int64_t min, int64_t max, int64_t *ret);
/* "1.5" processors as microseconds in each 100000; "0" is no limit. */
int limits_parse_cpus(const char *option, const char *text, int64_t *ret_quota);

/* The command line's limits as edits of the resources; the pointers of what has changed go to ret_asked. */
struct limit_options;
int limits_edit(struct arena *a, const struct limit_options *o, struct spec_resources *r, struct strv *ret_asked);

struct limits_change {
	struct spec_resources resources; /* what it has then */
	struct cgroup_writes writes;	 /* what has to be written for it, in this order */
	struct strv left;		 /* pointers of what is asked for and v2 has no file for */
	bool is_nothing;		 /* nothing is asked for */
};
/* Other limits for a container that has these (NULL: none): first those of a file in the form of /linux/resources (NULL: no file; name
 * is for messages), then those of the command line. What they do not speak of stays as it is. */
int limits_update(struct arena *a, const struct spec_resources *now, const char *name, const struct json *file,
		  const struct limit_options *o, struct limits_change *ret);

/* The value of an org.systemd.property.* annotation: a GVariant in text form ("true", "'text'", "uint64 5", "['a', 'b']"). False for
 * what is none of the types of struct unit_property. */
bool unit_value_parse(struct arena *a, const char *text, struct unit_property *ret);
/* A word of an "as" or "a(st)" value. */
const char *unit_value_escape(struct arena *a, const char *word);
