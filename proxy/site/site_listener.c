/*
 * What one `listen` block needs to serve.
 */
#include "site/site_listener.h"

#include <stdlib.h>
#include <string.h>

#include "site/certificate_folder.h"
#include "site/tenant.h"
#include "tls/tls_library.h"

static const enum tls_profile profiles[] = {
    [PROFILE_MODERN] = TLS_MODERN,
    [PROFILE_INTERMEDIATE] = TLS_INTERMEDIATE,
    [PROFILE_LEGACY] = TLS_LEGACY,
};

/* Is this list the one path that was asked for? */
static bool
is_just(struct text paths, const char *path)
{
	struct text first;

	return text_split(&paths, '\n', &first) && paths.len == 0 &&
	    text_equals(first, text_of(path));
}

/*
 * `certificate PATH` is a folder when something is inside it. What is listed
 * for a file is the file itself, and nothing at all if it is missing: then
 * reading it says why.
 */
static void
add(struct tls_listener *tls, const struct config_certificate *config,
    struct source *source, struct problems *problems)
{
	struct text paths = {"", 0};
	struct problem why = {0};

	if (config->key == NULL &&
	    source->list(source, config->path, &paths, &why) == -1) {
		problems_add(problems, config->where, "%s", why.sentence);
		return;
	}
	if (paths.len == 0 || is_just(paths, config->path))
		certificate_file_add(tls, config->path, config->key,
		    config->where, source, problems);
	else
		certificate_folder_add(
		    tls, config->path, paths, config->where, source, problems);
}

static struct tls_listener *
make_tls(const struct config_listen *config,
    const unsigned char secret[TICKET_SECRET_BYTES], struct source *source,
    struct problems *problems)
{
	struct tls_listener *tls =
	    tls_listener_new(profiles[config->profile], secret);
	const struct config_certificate *certificate;
	size_t errors = problems->errors;

	if (tls == NULL) {
		problems_add(
		    problems, config->where, "no memory for this listen");
		return NULL;
	}
	tls_library_check(
	    profiles[config->profile], config->profile_where, problems);
	STAILQ_FOREACH (certificate, &config->certificates, next)
		add(tls, certificate, source, problems);
	/* One that is missing would make more complaints than are true. */
	if (problems->errors > errors ||
	    tls_listener_ready(tls, config->fallback.value,
		config->fallback.where.line != 0 ? config->fallback.where
						 : config->where,
		problems) == -1) {
		tls_listener_free(tls);
		return NULL;
	}
	return tls;
}

int
site_listener_init(struct site_listener *listener,
    const struct config_listen *config,
    const unsigned char secret[TICKET_SECRET_BYTES], struct source *source,
    struct problems *problems)
{
	listener->config = config;
	if (!config->tls)
		return 0;
	listener->tls = make_tls(config, secret, source, problems);
	return listener->tls == NULL ? -1 : 0;
}

int
site_listener_own(struct site_listener *listener, const struct site *site)
{
	if (!listener->config->has_actions)
		return 0;
	listener->own = calloc(1, sizeof(*listener->own));
	if (listener->own == NULL)
		return -1;
	tenant_init(listener->own, &listener->config->actions, site);
	return 0;
}

void
site_listener_clear(struct site_listener *listener)
{
	tls_listener_free(listener->tls);
	if (listener->own != NULL)
		tenant_clear(listener->own);
	free(listener->own);
}
