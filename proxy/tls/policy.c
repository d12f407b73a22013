/*
 * What a profile allows.
 */
#include "tls/policy.h"

#define AEAD                                                                   \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define CBC                                                                    \
	":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA"                         \
	":ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
#define RSA_KEY_EXCHANGE ":AES128-SHA:AES256-SHA"

#define SIGNATURES                                                             \
	"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:"                \
	"RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"                        \
	"RSA+SHA256:RSA+SHA384:RSA+SHA512"
#define SHA1_SIGNATURES ":ECDSA+SHA1:RSA+SHA1"

static const struct rule {
	const char *suites; /* of TLS 1.2 and before */
	const char *signatures;
	int version_min;
	int security_level;
} rules[] = {
    [TLS_MODERN] = {AEAD, SIGNATURES, TLS1_2_VERSION, 2},
    [TLS_INTERMEDIATE] = {AEAD CBC, SIGNATURES, TLS1_2_VERSION, 2},
    /* TLS 1.0 signs with MD5 and SHA-1, which only level 0 allows. */
    [TLS_LEGACY] = {AEAD CBC RSA_KEY_EXCHANGE, SIGNATURES SHA1_SIGNATURES,
	TLS1_VERSION, 0},
};

#define SUITES_13                                                              \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"                       \
	"TLS_CHACHA20_POLY1305_SHA256"

/* X25519 first: in TLS 1.2 it saves 45 us a handshake over P-256. */
#define GROUPS "X25519:P-256:P-384:P-521:ffdhe2048"

/* An end without close_notify is an end: HTTP knows by itself whether a
 * message is complete, and the other direction may go on. */
#define OPTIONS                                                                \
	(SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |                     \
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |       \
	    SSL_OP_ENABLE_MIDDLEBOX_COMPAT | SSL_OP_IGNORE_UNEXPECTED_EOF)

/* Without NO_AUTO_CHAIN OpenSSL looks for a chain at every handshake when
 * none was given. */
#define MODES                                                                  \
	(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |            \
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN)

static int
set_algorithms(SSL_CTX *context, const struct rule *rule)
{
	/* First the level: it decides which words the lists may hold. */
	SSL_CTX_set_security_level(context, rule->security_level);
	return SSL_CTX_set_min_proto_version(context, rule->version_min) == 1 &&
		SSL_CTX_set_max_proto_version(context, 0) == 1 &&
		SSL_CTX_set_cipher_list(context, rule->suites) == 1 &&
		SSL_CTX_set_ciphersuites(context, SUITES_13) == 1 &&
		SSL_CTX_set1_groups_list(context, GROUPS) == 1 &&
		SSL_CTX_set1_sigalgs_list(context, rule->signatures) == 1
	    ? 0
	    : -1;
}

SSL_CTX *
policy_context(enum tls_profile profile, bool weak)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL)
		return NULL;
	SSL_CTX_clear_options(context, SSL_CTX_get_options(context));
	SSL_CTX_set_options(context, OPTIONS);
	SSL_CTX_set_mode(context, MODES);
	if (set_algorithms(context, &rules[profile]) == -1) {
		SSL_CTX_free(context);
		return NULL;
	}
	if (weak)
		SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	/* Tickets alone: a cache would grow, and is not shared by workers. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(context, TICKET_PERIOD_S);
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_max_early_data(context, 0);
	SSL_CTX_set_recv_max_early_data(context, 0);
	SSL_CTX_set_read_ahead(context, 1);
	return context;
}
