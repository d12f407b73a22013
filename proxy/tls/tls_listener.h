/*
 * What a TLS listener shows its clients: the certificates, which one for
 * which name, the profile, and the keys of the tickets.
 */
#ifndef CASGATE_TLS_TLS_LISTENER_H
#define CASGATE_TLS_TLS_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/problem.h"
#include "base/text.h"

#define TICKET_SECRET_BYTES 48

enum tls_profile { TLS_MODERN, TLS_INTERMEDIATE, TLS_LEGACY };

struct tls_listener;

/* A PEM file: the path is for the sentences that are about it. */
struct tls_file {
	const char *path;
	struct text contents;
};

/* Is a private key in this PEM text, encrypted or not? */
bool tls_file_has_key(struct text contents);

/* All certificates and keys given so far; SSL_CTXs come with tls_listener_
 * ready(). `secret` is copied. NULL without memory. */
struct tls_listener *tls_listener_new(
    enum tls_profile profile, const unsigned char secret[TICKET_SECRET_BYTES]);
void tls_listener_free(struct tls_listener *listener); /* NULL is fine */

/*
 * Adds a certificate with its chain, and its key, which may be in the same
 * file (`key` is NULL then); the parts of a file may come in any order. Wrong
 * ones are errors in `problems`, doubtful ones (expiry under 30 days,
 * self-signed, incomplete chain, weak key) warnings, all at `where`. Never
 * asks for a password: an encrypted key or a PFX is an error that says what
 * to do.
 *
 * Where several certificates have a name, each kind of key (RSA, ECDSA) is
 * served by the one that is valid now and expires last.
 */
void tls_listener_add(struct tls_listener *listener,
    const struct tls_file *chain, const struct tls_file *key,
    struct place where, struct problems *problems);

/*
 * What a client gets that sends no name, or one that no certificate covers:
 * a covered name, "refuse" (alert unrecognized_name), or NULL: the first
 * certificate given. Builds what is needed; 0, or -1 and errors added.
 */
int tls_listener_ready(struct tls_listener *listener, const char *fallback,
    struct place where, struct problems *problems);

/* Does any certificate cover this name? */
bool tls_listener_covers(const struct tls_listener *listener, struct text name);

/* The names in its certificates, each once; NULL at the end. */
const char *tls_listener_name(const struct tls_listener *listener, size_t i);

/* When the first of its certificates expires. */
time_t tls_listener_expiry(const struct tls_listener *listener);

/* The CN of the fallback certificate; empty when none or refused. */
struct text tls_listener_fallback_cn(const struct tls_listener *listener);

#endif
