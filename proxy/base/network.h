/*
 * A range of addresses: 10.0.0.0/8, 2001:db8::/32, or 192.0.2.1 alone.
 *
 * All is kept as IPv6, an IPv4 address as the one that stands for it there
 * (RFC 4291 2.5.5.2): that is what a listener for both hears of its client.
 */
#ifndef CASGATE_BASE_NETWORK_H
#define CASGATE_BASE_NETWORK_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/text.h"

#define NETWORK_BYTES 16

/* "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128" and a NUL. */
#define NETWORK_TEXT_MAX 56

struct network {
	unsigned char bytes[NETWORK_BYTES];
	unsigned bits; /* of them, that count */
};

/* 0, or -1 and a sentence about what to write instead. */
int network_parse(
    struct network *network, struct text text, struct problem *why);

/* As it would be written. `to` has NETWORK_TEXT_MAX bytes; gives `to`. */
const char *network_print(const struct network *network, char *to);

/* A range of IPv6 holds no address that stands for one of IPv4. */
bool network_has(
    const struct network *network, const unsigned char address[NETWORK_BYTES]);

#endif
