/*
 * All certificates of a listener, and which of them serve which name.
 */
#ifndef CASGATE_TLS_CERTIFICATES_H
#define CASGATE_TLS_CERTIFICATES_H

#include <openssl/ssl.h>

#include "base/names.h"
#include "tls/certificate.h"

/* Those that serve one name together: one for each kind of key. */
struct choice {
	struct certificate *of[KEY_KINDS]; /* borrowed from the list; NULL */
	SSL_CTX *context; /* borrowed; shared by all equal choices */
};

struct certificates {
	struct certificate **list; /* owned; in the order they were given */
	size_t count;
	struct names *names;  /* owned; name -> struct choice, owned */
	struct choice *first; /* borrowed: of the first certificate */
	SSL_CTX **contexts;   /* owned */
	size_t context_count;
};

/* 0, or -1 without memory. */
int certificates_init(struct certificates *all);
void certificates_clear(struct certificates *all);

/* Takes a certificate. 0, or -1 without memory (then it is freed). */
int certificates_add(
    struct certificates *all, struct certificate *certificate, time_t now);

/* Makes the contexts, as few as there are different choices; there is one at
 * least. `make` gives a new one without certificates, owned here. 0, or -1
 * without memory. */
int certificates_ready(struct certificates *all,
    SSL_CTX *(*make)(bool weak, void *owner), void *owner);

/* Who serves this name: an exact one before a wildcard. NULL: nobody. */
struct choice *certificates_choose(
    const struct certificates *all, struct text name);

#endif
