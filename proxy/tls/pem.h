/*
 * What stands in a PEM file (RFC 7468): certificates, and perhaps a key.
 */
#ifndef CASGATE_TLS_PEM_H
#define CASGATE_TLS_PEM_H

#include <openssl/x509.h>

#include "base/problem.h"
#include "tls/tls_listener.h"

struct pem {
	STACK_OF(X509) * certificates; /* owned; in the order they came */
	EVP_PKEY *key;                 /* owned; NULL when there is none */
};

/*
 * Reads a file. Parts that are neither are passed over; an encrypted key, two
 * keys, a damaged part, or a file that is no PEM at all (PFX, DER) is an error
 * that says what to do. 0, or -1 and why; clear it in either case.
 */
int pem_read(struct pem *pem, const struct tls_file *file, struct problem *why);
void pem_clear(struct pem *pem);

#endif
