/*
 * What is answered to a ClientHello: which certificate, and whether at all.
 */
#ifndef CASGATE_TLS_HELLO_H
#define CASGATE_TLS_HELLO_H

#include <openssl/ssl.h>

#include "tls/certificates.h"

/* How a listener answers. */
struct hello_rules {
	const struct certificates *certificates; /* borrowed */
	SSL_CTX *fallback; /* borrowed; NULL: without a covered name, refuse */
	EVP_MD *sha256;    /* owned; fetched once */
};

/* What was asked for on one connection. */
struct hello {
	char *sni;           /* owned; lower case; NULL: none */
	const char *refused; /* a literal; NULL: it was not */
};

/* That of the connection which this SSL works for; only where OpenSSL calls
 * back. Whoever makes the SSL sees to it: tls_conn. */
struct hello *hello_of(const SSL *ssl);

/* Lets a context answer by these rules, which must outlive it. */
void hello_serve(struct hello_rules *rules, SSL_CTX *context);

#endif
