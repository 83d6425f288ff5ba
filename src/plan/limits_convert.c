/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits_convert.c - single values of v1 as v2 and systemd have them. */
#include "plan/limits_parts.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A parabola through (2, 1), (1024, 100) and (262144, 10000) on logarithmic scales: log10(weight) = l²/612 + 125 l/612 - 7/34.
 * On one denominator, because this way the three are exact whatever the machine does with intermediate results. */
uint64_t limits_cpu_weight(uint64_t shares)
{
	double l, weight;
	uint64_t whole;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2((double)shares);
	weight = pow(10, (l * (l + 125) - 126) / 612);
	whole = (uint64_t)weight;
	return (double)whole < weight ? whole + 1 : whole;
}

uint64_t limits_io_weight(uint64_t weight)
{
	if (weight <= 10)
		return 1;
	return weight >= 1000 ? 10000 : 1 + (weight - 10) * 9999 / 990;
}

const char *limits_controller(struct arena *a, const char *file)
{
	return arena_strndup(a, file, strcspn(file, "."));
}

bool number_scan(const char **p, uint64_t *ret)
{
	const char *s = *p;
	uint64_t n = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return false;
	*p = s;
	*ret = n;
	return true;
}

/* No Linux has more processors, or nodes. */
enum { CPUS_MAX = 8192 };

/* "N" or "N-M" */
static bool range_scan(const char **p, uint64_t *ret_first, uint64_t *ret_last)
{
	if (!number_scan(p, ret_first))
		return false;
	*ret_last = *ret_first;
	if (**p != '-')
		return *ret_first < CPUS_MAX;
	(*p)++;
	return number_scan(p, ret_last) && *ret_first <= *ret_last && *ret_last < CPUS_MAX;
}

const char *limits_cpu_mask(struct arena *a, const char *list)
{
	static const char between[] = ", \t\n";
	uint8_t bytes[CPUS_MAX / 8] = { 0 };
	uint64_t first, last, most = 0;
	bool some = false;
	char *mask;

	for (list += strspn(list, between); *list; list += strspn(list, between)) {
		if (!range_scan(&list, &first, &last) || (*list && !strchr(between, *list)))
			return NULL;
		for (uint64_t i = first; i <= last; i++)
			bytes[i / 8] = (uint8_t)(bytes[i / 8] | 1u << i % 8);
		most = last > most ? last : most;
		some = true;
	}
	if (!some)
		return NULL;
	mask = arena_alloc(a, (most / 8 + 1) * 2 + 1);
	for (uint64_t i = 0; i <= most / 8; i++)
		(void)snprintf(mask + 2 * i, 3, "%02x", bytes[i]);
	return mask;
}
