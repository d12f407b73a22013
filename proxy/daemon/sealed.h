/*
 * A bundle as bytes, in a memfd that nobody can change any more.
 *
 * It goes from one process to another of the same program on the same
 * machine, so numbers are as the machine writes them. The reader believes
 * nothing of it all the same.
 */
#ifndef CASGATE_DAEMON_SEALED_H
#define CASGATE_DAEMON_SEALED_H

#include <stdbool.h>

#include "base/problem.h"
#include "daemon/answers.h"
#include "tls/tls_listener.h"

/* The fd, or -1 and why. */
int sealed_write(const unsigned char secret[TICKET_SECRET_BYTES],
    const struct answers *answers, struct problem *why);

/* The bytes as they were sealed; NULL and why when they were not. The fd
 * stays the caller's. Children do not have them, nor has a dump. Unmap them
 * with sealed_unmap(). */
const char *sealed_map(int fd, size_t *len, struct problem *why);
void sealed_unmap(const char *bytes, size_t len);

/* Adds the answers, which look at `bytes`. False for anything that
 * sealed_write() did not write, and without memory; what was added until then
 * stays. */
bool sealed_read(struct text bytes, unsigned char secret[TICKET_SECRET_BYTES],
    struct answers *answers);

#endif
