/*
 * TLS on a conn: the stream that moves bytes through OpenSSL.
 */
#ifndef CASGATE_TLS_TLS_CONN_H
#define CASGATE_TLS_TLS_CONN_H

#include "base/text.h"
#include "net/conn.h"
#include "tls/tls_listener.h"

/* Puts TLS on a new conn of a listener, before anything was read. 0, or -1
 * without memory. The listener must outlive the conn (the session holds its
 * site). */
int tls_conn_accept(struct conn *conn, struct tls_listener *listener);

/*
 * Goes on with the handshake. IO_DONE: over. IO_AGAIN: wait for an event;
 * conn->read_wants_write says which. IO_EOF: the client left.
 * IO_FAILED: tls_conn_error() says why.
 */
enum io tls_conn_handshake(struct conn *conn);

/* The name the client asked for, lower case without a dot at its end; empty
 * when it sent none. Good while the conn is. */
struct text tls_conn_sni(const struct conn *conn);

/* "TLSv1.3" and "TLS_AES_256_GCM_SHA384"; "" before the handshake. */
const char *tls_conn_version(const struct conn *conn);
const char *tls_conn_suite(const struct conn *conn);

/* Why TLS failed, in words; "" when it did not. */
const char *tls_conn_error(const struct conn *conn);

#endif
