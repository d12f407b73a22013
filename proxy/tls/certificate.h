/*
 * One certificate with its chain and its key.
 */
#ifndef CASGATE_TLS_CERTIFICATE_H
#define CASGATE_TLS_CERTIFICATE_H

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/problem.h"
#include "tls/tls_listener.h"

/* A client that can't do with one kind gets the other. */
enum key_kind { KEY_RSA, KEY_ECDSA, KEY_EDWARDS, KEY_KINDS };

struct certificate {
	X509 *leaf;             /* owned, as is all below */
	STACK_OF(X509) * chain; /* its issuer first; less the root */
	bool rooted;            /* a root stood behind it */
	EVP_PKEY *key;
	enum key_kind kind;
	bool weak; /* OpenSSL's security level 2 would refuse it */
	time_t begins, expires;
	char **names; /* from the SAN, or else the CN; lower case */
	size_t name_count;
	char *common_name; /* "" without one */
};

/* As tls_listener_add(). NULL when there was an error. */
struct certificate *certificate_read(const struct tls_file *chain,
    const struct tls_file *key, struct place where, struct problems *problems);
void certificate_free(struct certificate *certificate); /* NULL is fine */

bool certificate_is_valid(const struct certificate *certificate, time_t now);

/* Puts certificate, chain and key into a context. 0, or -1. */
int certificate_use(const struct certificate *certificate, SSL_CTX *context);

#endif
