/*
 * A listening socket in the loop: accepts, and hands each connection on.
 */
#ifndef CASGATE_NET_LISTENER_H
#define CASGATE_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"
#include "net/address.h"
#include "net/loop.h"

struct listener;

/*
 * Accepts on the listening socket `fd`, which stays the caller's, and calls `accepted` with each
 * new non-blocking socket, from then on the callee's. Out of descriptors, it
 * pauses for a moment instead of spinning, and says so once a minute.
 */
struct listener *listener_new(struct loop *loop, int fd,
    void (*accepted)(int fd, const struct address *peer, void *owner),
    void *owner);

/* Stops and starts accepting: the kernel keeps queueing meanwhile. */
void listener_pause(struct listener *listener);
void listener_resume(struct listener *listener);
void listener_free(struct listener *listener);

/*
 * Binds a tuned socket for listening (non-blocking, close-on-exec) without
 * listening yet: port 0 picks one, address NULL is every IPv4 and IPv6
 * address, or IPv4 alone where there is no IPv6. With `shared`, several sockets
 * may bind the same address (SO_REUSEPORT). The fd, or -1 and why.
 */
int listener_bind(
    const char *address, uint16_t port, bool shared, struct problem *why);

#endif
