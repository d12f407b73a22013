/*
 * A socket address, IPv4 or IPv6, and how it is written.
 */
#ifndef CASGATE_NET_ADDRESS_H
#define CASGATE_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/text.h"

/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535" and a NUL. */
#define ADDRESS_TEXT_MAX 56

struct address {
	/* No larger than needed: each session keeps one. */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} sa;
	socklen_t len;
};

/* Reads "10.0.0.1:80" or "[::1]:80"; no names. False for anything else. */
bool address_parse(struct address *address, struct text text);

/* "10.0.0.1:80", "[::1]:80"; an IPv4 address mapped into IPv6 is written as
 * IPv4. `to` has ADDRESS_TEXT_MAX bytes; returns the length written. */
size_t address_print(const struct address *address, char *to);

/* The same without port and brackets, as X-Forwarded-For wants it. */
size_t address_print_host(const struct address *address, char *to);

uint16_t address_port(const struct address *address);

/* Also when it is mapped into IPv6 (RFC 4291 2.5.5.2), as a listener for both
 * hears of it. */
bool address_is_v4(const struct address *address);

/* Writes the host as 16 bytes of IPv6, an IPv4 address mapped into it. Zeros
 * for any other family. */
void address_host(const struct address *address, unsigned char to[16]);

#endif
