/*
 * What is done with the requests of one `site` block, or of a plain listen
 * that answers by itself.
 */
#ifndef CASGATE_SITE_TENANT_H
#define CASGATE_SITE_TENANT_H

#include "site/site.h"

/* Fills in what the actions say; the exchanges are found among site->pools.
 * Words are borrowed from the configuration. */
void tenant_init(struct tenant *tenant, const struct config_actions *actions,
    const struct site *site);

/* Adds the names of a `site` block. 0, or -1 without memory. */
int tenant_name(struct tenant *tenant, const struct config_site *config);
void tenant_clear(struct tenant *tenant);

#endif
