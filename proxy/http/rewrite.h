/*
 * Heads as they go on: written anew from what was understood, names in their
 * case and order, repeated fields apart.
 */
#ifndef CASGATE_HTTP_REWRITE_H
#define CASGATE_HTTP_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "http/head.h"

/* What the CAS is told of the client. */
struct forwarding {
	struct text client; /* address without port, for X-Forwarded-For */
	uint16_t port;      /* of ours that was connected to */
	bool tls;           /* Front-End-Https: On, X-Forwarded-Proto: https */
};

/*
 * Adds the request head for the CAS to `to`: hop-by-hop fields, Via, the
 * client's copies of our fields (also with `_` for `-`) and names that shadow
 * others with `_` left out, ours added at the end (RFC 9110 7.6.1). Out of
 * memory: to->failed.
 */
void rewrite_request(struct buffer *to, const struct head *head,
    const struct forwarding *forwarding);

/* How a response is mended for the client. */
struct mending {
	bool plain_rpc; /* on /rpc: nothing is mended, nothing added */
	bool tls;       /* the client came over TLS */
	uint16_t port;  /* of ours; 443 is not written */
	/* Is that host (as head_host_name() gives it) one of ours? */
	bool (*is_ours)(void *owner, struct text host);
	void *owner;
	bool close;   /* we close afterwards: say so */
	bool dechunk; /* the client speaks HTTP/1.0: take chunking out */
};

/* Adds the response head for the client: the status line byte for byte;
 * Location, Content-Location and Set-Cookie mended unless plain_rpc. */
void rewrite_response(
    struct buffer *to, const struct head *head, const struct mending *mending);

#endif
