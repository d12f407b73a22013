/*
 * What the configuration allows one client address: net/callers holds it to
 * that.
 */
#ifndef CASGATE_SITE_ALLOWANCE_H
#define CASGATE_SITE_ALLOWANCE_H

#include <stdbool.h>

#include "config/config.h"
#include "net/address.h"
#include "net/callers.h"

/* Does it limit any address at all? */
bool allowance_matters(const struct config_limits *limits);

/* Of a client that comes in over TLS, or not. */
struct allowance allowance_of(
    const struct config_limits *limits, const struct address *client, bool tls);

#endif
