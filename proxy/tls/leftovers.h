/*
 * What OpenSSL keeps of a handshake that is over, as long as there is the SSL:
 * for days, on a channel.
 */
#ifndef CASGATE_TLS_LEFTOVERS_H
#define CASGATE_TLS_LEFTOVERS_H

#include <openssl/ssl.h>

/* Drops the keys of the key exchange, ours with its private half, and our
 * certificates. After a handshake that succeeded, on an SSL that won't do
 * another. */
void leftovers_drop(SSL *ssl);

#endif
