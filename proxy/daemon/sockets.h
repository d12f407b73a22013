/*
 * The bound sockets of an edition: one for each worker and `listen` block,
 * sharing the address (SO_REUSEPORT), so that the kernel spreads connections
 * over the workers. They are the parent's: a connection that waits in one is
 * not lost with its worker.
 */
#ifndef CASGATE_DAEMON_SOCKETS_H
#define CASGATE_DAEMON_SOCKETS_H

#include <stddef.h>

#include "base/problem.h"
#include "config/config.h"

struct sockets;

/*
 * Binds what is listened on, in the order of the file. An address that
 * `before` (may be NULL) has bound already is kept. Nobody gets connections
 * yet. NULL and why, naming the address; then nothing has changed.
 */
struct sockets *sockets_bind(const struct config *config, size_t workers,
    const struct sockets *before, struct problem *why);

/* From now on connections come. 0, or -1 and why. */
int sockets_listen(const struct sockets *sockets, struct problem *why);

size_t sockets_count(const struct sockets *sockets);
int sockets_fd(const struct sockets *sockets, size_t listener, size_t worker);

/* "127.0.0.1:40123": with the port that the kernel picked. */
const char *sockets_text(const struct sockets *sockets, size_t listener);

/* NULL is fine. */
void sockets_close(struct sockets *sockets);

#endif
