/*
 * The worker processes, as the parent sees them: started, replaced when they
 * die, told what to do. Each has a seat.
 */
#ifndef CASGATE_DAEMON_WORKERS_H
#define CASGATE_DAEMON_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/edition.h"
#include "daemon/seat.h"

struct workers;

/* `changed` is called after anything that the questions below may answer
 * differently. NULL, and why. */
struct workers *workers_new(const struct crew *crew,
    void (*changed)(void *owner), void *owner, struct problem *why);

/* The processes must be gone. NULL is fine. */
void workers_free(struct workers *workers);

/* Starts them all. 0, or -1 and why. */
int workers_start(struct workers *workers, struct problem *why);

/* Has every worker prepare this edition, borrowed until workers_use() or
 * workers_withdraw(). */
void workers_offer(struct workers *workers, const struct edition *edition);
void workers_withdraw(struct workers *workers);

/* Has every worker use the edition that they prepared, borrowed until there
 * is another; those who replace a dead one get it, too. */
void workers_use(struct workers *workers);

/* Every worker that is alive, and there is one, is so far. */
bool workers_ready(const struct workers *workers);
bool workers_using(const struct workers *workers);

/* Why the edition offered cannot be had; NULL: it still may. Before one was
 * in use, the death of a worker is a reason. */
const char *workers_refusal(const struct workers *workers);

/* The one who does not answer to the offer, from 1; 0: all have. */
size_t workers_silent(const struct workers *workers);

/* Finds out who died: after SIGCHLD. */
void workers_reap(struct workers *workers);

/* From now on nobody is replaced: end when the last session has ended; now;
 * without a word. */
void workers_drain(struct workers *workers);
void workers_stop(struct workers *workers);
void workers_kill(struct workers *workers);

size_t workers_alive(const struct workers *workers);

#endif
