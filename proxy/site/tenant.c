/*
 * What is done with the requests of one site.
 */
#include "site/tenant.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The grammar has seen to it that there is one of that name. */
static struct pool *
pool_named(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->pool_count; i++)
		if (strcmp(site->pools[i].name, name) == 0)
			return &site->pools[i];
	assert(!"an exchange that is not there");
	return NULL;
}

void
tenant_init(struct tenant *tenant, const struct config_actions *actions,
    const struct site *site)
{
	if (actions->forward.value != NULL)
		tenant->forward = pool_named(site, actions->forward.value);
	tenant->autodiscover_redirect = actions->autodiscover_redirect.value;
	tenant->otherwise = actions->otherwise;
	if (actions->otherwise == OTHERWISE_FORWARD)
		tenant->otherwise_pool =
		    pool_named(site, actions->otherwise_target.value);
	if (actions->otherwise == OTHERWISE_REDIRECT)
		tenant->otherwise_url = actions->otherwise_target.value;
}

int
tenant_name(struct tenant *tenant, const struct config_site *config)
{
	const struct config_name *name;
	size_t count = 0;

	STAILQ_FOREACH (name, &config->names, next)
		count++;
	tenant->names = calloc(count + 1, sizeof(char *));
	if (tenant->names == NULL)
		return -1;
	STAILQ_FOREACH (name, &config->names, next)
		tenant->names[tenant->name_count++] = name->name;
	return 0;
}

void
tenant_clear(struct tenant *tenant)
{
	free(tenant->names);
}
