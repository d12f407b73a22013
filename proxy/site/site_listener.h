/*
 * What one `listen` block needs to serve: its certificates, or the actions of
 * its own.
 */
#ifndef CASGATE_SITE_SITE_LISTENER_H
#define CASGATE_SITE_SITE_LISTENER_H

#include "site/site.h"

/* Reads its certificates from the source. 0, or -1 and errors added; clear it
 * in either case. */
int site_listener_init(struct site_listener *listener,
    const struct config_listen *config,
    const unsigned char secret[TICKET_SECRET_BYTES], struct source *source,
    struct problems *problems);

/* Makes the actions of its own, if it has some, once the site has its pools.
 * 0, or -1 without memory. */
int site_listener_own(struct site_listener *listener, const struct site *site);
void site_listener_clear(struct site_listener *listener);

#endif
