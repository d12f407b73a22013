/*
 * A header of a head, and what its name means to us.
 */
#ifndef CASGATE_HTTP_FIELD_H
#define CASGATE_HTTP_FIELD_H

#include "base/text.h"

enum field_kind {
	FIELD_PLAIN, /* goes on as it came */
	FIELD_HOST,
	FIELD_CONTENT_LENGTH,
	FIELD_TRANSFER_ENCODING,
	FIELD_CONNECTION,
	FIELD_EXPECT,
	FIELD_LOCATION, /* Content-Location too */
	FIELD_SET_COOKIE,
	FIELD_END_TO_END, /* meant for the far end; Connection can't name it */
	FIELD_PROXY,      /* Proxy-Support, Proxy-Auth*: of the far end too,
	                     since we are transparent to NTLM (RFC 4559 6) */
	FIELD_HOP_BY_HOP, /* or named in Connection: goes no further */
	FIELD_VIA,        /* IIS authenticates each request when it sees one */
	FIELD_FORWARDING, /* ours to say: Front-End-Https, X-Forwarded-* */
	FIELD_SHADOW /* one of the above with `_` for `-`, the same to CGI */
};

struct field {
	struct text name, value; /* value without the spaces around it */
	enum field_kind kind;
};

/* What a name that the guard has passed means, in any letter case. */
enum field_kind field_kind_of(struct text name);

#endif
