/*
 * Everything outside the program that a site is made of, in one piece: the
 * configuration's text, certificates and keys, lists of files, addresses of
 * servers, and the secret of the session tickets.
 *
 * The parent makes one by looking at the disk and the resolver and noting
 * each answer, failures too. Sealed into a memfd it goes to the workers, who
 * build the same site from the same answers and look at nothing else.
 */
#ifndef CASGATE_DAEMON_BUNDLE_H
#define CASGATE_DAEMON_BUNDLE_H

#include "base/problem.h"
#include "config/source.h"
#include "tls/tls_listener.h"

struct bundle;

/* One that looks and notes. The secret is copied. NULL without memory. */
struct bundle *bundle_new(const unsigned char secret[TICKET_SECRET_BYTES]);

/* One that only answers, from a sealed memfd, which stays the caller's. NULL
 * and why for anything that bundle_seal() did not write. */
struct bundle *bundle_open(int fd, struct problem *why);

/* Wiped, since keys were in it. NULL is fine. */
void bundle_free(struct bundle *bundle);

/* Its answers are good until bundle_free(). A file that other users than its
 * owner and group may read is no secret; a service account in the file's group
 * is how many keep their keys. */
struct source *bundle_source(struct bundle *bundle);
const unsigned char *bundle_secret(const struct bundle *bundle);

/* What was noted, as a memfd that nobody can change any more. The fd, or -1
 * and why. */
int bundle_seal(const struct bundle *bundle, struct problem *why);

#endif
