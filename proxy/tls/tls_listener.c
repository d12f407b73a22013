/*
 * What a TLS listener shows its clients.
 */
#include "tls/tls_listener.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "tls/certificates.h"
#include "tls/hello.h"
#include "tls/policy.h"
#include "tls/tickets.h"
#include "tls/tls_listener_private.h"
#include "tls/wire.h"

struct tls_listener {
	enum tls_profile profile;
	struct certificates certificates;
	struct tickets *tickets;
	struct hello_rules rules;
	struct wire_bio wire_bio;
	const struct certificate *fallback; /* borrowed; NULL: refused */
};

struct tls_listener *
tls_listener_new(
    enum tls_profile profile, const unsigned char secret[TICKET_SECRET_BYTES])
{
	struct tls_listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL)
		return NULL;
	listener->profile = profile;
	listener->rules.certificates = &listener->certificates;
	listener->rules.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	listener->tickets = tickets_new(secret);
	if (wire_bio_init(&listener->wire_bio) == -1 ||
	    certificates_init(&listener->certificates) == -1 ||
	    listener->rules.sha256 == NULL || listener->tickets == NULL) {
		tls_listener_free(listener);
		return NULL;
	}
	return listener;
}

void
tls_listener_free(struct tls_listener *listener)
{
	if (listener == NULL)
		return;
	certificates_clear(&listener->certificates);
	EVP_MD_free(listener->rules.sha256);
	tickets_free(listener->tickets);
	wire_bio_clear(&listener->wire_bio);
	free(listener);
}

void
tls_listener_add(struct tls_listener *listener, const struct tls_file *chain,
    const struct tls_file *key, struct place where, struct problems *problems)
{
	struct certificate *certificate =
	    certificate_read(chain, key, where, problems);

	if (certificate != NULL &&
	    certificates_add(
		&listener->certificates, certificate, time(NULL)) == -1)
		problems_add(
		    problems, where, "no memory for '%s'", chain->path);
}

static SSL_CTX *
make(bool weak, void *owner)
{
	struct tls_listener *listener = owner;
	SSL_CTX *context = policy_context(listener->profile, weak);

	if (context == NULL)
		return NULL;
	if (tickets_serve(listener->tickets, context) == -1) {
		SSL_CTX_free(context);
		return NULL;
	}
	hello_serve(&listener->rules, context);
	return context;
}

static struct choice *
find_fallback(const struct tls_listener *listener, const char *fallback)
{
	if (fallback == NULL)
		return listener->certificates.first;
	return certificates_choose(&listener->certificates, text_of(fallback));
}

static void
fall_back(struct tls_listener *listener, const struct choice *choice)
{
	listener->rules.fallback = choice->context;
	for (unsigned i = 0; listener->fallback == NULL; i++)
		listener->fallback = choice->of[i];
}

int
tls_listener_ready(struct tls_listener *listener, const char *fallback,
    struct place where, struct problems *problems)
{
	struct choice *choice;

	if (listener->certificates.first == NULL) {
		problems_add(problems, where,
		    "no certificate of this listen names a host");
		return -1;
	}
	if (certificates_ready(&listener->certificates, make, listener) == -1) {
		problems_add(problems, where, "OpenSSL refuses: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
		return -1;
	}
	if (fallback != NULL && strcmp(fallback, "refuse") == 0)
		return 0;
	choice = find_fallback(listener, fallback);
	if (choice == NULL) {
		problems_add(problems, where,
		    "no certificate of this listen covers the fallback '%s'",
		    fallback);
		return -1;
	}
	fall_back(listener, choice);
	return 0;
}

bool
tls_listener_covers(const struct tls_listener *listener, struct text name)
{
	return certificates_choose(&listener->certificates, name) != NULL;
}

const char *
tls_listener_name(const struct tls_listener *listener, size_t i)
{
	return names_at(listener->certificates.names, i);
}

static time_t
first_to_expire(const struct choice *choice, time_t before)
{
	for (unsigned i = 0; i < KEY_KINDS; i++)
		if (choice->of[i] != NULL &&
		    (before == 0 || choice->of[i]->expires < before))
			before = choice->of[i]->expires;
	return before;
}

time_t
tls_listener_expiry(const struct tls_listener *listener)
{
	const struct names *names = listener->certificates.names;
	time_t first = 0;

	for (size_t i = 0; names_at(names, i) != NULL; i++)
		first = first_to_expire(names_stands_for(names, i), first);
	return first;
}

struct text
tls_listener_fallback_cn(const struct tls_listener *listener)
{
	return listener->fallback == NULL
	    ? TEXT("")
	    : text_of(listener->fallback->common_name);
}

SSL *
tls_listener_ssl(struct tls_listener *listener)
{
	SSL_CTX *context = listener->rules.fallback;
	BIO *bio = listener->wire_bio.bio;
	SSL *ssl = SSL_new(
	    context != NULL ? context : listener->certificates.contexts[0]);

	if (ssl != NULL && BIO_up_ref(bio) == 1)
		SSL_set_bio(ssl, bio, bio);
	return ssl;
}
