/*
 * One reading of the configuration, with all that it takes to put it in
 * force: the site, checked; the bundle the workers build theirs from; the
 * sockets. Every reload makes a new one.
 */
#ifndef CASGATE_DAEMON_EDITION_H
#define CASGATE_DAEMON_EDITION_H

#include "base/problem.h"
#include "daemon/sockets.h"
#include "site/site.h"

struct edition {
	unsigned number;   /* from 1; the parent counts them */
	struct site *site; /* held */
	int bundle;        /* owned: the sealed memfd */
	const char *held;  /* it, so that it stays out of the swap */
	size_t held_bytes;
	struct sockets *sockets; /* owned; NULL until bound */
	size_t workers;
};

/*
 * Reads and checks the file and all it names, as `-t` does. `workers` 0: as
 * many as it says. NULL when there was an error; `problems` has errors and
 * warnings.
 */
struct edition *edition_read(const char *file,
    const unsigned char secret[TICKET_SECRET_BYTES], size_t workers,
    struct problems *problems);

/* As sockets_bind(). */
int edition_bind(
    struct edition *edition, const struct edition *before, struct problem *why);

/* Closes the sockets: no more connections come this way. */
void edition_unbind(struct edition *edition);

/* NULL is fine. */
void edition_free(struct edition *edition);

#endif
