/*
 * What a profile allows: protocol versions, suites, groups, signatures.
 *
 * Everything is said here, so that nothing the machine's openssl.cnf says
 * ("MinProtocol", "CipherString" ...) makes a listener stronger or weaker than
 * its profile.
 */
#ifndef CASGATE_TLS_POLICY_H
#define CASGATE_TLS_POLICY_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "tls/tls_listener.h"

/* How long a ticket may be used, and the life of a ticket key. */
#define TICKET_PERIOD_S 43200

/*
 * A context with everything but certificates. `weak` lets it carry a
 * certificate that OpenSSL's security level 2 refuses (RSA below 2048 bits,
 * SHA-1): its owner was warned. NULL without memory.
 */
SSL_CTX *policy_context(enum tls_profile profile, bool weak);

#endif
