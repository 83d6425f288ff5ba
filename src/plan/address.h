/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* address.h - addresses of IPv4 and IPv6 as text, read as inet_pton(3) does it, which a layer that calls nobody does without. */
#include "base/mem.h"

enum { ADDRESS_V4 = 4, ADDRESS_V6 = 16 };

struct address {
	size_t len; /* ADDRESS_V4, ADDRESS_V6 */
	uint8_t bytes[ADDRESS_V6];
};

bool address_read(const char *text, struct address *ret);
/* "10.0.2.0/24": nothing behind the network's bits, and room for what slirp4netns(1) puts there (--cidr). */
bool address_is_network(const char *cidr);
/* The address that is n behind the first one of an address_is_network(). */
const char *address_in(struct arena *a, const char *cidr, uint32_t n);
/* 0.0.0.0, :: */
bool address_is_any(const struct address *addr);
