/*
 * The keys that session tickets are sealed with (RFC 5077 4).
 */
#include "tls/tickets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "tls/policy.h"

#define NAME_BYTES 16 /* OpenSSL gives the callback as many */
#define IV_BYTES 16
#define KEY_BYTES 32

struct ticket_key {
	unsigned char name[KEY_BYTES]; /* of which NAME_BYTES are used */
	unsigned char cipher[KEY_BYTES];
	unsigned char mac[KEY_BYTES];
};

enum { BEFORE, CURRENT, AFTER, KEYS };

struct tickets {
	unsigned char secret[TICKET_SECRET_BYTES];
	EVP_CIPHER *aes; /* owned; fetched once, a fetch takes a lock */
	uint64_t period; /* of keys[CURRENT]; 0: none made yet */
	struct ticket_key keys[KEYS];
};

struct tickets *
tickets_new(const unsigned char secret[TICKET_SECRET_BYTES])
{
	struct tickets *tickets = calloc(1, sizeof(*tickets));

	if (tickets == NULL)
		return NULL;
	memcpy(tickets->secret, secret, sizeof(tickets->secret));
	tickets->aes = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	if (tickets->aes == NULL) {
		tickets_free(tickets);
		return NULL;
	}
	return tickets;
}

void
tickets_free(struct tickets *tickets)
{
	if (tickets == NULL)
		return;
	EVP_CIPHER_free(tickets->aes);
	OPENSSL_cleanse(tickets, sizeof(*tickets));
	free(tickets);
}

/* HMAC-SHA-256 over what the bytes are for and the period: one step of
 * HKDF-Expand (RFC 5869 2.3). */
static int
derive(const struct tickets *tickets, const char *purpose, uint64_t period,
    unsigned char to[KEY_BYTES])
{
	unsigned char input[64];
	size_t len = strlen(purpose), out = 0;

	memcpy(input, purpose, len);
	for (unsigned i = 0; i < 8; i++)
		input[len++] = (unsigned char)(period >> (56 - 8 * i));
	input[len++] = 1;
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, tickets->secret,
		sizeof(tickets->secret), input, len, to, KEY_BYTES,
		&out) == NULL)
		return -1;
	return out == KEY_BYTES ? 0 : -1;
}

static int
keep_up(struct tickets *tickets, time_t now)
{
	uint64_t period = (uint64_t)now / TICKET_PERIOD_S;

	if (period == tickets->period)
		return 0;
	for (unsigned i = 0; i < KEYS; i++) {
		struct ticket_key *key = &tickets->keys[i];
		uint64_t of = period + i - CURRENT;

		if (derive(tickets, "casgate ticket name", of, key->name) ==
			-1 ||
		    derive(tickets, "casgate ticket cipher", of, key->cipher) ==
			-1 ||
		    derive(tickets, "casgate ticket mac", of, key->mac) == -1)
			return -1;
	}
	tickets->period = period;
	return 0;
}

static int
key_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_octet_string(
		OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
	    OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
	    OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1 ? 0 : -1;
}

static int
seal(struct tickets *tickets, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	struct ticket_key *key = &tickets->keys[CURRENT];

	memcpy(name, key->name, NAME_BYTES);
	if (RAND_bytes(iv, IV_BYTES) != 1 ||
	    EVP_EncryptInit_ex(cipher, tickets->aes, NULL, key->cipher, iv) !=
		1 ||
	    key_mac(mac, key) == -1)
		return -1;
	return 1;
}

static int
unseal(struct tickets *tickets, const unsigned char *name,
    const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	for (unsigned i = 0; i < KEYS; i++) {
		struct ticket_key *key = &tickets->keys[i];

		if (memcmp(name, key->name, NAME_BYTES) != 0)
			continue;
		if (EVP_DecryptInit_ex(
			cipher, tickets->aes, NULL, key->cipher, iv) != 1 ||
		    key_mac(mac, key) == -1)
			return -1;
		return i == CURRENT ? 1 : 2;
	}
	return 0;
}

int
tickets_prepare(struct tickets *tickets, time_t now, unsigned char *name,
    unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, bool sealing)
{
	if (keep_up(tickets, now) == -1)
		return -1;
	return sealing ? seal(tickets, name, iv, cipher, mac)
		       : unseal(tickets, name, iv, cipher, mac);
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int sealing)
{
	struct tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	int result = tickets_prepare(
	    tickets, time(NULL), name, iv, cipher, mac, sealing == 1);

	/* A client uses one once, and needs the next (RFC 8446 C.4). */
	if (!sealing && result == 1 && SSL_version(ssl) == TLS1_3_VERSION)
		return 2;
	return result;
}

int
tickets_serve(struct tickets *tickets, SSL_CTX *context)
{
	if (SSL_CTX_set_app_data(context, tickets) != 1)
		return -1;
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
	return 0;
}
