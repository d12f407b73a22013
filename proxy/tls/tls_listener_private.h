/*
 * What tls_conn needs of its listener.
 */
#ifndef CASGATE_TLS_TLS_LISTENER_PRIVATE_H
#define CASGATE_TLS_TLS_LISTENER_PRIVATE_H

#include <openssl/ssl.h>

#include "tls/tls_listener.h"

/* A new server's SSL, before its client's name is known, on the listener's
 * wire BIO; NULL without memory. */
SSL *tls_listener_ssl(struct tls_listener *listener);

#endif
