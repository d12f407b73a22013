/*
 * A socket address, IPv4 or IPv6, and how it is written.
 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool
parse_port(struct text text, in_port_t *port)
{
	uint64_t number;

	if (text.len > 5 || !text_to_number(text, &number) ||
	    number > UINT16_MAX)
		return false;
	*port = htons((uint16_t)number);
	return true;
}

/* inet_pton() wants a NUL. */
static bool
parse_host(int family, struct text text, void *to)
{
	char host[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(host) || memchr(text.at, '\0', text.len) != NULL)
		return false;
	memcpy(host, text.at, text.len);
	host[text.len] = '\0';
	return inet_pton(family, host, to) == 1;
}

bool
address_parse(struct address *address, struct text text)
{
	struct sockaddr_in *v4 = &address->sa.v4;
	struct sockaddr_in6 *v6 = &address->sa.v6;
	const char *colon = memrchr(text.at, ':', text.len);
	struct text host, port;

	if (colon == NULL)
		return false;
	host = (struct text){text.at, (size_t)(colon - text.at)};
	port = (struct text){colon + 1, text.len - host.len - 1};
	*address = (struct address){0};
	if (host.len >= 2 && host.at[0] == '[' &&
	    host.at[host.len - 1] == ']') {
		host = (struct text){host.at + 1, host.len - 2};
		v6->sin6_family = AF_INET6;
		address->len = sizeof(*v6);
		return parse_host(AF_INET6, host, &v6->sin6_addr) &&
		    parse_port(port, &v6->sin6_port);
	}
	v4->sin_family = AF_INET;
	address->len = sizeof(*v4);
	return parse_host(AF_INET, host, &v4->sin_addr) &&
	    parse_port(port, &v4->sin_port);
}

uint16_t
address_port(const struct address *address)
{
	switch (address->sa.any.sa_family) {
	case AF_INET:
		return ntohs(address->sa.v4.sin_port);
	case AF_INET6:
		return ntohs(address->sa.v6.sin6_port);
	}
	return 0;
}

/* Where the four bytes of an IPv4 address are, or NULL when it is none. */
static const void *
find_v4(const struct address *address)
{
	const struct sockaddr_in *v4 = &address->sa.v4;
	const struct sockaddr_in6 *v6 = &address->sa.v6;

	if (v4->sin_family == AF_INET)
		return &v4->sin_addr;
	if (v4->sin_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		return &v6->sin6_addr.s6_addr[12];
	return NULL;
}

bool
address_is_v4(const struct address *address)
{
	return find_v4(address) != NULL;
}

void
address_host(const struct address *address, unsigned char to[16])
{
	const void *v4 = find_v4(address);

	memset(to, 0, 16);
	if (v4 != NULL) {
		to[10] = to[11] = 0xff;
		memcpy(to + 12, v4, 4);
	} else if (address->sa.any.sa_family == AF_INET6) {
		memcpy(to, &address->sa.v6.sin6_addr, 16);
	}
}

static char *
put_v4(char *to, const unsigned char bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*to++ = '.';
		to = text_put_number(to, bytes[i]);
	}
	return to;
}

static char *
put_host(char *to, const struct address *address)
{
	const struct sockaddr_in6 *v6 = &address->sa.v6;
	const void *v4 = find_v4(address);

	if (v4 != NULL)
		return put_v4(to, v4);
	if (v6->sin6_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, to, INET6_ADDRSTRLEN);
	else
		strcpy(to, "unknown"); /* a socket of another family */
	return to + strlen(to);
}

size_t
address_print_host(const struct address *address, char *to)
{
	char *end = put_host(to, address);

	*end = '\0';
	return (size_t)(end - to);
}

size_t
address_print(const struct address *address, char *to)
{
	bool brackets =
	    address->sa.any.sa_family == AF_INET6 && find_v4(address) == NULL;
	char *at = to;

	if (brackets)
		*at++ = '[';
	at = put_host(at, address);
	if (brackets)
		*at++ = ']';
	*at++ = ':';
	at = text_put_number(at, address_port(address));
	*at = '\0';
	return (size_t)(at - to);
}
