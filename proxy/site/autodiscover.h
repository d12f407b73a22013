/*
 * The Autodiscover redirect (MS-OXDISCO 3.1.5.4): which requests are probes,
 * and where they are sent.
 */
#ifndef CASGATE_SITE_AUTODISCOVER_H
#define CASGATE_SITE_AUTODISCOVER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

/* Is this path (as target_path() writes it) a probe's? The whole
 * /autodiscover/ folder is. */
bool autodiscover_is_probe(struct text path);

/*
 * Adds "https://HOST<target>" to `location`, path and query as received.
 * False when that would send the client back to where it is: over TLS, with
 * `host` (no port, any letter case) the target already.
 */
bool autodiscover_location(struct buffer *location, const char *redirect_host,
    struct text host, bool tls, struct text target);

#endif
