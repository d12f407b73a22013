/*
 * Who is connected from where: how many connections each client address has
 * in all workers together, and how fast it makes TLS handshakes.
 *
 * It lives in memory that the parent shares with the workers. Each worker
 * writes a table of its own and reads those of the others: nobody waits for
 * anybody, and what a worker that dies leaves behind is its table, which the
 * parent empties. The tables never grow; an address that is idle makes room.
 * One that finds no room is let in and not counted: a stranger with very many
 * addresses must not shut out the others.
 *
 * An IPv6 address stands for its /64, which is the least that one customer
 * gets (RFC 6177), and in which a host moves about as it likes (RFC 8981).
 */
#ifndef CASGATE_NET_CALLERS_H
#define CASGATE_NET_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "net/address.h"

struct callers;
struct caller;

/* What an address may have; 0: as much as it likes. One that was idle for so
 * long may make all the handshakes of that time at once. */
struct allowance {
	uint32_t connections, handshakes_per_s;
};
#define HANDSHAKES_SAVED_S 10

enum admission {
	ADMITTED,
	TOO_MANY, /* connections */
	TOO_FAST  /* handshakes */
};

/* For workers from 0 to workers - 1; before any of them is forked. NULL, and
 * why. */
struct callers *callers_new(size_t workers, struct problem *why);
void callers_free(struct callers *callers); /* NULL is fine */

/* Empties the table of a worker that is no more. */
void callers_forget(struct callers *callers, size_t worker);

/*
 * May this address have one more connection? ADMITTED has counted it, and
 * caller_leave() gives it back. `*caller` is lent in any case, for
 * caller_is_news(), or is NULL.
 */
enum admission callers_admit(struct callers *callers, size_t worker,
    const struct address *from, struct allowance allowed, uint64_t now_ms,
    struct caller **caller);
void caller_leave(struct caller *caller); /* NULL is fine */

/* Was nothing told of this address for a minute? Now it is. */
bool caller_is_news(struct caller *caller, uint64_t now_ms);

#endif
