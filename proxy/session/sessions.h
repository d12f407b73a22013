/*
 * All sessions of a worker, and what they share: the current site, the access
 * log, one head of each kind, the count of ends.
 */
#ifndef CASGATE_SESSION_SESSIONS_H
#define CASGATE_SESSION_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "net/address.h"
#include "net/callers.h"
#include "net/loop.h"
#include "site/site.h"

struct sessions;

/* `log_fd` takes access-log lines and is never waited for (-1: no log). It
 * stays the caller's. Takes the loop's end-of-turn hook. NULL, and why. */
struct sessions *sessions_new(
    struct loop *loop, int log_fd, struct problem *why);

/* Where connections of each address are counted once a site limits them, and
 * as which worker; borrowed. To be called before any site is used. */
void sessions_count_callers(
    struct sessions *sessions, struct callers *callers, size_t worker);

/* New connections use this site from now on; holds a reference itself. Those
 * already here keep theirs. */
void sessions_use(struct sessions *sessions, struct site *site);

/* Takes a new connection of site->listeners[listener]. If there are
 * `connections_max`, or its address may have no more, it is closed at once. */
void sessions_accept(struct sessions *sessions, int fd,
    const struct address *peer, size_t listener);
void sessions_limit(struct sessions *sessions, size_t connections_max);

size_t sessions_count(const struct sessions *sessions);

/* Ends the idle ones now and each other one when its request is answered;
 * channels run on. */
void sessions_drain(struct sessions *sessions);

/* Ends all: channels are closed with FIN. */
void sessions_stop(struct sessions *sessions);

/* Ends what is left, frees, and flushes the access log as far as it goes. */
void sessions_free(struct sessions *sessions);

#endif
