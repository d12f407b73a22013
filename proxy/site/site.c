/*
 * A whole configuration made ready to serve.
 */
#include "site/site.h"

#include <assert.h>
#include <stdlib.h>

#include "base/names.h"
#include "site/check.h"
#include "site/site_listener.h"
#include "site/tenant.h"

/* Servers are ours: what they send has no words in the configuration. */
#define ANSWER_HEAD_BYTES_MAX ((size_t)128 * 1024)
#define ANSWER_HEADERS_MAX 128

/* Room for everything the configuration names. */
static int
make_room(struct site *site)
{
	const struct config *config = site->config;
	const struct config_listen *listen;
	const struct config_exchange *exchange;
	const struct config_site *one;
	size_t listens = 1, exchanges = 1, sites = 1;

	STAILQ_FOREACH (listen, &config->listens, next)
		listens++;
	STAILQ_FOREACH (exchange, &config->exchanges, next)
		exchanges++;
	STAILQ_FOREACH (one, &config->sites, next)
		sites++;
	site->listeners = calloc(listens, sizeof(*site->listeners));
	site->pools = calloc(exchanges, sizeof(*site->pools));
	site->tenants = calloc(sites, sizeof(*site->tenants));
	site->names = names_new();
	return site->listeners == NULL || site->pools == NULL ||
		site->tenants == NULL || site->names == NULL
	    ? -1
	    : 0;
}

/* The names of a tenant lead to it. */
static int
index_tenant(struct site *site, struct tenant *tenant)
{
	for (size_t i = 0; i < tenant->name_count; i++) {
		struct text name = text_of(tenant->names[i]);
		void **at;

		if (text_equals(name, TEXT("*"))) {
			site->other = tenant;
			continue;
		}
		at = names_add(site->names, name);
		if (at == NULL)
			return -1;
		*at = tenant;
	}
	return 0;
}

/* The pools that they forward to are there. */
static int
add_tenants(struct site *site)
{
	const struct config_site *config;

	for (size_t i = 0; i < site->listener_count; i++)
		if (site_listener_own(&site->listeners[i], site) == -1)
			return -1;
	STAILQ_FOREACH (config, &site->config->sites, next) {
		struct tenant *tenant = &site->tenants[site->tenant_count++];

		tenant_init(tenant, &config->actions, site);
		if (tenant_name(tenant, config) == -1 ||
		    index_tenant(site, tenant) == -1)
			return -1;
	}
	return 0;
}

/* What may fail for reasons outside the program: as much as can be said is
 * said in one run. */
static int
add_outside(struct site *site, struct source *source,
    const unsigned char secret[TICKET_SECRET_BYTES], struct problems *problems)
{
	const struct config_exchange *exchange;
	const struct config_listen *listen;
	int result = 0;

	STAILQ_FOREACH (exchange, &site->config->exchanges, next)
		if (pool_init(&site->pools[site->pool_count++], exchange,
			source, problems) == -1)
			result = -1;
	STAILQ_FOREACH (listen, &site->config->listens, next)
		if (site_listener_init(&site->listeners[site->listener_count++],
			listen, secret, source, problems) == -1)
			result = -1;
	return result;
}

static int
build(struct site *site, const char *file, struct source *source,
    const unsigned char secret[TICKET_SECRET_BYTES], struct problems *problems)
{
	const struct config_limits *limits;

	site->config = config_read(file, source, problems);
	if (site->config == NULL)
		return -1;
	if (make_room(site) == -1) {
		problems_add(problems, (struct place){0},
		    "no memory for the configuration");
		return -1;
	}
	if (add_outside(site, source, secret, problems) == -1)
		return -1;
	if (add_tenants(site) == -1) {
		problems_add(problems, (struct place){0},
		    "no memory for the configuration");
		return -1;
	}
	limits = &site->config->limits;
	site->head_limits = (struct guard_limits){
	    .head_bytes = limits->head_bytes.value,
	    .headers = limits->headers.value,
	    .target_bytes = limits->target_bytes.value,
	};
	site->answer_limits = (struct guard_limits){
	    .head_bytes = ANSWER_HEAD_BYTES_MAX,
	    .headers = ANSWER_HEADERS_MAX,
	};
	return 0;
}

struct site *
site_new(const char *file, struct source *source,
    const unsigned char secret[TICKET_SECRET_BYTES], struct problems *problems)
{
	struct site *site = calloc(1, sizeof(*site));

	if (site == NULL) {
		problems_add(problems, (struct place){0},
		    "no memory for the configuration");
		return NULL;
	}
	site->references = 1;
	if (build(site, file, source, secret, problems) == -1) {
		site_release(site);
		return NULL;
	}
	site_check(site, problems);
	return site;
}

static void
site_free(struct site *site)
{
	for (size_t i = 0; i < site->listener_count; i++)
		site_listener_clear(&site->listeners[i]);
	for (size_t i = 0; i < site->tenant_count; i++)
		tenant_clear(&site->tenants[i]);
	for (size_t i = 0; i < site->pool_count; i++)
		pool_clear(&site->pools[i]);
	free(site->listeners);
	free(site->tenants);
	free(site->pools);
	names_free(site->names);
	config_free(site->config);
	free(site);
}

struct site *
site_hold(struct site *site)
{
	site->references++;
	return site;
}

void
site_release(struct site *site)
{
	if (site == NULL)
		return;
	assert(site->references > 0);
	if (--site->references == 0)
		site_free(site);
}

struct tenant *
site_tenant(const struct site *site, struct text host, bool *listed)
{
	struct tenant *tenant = names_find(site->names, host);

	if (listed != NULL)
		*listed = tenant != NULL;
	return tenant != NULL ? tenant : site->other;
}

uint64_t
site_silence_ms(const struct site *site, enum service_word service)
{
	return site->config->timeouts.silence_s[service].value * 1000;
}
