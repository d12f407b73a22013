/*
 * A whole configuration made ready to serve: listeners, tenants, pools and
 * certificates. The one thing in the program with a reference count: a
 * session holds the site it started with.
 */
#ifndef CASGATE_SITE_SITE_H
#define CASGATE_SITE_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "http/guard.h"
#include "site/pool.h"
#include "tls/tls_listener.h"

/* One `site` block, or the actions of a plain listen. */
struct tenant {
	/* Lower case; NULL for a listen's own actions. Borrowed from the
	 * configuration, the array is owned. */
	char **names;
	size_t name_count;
	struct pool *forward;              /* NULL: nothing is forwarded */
	const char *autodiscover_redirect; /* host, or NULL; borrowed, too */
	enum otherwise otherwise;
	const char *otherwise_url;   /* of OTHERWISE_REDIRECT; borrowed, too */
	struct pool *otherwise_pool; /* of OTHERWISE_FORWARD */
};

/* One `listen` block. */
struct site_listener {
	const struct config_listen *config; /* borrowed from site->config */
	struct tls_listener *tls;           /* owned; NULL: plain */
	struct tenant *own; /* owned; what a plain listen does by itself; NULL:
	                       the sites decide */
};

struct site {
	struct config *config;           /* owned */
	struct site_listener *listeners; /* in the order of the file */
	size_t listener_count;
	struct pool *pools;
	size_t pool_count;
	struct tenant *tenants;
	size_t tenant_count;
	struct guard_limits head_limits;   /* of requests */
	struct guard_limits answer_limits; /* of responses: those of the code */
	unsigned references;
	struct names *names;  /* private: owned; host name -> tenant */
	struct tenant *other; /* of `*`; borrowed from tenants; NULL */
};

/*
 * Builds a site from the file, with everything it names taken from `source`,
 * and checks what it means (certificates and keys, servers' addresses, names
 * no certificate covers, sites nothing reaches). NULL when there was an
 * error; `problems` has errors and warnings. The caller holds one reference.
 */
struct site *site_new(const char *file, struct source *source,
    const unsigned char secret[TICKET_SECRET_BYTES], struct problems *problems);

/* One more holder; one less, and the last one frees. */
struct site *site_hold(struct site *site);
void site_release(struct site *site); /* NULL is fine */

/* The tenant of a host (any letter case, no port, no dot at its end), or the
 * one of `*`, or NULL. `listed` (may be NULL) says whether a site names it. */
struct tenant *site_tenant(
    const struct site *site, struct text host, bool *listed);

/* Silence after which a service's connection is ended, in ms. */
uint64_t site_silence_ms(const struct site *site, enum service_word service);

#endif
