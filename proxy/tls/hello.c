/*
 * What is answered to a ClientHello.
 *
 * The name is looked at here and not in OpenSSL's callback for server names:
 * that one comes after a session was resumed, too late to bind sessions to
 * their name (nginx CVE-2014-3616, CVE-2025-23419).
 */
#include "tls/hello.h"

#include <stdlib.h>
#include <string.h>

/* RFC 6066 3: a list of names, each with a type (0: host) and two bytes of
 * length. A list that breaks these rules is refused by OpenSSL later on. */
static struct text
read_sni(SSL *ssl)
{
	struct text none = {"", 0};
	const unsigned char *at;
	size_t len;

	if (SSL_client_hello_get0_ext(
		ssl, TLSEXT_TYPE_server_name, &at, &len) != 1)
		return none;
	if (len < 5 || at[2] != TLSEXT_NAMETYPE_host_name ||
	    (size_t)(at[3] << 8 | at[4]) != len - 5)
		return none;
	return (struct text){(const char *)at + 5, len - 5};
}

/* Sessions are bound to the name: one of another name is not resumed. */
static int
bind(SSL *ssl, const struct hello_rules *rules, const char *sni, size_t len)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned id_len;

	if (EVP_Digest(sni, len, id, &id_len, rules->sha256, NULL) != 1)
		return -1;
	return SSL_set_session_id_context(ssl, id, id_len) == 1 ? 0 : -1;
}

static SSL_CTX *
choose(const struct hello_rules *rules, struct text sni)
{
	struct choice *choice = certificates_choose(rules->certificates, sni);

	return choice != NULL ? choice->context : rules->fallback;
}

static int
on_client_hello(SSL *ssl, int *alert, void *owner)
{
	const struct hello_rules *rules = owner;
	struct hello *hello = hello_of(ssl);
	char folded[NAME_BYTES_MAX + 1];
	size_t len = names_fold(read_sni(ssl), folded);
	SSL_CTX *context = choose(rules, (struct text){folded, len});

	*alert = SSL_AD_INTERNAL_ERROR;
	if (len > 0 && hello->sni == NULL) {
		hello->sni = text_dup((struct text){folded, len});
		if (hello->sni == NULL)
			return SSL_CLIENT_HELLO_ERROR;
	}
	if (context == NULL) {
		hello->refused = len > 0
		    ? "no certificate covers the name the client asked for"
		    : "the client did not say which name it wants";
		*alert = SSL_AD_UNRECOGNIZED_NAME;
		return SSL_CLIENT_HELLO_ERROR;
	}
	if (context != SSL_get_SSL_CTX(ssl))
		SSL_set_SSL_CTX(ssl, context);
	return bind(ssl, rules, folded, len) == 0 ? SSL_CLIENT_HELLO_SUCCESS
						  : SSL_CLIENT_HELLO_ERROR;
}

/* The name was used, which the client is told (RFC 6066 3). */
static int
on_server_name(SSL *ssl, int *alert, void *owner)
{
	const struct hello *hello = hello_of(ssl);

	(void)alert;
	(void)owner;
	return hello->sni != NULL ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* A client that offers protocols but none we speak (h2 alone) is refused, as
 * RFC 7301 3.2 demands: NTLM does not work over HTTP/2. */
static int
on_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
    const unsigned char *offered, unsigned offered_len, void *owner)
{
	static const unsigned char ours[] = "\x08http/1.1";
	struct hello *hello = hello_of(ssl);
	unsigned char *out;

	(void)owner;
	if (SSL_select_next_proto(&out, chosen_len, ours, sizeof(ours) - 1,
		offered, offered_len) != OPENSSL_NPN_NEGOTIATED) {
		hello->refused = "the client does not offer HTTP/1.1 (ALPN)";
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	*chosen = out;
	return SSL_TLSEXT_ERR_OK;
}

void
hello_serve(struct hello_rules *rules, SSL_CTX *context)
{
	SSL_CTX_set_client_hello_cb(context, on_client_hello, rules);
	SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
	SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
}
