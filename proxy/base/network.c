/*
 * A range of addresses.
 */
#include "base/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* In front of the four bytes of an IPv4 address. */
static const unsigned char v4_prefix[] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

#define V4_AT sizeof(v4_prefix)
#define V4_BITS (8 * V4_AT)
#define ALL_BITS (8 * NETWORK_BYTES)

static bool
is_v4(const unsigned char address[NETWORK_BYTES])
{
	return memcmp(address, v4_prefix, sizeof(v4_prefix)) == 0;
}

static bool
parse_address(unsigned char to[NETWORK_BYTES], struct text text)
{
	char string[INET6_ADDRSTRLEN]; /* inet_pton() wants a NUL */

	if (text.len >= sizeof(string) ||
	    memchr(text.at, '\0', text.len) != NULL)
		return false;
	memcpy(string, text.at, text.len);
	string[text.len] = '\0';
	memcpy(to, v4_prefix, sizeof(v4_prefix));
	return inet_pton(AF_INET, string, to + V4_AT) == 1 ||
	    inet_pton(AF_INET6, string, to) == 1;
}

/* The first bits, and zeros. */
static void
cut(unsigned char bytes[NETWORK_BYTES], unsigned bits)
{
	for (unsigned i = 0; i < NETWORK_BYTES; i++) {
		unsigned kept = bits > 8 ? 8 : bits;

		bytes[i] &= (unsigned char)(0xff00 >> kept);
		bits -= kept;
	}
}

int
network_parse(struct network *network, struct text text, struct problem *why)
{
	struct network whole = {.bits = ALL_BITS};
	const char *slash = memchr(text.at, '/', text.len);
	struct text address = text, length = {"", 0};
	char instead[NETWORK_TEXT_MAX];
	uint64_t bits;
	bool v4;

	if (slash != NULL) {
		address.len = (size_t)(slash - text.at);
		length = (struct text){slash + 1, text.len - address.len - 1};
	}
	if (!parse_address(whole.bytes, address)) {
		problem_set(why,
		    "'%.*s' is no network; write 10.0.0.0/8, 2001:db8::/32, or "
		    "an address alone",
		    TEXT_ARG(text));
		return -1;
	}
	v4 = memchr(address.at, ':', address.len) == NULL;
	if (slash != NULL &&
	    (!text_to_number(length, &bits) || bits > (v4 ? 32 : ALL_BITS))) {
		problem_set(why, "'%.*s' is no length; it goes from 0 to %u",
		    TEXT_ARG(length), v4 ? 32U : (unsigned)ALL_BITS);
		return -1;
	}
	if (slash != NULL)
		whole.bits = (unsigned)bits + (v4 ? V4_BITS : 0);
	*network = whole;
	cut(network->bytes, network->bits);
	if (memcmp(network->bytes, whole.bytes, sizeof(whole.bytes)) == 0)
		return 0;
	problem_set(why,
	    "'%.*s' has an address longer than its length says; write %s",
	    TEXT_ARG(text), network_print(network, instead));
	return -1;
}

const char *
network_print(const struct network *network, char *to)
{
	bool v4 = is_v4(network->bytes) && network->bits >= V4_BITS;
	unsigned all = v4 ? 32 : ALL_BITS;
	unsigned bits = network->bits - (v4 ? V4_BITS : 0);
	size_t len;

	if (v4)
		inet_ntop(
		    AF_INET, network->bytes + V4_AT, to, NETWORK_TEXT_MAX);
	else
		inet_ntop(AF_INET6, network->bytes, to, NETWORK_TEXT_MAX);
	len = strlen(to);
	if (bits < all)
		snprintf(to + len, NETWORK_TEXT_MAX - len, "/%u", bits);
	return to;
}

bool
network_has(
    const struct network *network, const unsigned char address[NETWORK_BYTES])
{
	unsigned char front[NETWORK_BYTES];

	if (network->bits < V4_BITS && is_v4(address))
		return false;
	memcpy(front, address, sizeof(front));
	cut(front, network->bits);
	return memcmp(front, network->bytes, sizeof(front)) == 0;
}
