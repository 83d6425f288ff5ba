/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/address.h"
#include "plan/limits_parts.h"
#include <string.h>

enum { V4_BYTES = ADDRESS_V4, V6_BYTES = ADDRESS_V6, V6_GROUP_DIGITS = 4 };

/* "127.0.0.1", up to its end. */
static bool v4_read(const char *text, uint8_t ret[static V4_BYTES])
{
	for (size_t i = 0; i < V4_BYTES; i++) {
		size_t len = strspn(text, "0123456789");
		uint64_t n;

		/* To some, a 0 in front makes a number octal. */
		if (len > 1 && *text == '0')
			return false;
		if (!number_scan(&text, &n) || n > UINT8_MAX || *text != (i + 1 < V4_BYTES ? '.' : '\0'))
			return false;
		ret[i] = (uint8_t)n;
		text++;
	}
	return true;
}

static unsigned hex_value(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* The bytes before and behind "::" as they stand, and where it stands among them. */
struct v6_text {
	uint8_t bytes[V6_BYTES];
	size_t n, gap; /* gap > V6_BYTES: there is none */
};

static bool v6_read_group(const char **text, struct v6_text *t)
{
	size_t len = strspn(*text, "0123456789abcdefABCDEF");
	unsigned n = 0;

	if ((*text)[len] == '.') { /* the last 32 bits as IPv4 */
		if (t->n + V4_BYTES > V6_BYTES || !v4_read(*text, t->bytes + t->n))
			return false;
		t->n += V4_BYTES;
		*text += strlen(*text);
		return true;
	}
	if (len == 0 || len > V6_GROUP_DIGITS || t->n + 2 > V6_BYTES)
		return false;
	for (; len > 0; len--)
		n = n << 4 | hex_value(*(*text)++);
	t->bytes[t->n++] = (uint8_t)(n >> 8);
	t->bytes[t->n++] = (uint8_t)n;
	return true;
}

static bool v6_read_groups(const char *text, struct v6_text *t)
{
	for (;;) {
		if (strncmp(text, "::", 2) == 0) {
			if (t->gap <= V6_BYTES)
				return false;
			t->gap = t->n;
			text += 2;
			if (!*text)
				return true;
		} else if (t->n > 0 && *text++ != ':') {
			return false;
		}
		if (!v6_read_group(&text, t))
			return false;
		if (!*text)
			return true;
	}
}

static bool v6_read(const char *text, uint8_t ret[static V6_BYTES])
{
	struct v6_text t = { .gap = V6_BYTES + 1 };
	size_t behind;

	if (!v6_read_groups(text, &t))
		return false;
	if (t.gap > V6_BYTES && t.n < V6_BYTES)
		return false;
	if (t.gap <= V6_BYTES && t.n == V6_BYTES) /* "::" for nothing */
		return false;
	behind = t.gap > V6_BYTES ? 0 : t.n - t.gap;
	memset(ret, 0, V6_BYTES);
	memcpy(ret, t.bytes, t.n - behind);
	memcpy(ret + V6_BYTES - behind, t.bytes + t.n - behind, behind);
	return true;
}

bool address_read(const char *text, struct address *ret)
{
	bool is_v6 = strchr(text, ':');

	ret->len = is_v6 ? V6_BYTES : V4_BYTES;
	return is_v6 ? v6_read(text, ret->bytes) : v4_read(text, ret->bytes);
}

bool address_is_any(const struct address *addr)
{
	static const uint8_t any[V6_BYTES];

	return memcmp(addr->bytes, any, addr->len) == 0;
}

/* ---- networks of IPv4 ---- */

static bool read_network(const char *cidr, uint32_t *ret_first, uint64_t *ret_bits)
{
	size_t len = strcspn(cidr, "/");
	char text[sizeof("255.255.255.255")];
	const char *bits = cidr + len + 1;
	uint8_t bytes[V4_BYTES];

	if (!cidr[len] || len >= sizeof(text))
		return false;
	memcpy(text, cidr, len);
	text[len] = '\0';
	if (!v4_read(text, bytes) || !number_scan(&bits, ret_bits) || *bits)
		return false;
	*ret_first = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
	return true;
}

bool address_is_network(const char *cidr)
{
	uint32_t first;
	uint64_t bits;

	return read_network(cidr, &first, &bits) && bits >= 8 && bits <= 25 && (first & (UINT32_MAX >> bits)) == 0;
}

const char *address_in(struct arena *a, const char *cidr, uint32_t n)
{
	uint32_t first = 0;
	uint64_t bits;

	(void)read_network(cidr, &first, &bits);
	first += n;
	return arena_printf(a, "%u.%u.%u.%u", first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255);
}
