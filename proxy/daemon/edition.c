/*
 * Editions of the configuration.
 */
#include "daemon/edition.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/bundle.h"
#include "daemon/channel.h"
#include "daemon/descriptors.h"
#include "daemon/privileges.h"
#include "daemon/sealed.h"

/* Those this process may run on, which a container may have less of. */
static size_t
cores(void)
{
	cpu_set_t usable;

	if (sched_getaffinity(0, sizeof(usable), &usable) == -1)
		return 1;
	return (size_t)CPU_COUNT(&usable);
}

/* What the words and the site cannot see: this machine. */
static void
check_machine(const struct edition *edition, struct problems *problems)
{
	const struct config *config = edition->site->config;
	const struct config_listen *listen;
	struct identity identity;
	size_t count = 0;

	descriptors_check(config, edition->workers, problems);
	privileges_identity(&config->user, &identity, problems);
	STAILQ_FOREACH (listen, &config->listens, next) {
		/* One message has them all, and the bundle. */
		if (++count == MESSAGE_FDS_MAX)
			problems_add(problems, listen->where,
			    "at most %d `listen` blocks are possible",
			    MESSAGE_FDS_MAX - 1);
	}
}

/* False: there was an error. */
static bool
build(struct edition *edition, const char *file, struct bundle *bundle,
    struct problems *problems)
{
	struct problem why;

	edition->site = site_new(
	    file, bundle_source(bundle), bundle_secret(bundle), problems);
	if (edition->site == NULL)
		return false;
	if (edition->workers == 0)
		edition->workers = edition->site->config->workers.value;
	if (edition->workers == 0)
		edition->workers = cores();
	check_machine(edition, problems);
	if (problems->errors > 0)
		return false;
	edition->bundle = bundle_seal(bundle, &why);
	if (edition->bundle != -1)
		edition->held =
		    sealed_map(edition->bundle, &edition->held_bytes, &why);
	if (edition->held == NULL)
		problems_add(problems, (struct place){0}, "%s", why.sentence);
	return edition->held != NULL;
}

struct edition *
edition_read(const char *file, const unsigned char secret[TICKET_SECRET_BYTES],
    size_t workers, struct problems *problems)
{
	struct edition *edition = calloc(1, sizeof(*edition));
	struct bundle *bundle = bundle_new(secret);
	bool built = false;

	if (edition != NULL)
		edition->bundle = -1;
	if (edition == NULL || bundle == NULL) {
		problems_add(problems, (struct place){0},
		    "no memory for the configuration");
	} else {
		edition->workers = workers;
		built = build(edition, file, bundle, problems);
	}
	bundle_free(bundle);
	if (built)
		return edition;
	edition_free(edition);
	return NULL;
}

int
edition_bind(
    struct edition *edition, const struct edition *before, struct problem *why)
{
	edition->sockets = sockets_bind(edition->site->config, edition->workers,
	    before == NULL ? NULL : before->sockets, why);
	return edition->sockets == NULL ? -1 : 0;
}

void
edition_unbind(struct edition *edition)
{
	sockets_close(edition->sockets);
	edition->sockets = NULL;
}

void
edition_free(struct edition *edition)
{
	if (edition == NULL)
		return;
	sockets_close(edition->sockets);
	if (edition->held != NULL)
		sealed_unmap(edition->held, edition->held_bytes);
	if (edition->bundle != -1)
		close(edition->bundle);
	site_release(edition->site);
	free(edition);
}
