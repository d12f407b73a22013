/*
 * What is right in every word and still does not do what was meant.
 */
#ifndef CASGATE_SITE_CHECK_H
#define CASGATE_SITE_CHECK_H

#include "site/site.h"

/* Warns of sites that nothing can reach, names no certificate covers, a
 * fallback that Outlook Anywhere will not like, redirects that lead nowhere. */
void site_check(const struct site *site, struct problems *problems);

#endif
