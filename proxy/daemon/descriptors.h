/*
 * How many connections the descriptors of a worker hold.
 */
#ifndef CASGATE_DAEMON_DESCRIPTORS_H
#define CASGATE_DAEMON_DESCRIPTORS_H

#include <stddef.h>

#include "base/problem.h"
#include "config/config.h"

/* Raises RLIMIT_NOFILE as far as it goes without asking anyone. */
void descriptors_raise(void);

/* Connections of each of `workers`: its share of `limit connections`, by
 * default all that its descriptors hold. */
size_t descriptors_share(const struct config *config, size_t workers);

/* An error at the place of `limit connections` if the descriptors do not hold
 * a worker's share of it. */
void descriptors_check(
    const struct config *config, size_t workers, struct problems *problems);

#endif
