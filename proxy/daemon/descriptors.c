/*
 * Descriptors against connections.
 */
#include "daemon/descriptors.h"

#include <sys/resource.h>

/* The client's and the server's socket. */
#define DESCRIPTORS_A_CONNECTION 2

/* The loop, the logs, the channel, a bundle, the library's own. */
#define DESCRIPTORS_SPARE 32

void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static size_t
allowed(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	return limit.rlim_cur;
}

/* Twice the listeners: in a reload the old and the new ones are both here. */
static size_t
needed_besides(const struct config *config)
{
	size_t needed = DESCRIPTORS_SPARE;
	const struct config_listen *listen;

	STAILQ_FOREACH (listen, &config->listens, next)
		needed += 2;
	return needed;
}

static size_t
held(const struct config *config)
{
	size_t besides = needed_besides(config);

	if (allowed() <= besides)
		return 0;
	return (allowed() - besides) / DESCRIPTORS_A_CONNECTION;
}

size_t
descriptors_share(const struct config *config, size_t workers)
{
	size_t wanted = config->limits.connections.value;

	if (wanted == 0)
		return held(config);
	return wanted / workers + (wanted % workers != 0);
}

void
descriptors_check(
    const struct config *config, size_t workers, struct problems *problems)
{
	size_t share = descriptors_share(config, workers);
	size_t needed =
	    share * DESCRIPTORS_A_CONNECTION + needed_besides(config);

	if (held(config) == 0)
		problems_add(problems, config->limits.connections.where,
		    "a worker may open %zu descriptors (RLIMIT_NOFILE), too"
		    " few for any connection",
		    allowed());
	else if (share > held(config))
		problems_add(problems, config->limits.connections.where,
		    "%zu connections need %zu descriptors in each of %zu"
		    " workers, but a process may open %zu (RLIMIT_NOFILE):"
		    " enough for %zu connections",
		    (size_t)config->limits.connections.value, needed, workers,
		    allowed(), held(config) * workers);
}
