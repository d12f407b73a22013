/*
 * The method token of a request line.
 *
 * http-parser 2.9.4 does not know RPC_IN_DATA, RPC_OUT_DATA and others, so it
 * is never shown the method: head.c lifts the token off, shows the parser
 * POST in its place, and the saved token is what is forwarded and logged.
 */
#ifndef CASGATE_HTTP_METHOD_H
#define CASGATE_HTTP_METHOD_H

#include <stdbool.h>

#include "base/text.h"

#define METHOD_BYTES_MAX 32

enum method {
	METHOD_OTHER,  /* allowed, nothing special: GET, POST, PROPFIND ... */
	METHOD_HEAD,   /* its answer never has a body */
	METHOD_RPC,    /* RPC_IN_DATA, RPC_OUT_DATA: a channel */
	METHOD_REFUSED /* unknown, or one we don't serve: 501 */
};

/* What a complete token is; the list of those allowed lives in method.c. */
enum method method_of(struct text token);

#endif
