/*
 * A host with an optional port, as in Host or in a URL (RFC 3986 3.2).
 *
 * Read strictly: letters, digits, `-`, `_` and dots, or an IPv6 address in
 * brackets; nothing that two readers could take for different hosts.
 */
#ifndef CASGATE_HTTP_HOST_H
#define CASGATE_HTTP_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct host {
	struct text name; /* without a trailing dot; an IPv6 address in its
	                     brackets */
	uint16_t port;    /* 0: not written */
};

/* False if `text` is anything else. */
bool host_read(struct text text, struct host *host);

#endif
