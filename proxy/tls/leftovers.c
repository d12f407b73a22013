/*
 * What OpenSSL keeps of a handshake that is over.
 */
#include "tls/leftovers.h"

/*
 * There is no way to take a key from an SSL, only to be lent it. But a key that
 * is told its type drops what it was, and wipes what was secret, by the same
 * function as one that is freed (pkey_set_type() in crypto/evp/p_lib.c of
 * OpenSSL 3.0 to 3.5). No manual promises that; the unit test watches it.
 *
 * Of the types X25519 minds least being empty: asked for its size, it knows.
 */
static void
empty(EVP_PKEY *lent)
{
	EVP_PKEY_set_type(lent, EVP_PKEY_X25519);
	EVP_PKEY_free(lent);
}

void
leftovers_drop(SSL *ssl)
{
	EVP_PKEY *key;

	if (SSL_get_tmp_key(ssl, &key) == 1)
		empty(key);
	if (SSL_get_peer_tmp_key(ssl, &key) == 1)
		empty(key);
	SSL_certs_clear(ssl);
}
