/*
 * What is right in every word and still does not do what was meant.
 */
#include "site/check.h"

#include <string.h>

#include "base/names.h"

static bool
forwards(const struct tenant *tenant)
{
	return tenant->forward != NULL || tenant->otherwise_pool != NULL;
}

static bool
asks_sites(const struct site_listener *listener)
{
	return listener->own == NULL;
}

static bool
any_listener(const struct site *site, bool tls)
{
	for (size_t i = 0; i < site->listener_count; i++)
		if (asks_sites(&site->listeners[i]) &&
		    (site->listeners[i].tls != NULL) == tls)
			return true;
	return false;
}

static void
check_reach(const struct site *site, struct problems *problems)
{
	const struct config_site *config;

	if (any_listener(site, true) || any_listener(site, false))
		return;
	STAILQ_FOREACH (config, &site->config->sites, next)
		problems_warn(problems, config->where,
		    "no `listen` leads to the site '%s': each answers by "
		    "itself",
		    STAILQ_FIRST(&config->names)->name);
}

static bool
is_covered(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->listener_count; i++)
		if (site->listeners[i].tls != NULL &&
		    tls_listener_covers(site->listeners[i].tls, text_of(name)))
			return true;
	return false;
}

/* A site that only redirects may be meant for plain HTTP alone
 * (docs/deploy/redirection.md). */
static void
check_names(const struct site *site, struct problems *problems)
{
	const struct config_site *config;
	const struct config_name *name;
	size_t i = 0;

	if (!any_listener(site, true))
		return;
	STAILQ_FOREACH (config, &site->config->sites, next) {
		const struct tenant *tenant = &site->tenants[i++];

		if (!forwards(tenant) && any_listener(site, false))
			continue;
		STAILQ_FOREACH (name, &config->names, next)
			if (strcmp(name->name, "*") != 0 &&
			    !is_covered(site, name->name))
				problems_warn(problems, name->where,
				    "no certificate covers '%s': clients will "
				    "warn of it or refuse it",
				    name->name);
	}
}

/* A name that is forwarded and not `but`; NULL: there is none. */
static const char *
forwarded_name(const struct site *site, struct text but)
{
	for (size_t i = 0; i < site->tenant_count; i++) {
		const struct tenant *tenant = &site->tenants[i];

		for (size_t n = 0; forwards(tenant) && n < tenant->name_count;
		     n++)
			if (!text_equals_fold(text_of(tenant->names[n]), but))
				return tenant->names[n];
	}
	return NULL;
}

static bool
is_forwarded(const struct site *site, struct text name)
{
	const struct tenant *tenant = names_find(site->names, name);

	return tenant != NULL && forwards(tenant);
}

/* May the CN of its fallback be the host of Outlook Anywhere? That is one of
 * the forwarded names, and not the one of Autodiscover. */
static bool
suits_outlook(const struct site *site, const struct site_listener *listener)
{
	struct text cn;

	if (listener->tls == NULL)
		return false;
	cn = tls_listener_fallback_cn(listener->tls);
	return is_forwarded(site, cn) &&
	    !text_starts_fold(cn, TEXT("autodiscover."));
}

/* With an address for each name, only one of them is Outlook Anywhere's. */
static bool
another_suits_outlook(const struct site *site)
{
	for (size_t i = 0; i < site->listener_count; i++)
		if (suits_outlook(site, &site->listeners[i]))
			return true;
	return false;
}

/*
 * Clients without SNI are old ones, and those compare the host they ask for
 * with the CN alone (docs/deploy/several-certificates.md).
 */
static void
check_fallback(const struct site *site, const struct site_listener *listener,
    struct problems *problems)
{
	struct text cn = tls_listener_fallback_cn(listener->tls);
	struct place where = listener->config->fallback.where;
	const char *host = forwarded_name(site, cn);

	if (where.line == 0)
		where = listener->config->where;
	if (cn.len == 0 || host == NULL || text_starts(cn, TEXT("*.")) ||
	    (site->other != NULL && forwards(site->other)))
		return;
	if (suits_outlook(site, listener) ||
	    (listener->config->fallback.where.line != 0 &&
		is_forwarded(site, cn) && another_suits_outlook(site)))
		return;
	problems_warn(problems, where,
	    "clients without SNI get the certificate of '%.*s', and those "
	    "compare its CN with the host of Outlook Anywhere; say `fallback "
	    "%s` if that is the host",
	    TEXT_ARG(cn), host);
}

/* Outlook follows the redirect and finds nothing there. */
static void
check_redirect(const struct site *site, const struct config_actions *actions,
    struct problems *problems)
{
	const char *to = actions->autodiscover_redirect.value;
	const struct tenant *there;

	if (to == NULL)
		return;
	there = names_find(site->names, text_of(to));
	if (there != NULL && !forwards(there) &&
	    (there->autodiscover_redirect == NULL ||
		strcmp(there->autodiscover_redirect, to) == 0))
		problems_warn(problems, actions->autodiscover_redirect.where,
		    "the redirect leads to the site '%s', which forwards to "
		    "no exchange",
		    to);
}

void
site_check(const struct site *site, struct problems *problems)
{
	const struct config_listen *listen;
	const struct config_site *config;

	check_reach(site, problems);
	check_names(site, problems);
	for (size_t i = 0; i < site->listener_count; i++)
		if (site->listeners[i].tls != NULL)
			check_fallback(site, &site->listeners[i], problems);
	STAILQ_FOREACH (listen, &site->config->listens, next)
		if (listen->has_actions)
			check_redirect(site, &listen->actions, problems);
	STAILQ_FOREACH (config, &site->config->sites, next)
		check_redirect(site, &config->actions, problems);
}
