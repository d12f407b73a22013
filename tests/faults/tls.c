/*
 * What casgate asks OpenSSL for. What OpenSSL asks itself for comes by here,
 * too, and goes on untouched.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "plan.h"

/* As in replace.h, and the queue tells why, as OpenSSL's own failures do. */
#define REPLACE(type, name, failed, parameters, arguments)                     \
	type name parameters                                                   \
	{                                                                      \
		static type(*next) parameters;                                 \
                                                                               \
		if (plan_is_ours(__builtin_return_address(0)) &&               \
		    plan_fails(TLS, #name)) {                                  \
			ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR);          \
			return failed;                                         \
		}                                                              \
		if (next == NULL)                                              \
			*(void **)&next = plan_next(#name);                    \
		return next arguments;                                         \
	}

REPLACE(SSL *, SSL_new, NULL, (SSL_CTX * context), (context))
REPLACE(int, SSL_set_fd, 0, (SSL * ssl, int fd), (ssl, fd))
REPLACE(int, SSL_set_ex_data, 0, (SSL * ssl, int index, void *data),
    (ssl, index, data))
REPLACE(int, SSL_set_session_id_context, 0,
    (SSL * ssl, const unsigned char *id, unsigned len), (ssl, id, len))
REPLACE(SSL_CTX *, SSL_set_SSL_CTX, NULL, (SSL * ssl, SSL_CTX *context),
    (ssl, context))
REPLACE(int, SSL_do_handshake, -1, (SSL * ssl), (ssl))
REPLACE(int, SSL_read_ex, 0, (SSL * ssl, void *to, size_t len, size_t *moved),
    (ssl, to, len, moved))
REPLACE(int, SSL_write_ex, 0,
    (SSL * ssl, const void *from, size_t len, size_t *moved),
    (ssl, from, len, moved))
REPLACE(int, SSL_shutdown, -1, (SSL * ssl), (ssl))
REPLACE(int, SSL_client_hello_get0_ext, 0,
    (SSL * ssl, unsigned type, const unsigned char **at, size_t *len),
    (ssl, type, at, len))

REPLACE(SSL_CTX *, SSL_CTX_new, NULL, (const SSL_METHOD *method), (method))
REPLACE(int, SSL_CTX_set_cipher_list, 0, (SSL_CTX * context, const char *list),
    (context, list))
REPLACE(int, SSL_CTX_set_ciphersuites, 0, (SSL_CTX * context, const char *list),
    (context, list))
REPLACE(long, SSL_CTX_ctrl, 0,
    (SSL_CTX * context, int word, long number, void *with),
    (context, word, number, with))
REPLACE(int, SSL_CTX_set_ex_data, 0, (SSL_CTX * context, int index, void *data),
    (context, index, data))
REPLACE(int, SSL_CTX_use_cert_and_key, 0,
    (SSL_CTX * context, X509 *certificate, EVP_PKEY *key,
	STACK_OF(X509) * chain, int override),
    (context, certificate, key, chain, override))

REPLACE(int, RAND_bytes, 0, (unsigned char *to, int len), (to, len))
REPLACE(EVP_CIPHER *, EVP_CIPHER_fetch, NULL,
    (OSSL_LIB_CTX * library, const char *name, const char *properties),
    (library, name, properties))
REPLACE(EVP_MD *, EVP_MD_fetch, NULL,
    (OSSL_LIB_CTX * library, const char *name, const char *properties),
    (library, name, properties))
REPLACE(int, EVP_Digest, 0,
    (const void *from, size_t len, unsigned char *to, unsigned *to_len,
	const EVP_MD *type, ENGINE *engine),
    (from, len, to, to_len, type, engine))
REPLACE(unsigned char *, EVP_Q_mac, NULL,
    (OSSL_LIB_CTX * library, const char *name, const char *properties,
	const char *inner, const OSSL_PARAM *with, const void *key,
	size_t key_len, const unsigned char *from, size_t len,
	unsigned char *to, size_t size, size_t *to_len),
    (library, name, properties, inner, with, key, key_len, from, len, to, size,
	to_len))
REPLACE(int, EVP_MAC_CTX_set_params, 0,
    (EVP_MAC_CTX * mac, const OSSL_PARAM *with), (mac, with))
REPLACE(int, EVP_EncryptInit_ex, 0,
    (EVP_CIPHER_CTX * cipher, const EVP_CIPHER *type, ENGINE *engine,
	const unsigned char *key, const unsigned char *iv),
    (cipher, type, engine, key, iv))
REPLACE(int, EVP_DecryptInit_ex, 0,
    (EVP_CIPHER_CTX * cipher, const EVP_CIPHER *type, ENGINE *engine,
	const unsigned char *key, const unsigned char *iv),
    (cipher, type, engine, key, iv))
REPLACE(int, EVP_DigestSign, 0,
    (EVP_MD_CTX * digest, unsigned char *to, size_t *to_len,
	const unsigned char *from, size_t len),
    (digest, to, to_len, from, len))
REPLACE(int, EVP_PKEY_derive, 0,
    (EVP_PKEY_CTX * key, unsigned char *to, size_t *len), (key, to, len))

REPLACE(BIO *, BIO_new, NULL, (const BIO_METHOD *type), (type))
REPLACE(BIO *, BIO_new_mem_buf, NULL, (const void *at, int len), (at, len))
REPLACE(int, PEM_read_bio, 0,
    (BIO * from, char **name, char **header, unsigned char **data, long *len),
    (from, name, header, data, len))
REPLACE(EVP_PKEY *, d2i_AutoPrivateKey, NULL,
    (EVP_PKEY * *to, const unsigned char **at, long len), (to, at, len))
REPLACE(X509 *, d2i_X509, NULL,
    (X509 * *to, const unsigned char **at, long len), (to, at, len))
REPLACE(X509 *, d2i_X509_AUX, NULL,
    (X509 * *to, const unsigned char **at, long len), (to, at, len))
REPLACE(int, OPENSSL_sk_push, 0, (OPENSSL_STACK * stack, const void *data),
    (stack, data))
REPLACE(OPENSSL_STACK *, OPENSSL_sk_new_null, NULL, (void), ())
REPLACE(int, X509_add_cert, 0,
    (STACK_OF(X509) * stack, X509 *certificate, int flags),
    (stack, certificate, flags))
/* Not X509_verify() and X509_get0_pubkey(): where an algorithm is not known, the
 * chain ends. That there is no memory for it, memory.c shows. */
REPLACE(void *, X509_get_ext_d2i, NULL,
    (const X509 *certificate, int nid, int *critical, int *index),
    (certificate, nid, critical, index))
