/*
 * The keys that session tickets are sealed with.
 *
 * They are worked out from a secret and the time, so every worker and every
 * node with the same secret has the same keys without talking. A key seals
 * for one period; tickets of the period before are still opened, and of the
 * one after, for a node whose clock is ahead.
 */
#ifndef CASGATE_TLS_TICKETS_H
#define CASGATE_TLS_TICKETS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <time.h>

#include "tls/tls_listener.h"

struct tickets;

/* NULL without memory; `secret` is copied. */
struct tickets *tickets_new(const unsigned char secret[TICKET_SECRET_BYTES]);
void tickets_free(struct tickets *tickets); /* NULL is fine */

/* Lets a context seal and open its tickets with these keys, which must outlive
 * it. 0, or -1 without memory. */
int tickets_serve(struct tickets *tickets, SSL_CTX *context);

/*
 * Prepares the ciphers for one ticket at this time; `name` and `iv` are
 * written to seal, and read to open. 1: go on. 2: go on, and give the client
 * a new ticket. 0: a ticket of an unknown key. -1: OpenSSL failed.
 */
int tickets_prepare(struct tickets *tickets, time_t now, unsigned char *name,
    unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, bool seal);

#endif
