#include "http/method.h"

#include <string.h>

#define ROW(name, kind)                                                        \
	{                                                                      \
		name, sizeof(name) - 1, METHOD_##kind                          \
	}

/* Those met most often first. RPC_CONNECT (RPC over HTTP v1), CONNECT and
 * TRACE are left out on purpose, and so are RDG_* until someone serves them. */
static const struct row {
	const char *name;
	unsigned char len;
	unsigned char method;
} allowed[] = {
    ROW("GET", OTHER),
    ROW("POST", OTHER),
    ROW("OPTIONS", OTHER),
    ROW("HEAD", HEAD),
    ROW("RPC_IN_DATA", RPC),
    ROW("RPC_OUT_DATA", RPC),
    ROW("PUT", OTHER),
    ROW("DELETE", OTHER),
    ROW("PATCH", OTHER),
    /* WebDAV, RFC 4918, and what OWA 2003 and 2007 add to it (MS-WDVME). */
    ROW("PROPFIND", OTHER),
    ROW("PROPPATCH", OTHER),
    ROW("MKCOL", OTHER),
    ROW("COPY", OTHER),
    ROW("MOVE", OTHER),
    ROW("LOCK", OTHER),
    ROW("UNLOCK", OTHER),
    ROW("SEARCH", OTHER),
    ROW("POLL", OTHER),
    ROW("SUBSCRIBE", OTHER),
    ROW("UNSUBSCRIBE", OTHER),
    ROW("NOTIFY", OTHER),
    ROW("BCOPY", OTHER),
    ROW("BDELETE", OTHER),
    ROW("BMOVE", OTHER),
    ROW("BPROPFIND", OTHER),
    ROW("BPROPPATCH", OTHER),
    ROW("X-MS-ENUMATTS", OTHER),
};

#undef ROW

enum method
method_of(struct text token)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (token.len == allowed[i].len &&
		    memcmp(token.at, allowed[i].name, token.len) == 0)
			return allowed[i].method;
	return METHOD_REFUSED;
}
