/*
 * The servers of one exchange block, and which of them a client gets.
 *
 * Rendezvous hash of the client's address: every node and worker picks the
 * same CAS without talking, and a lost server moves only its own clients.
 * A server that refused lately stands back for a moment (passive marking).
 */
#ifndef CASGATE_SITE_POOL_H
#define CASGATE_SITE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "config/config.h"
#include "net/address.h"

#define SERVER_STANDS_BACK_MS 10000

struct server {
	char *name; /* owned, as are the addresses */
	struct address *addresses;
	size_t address_count;
	uint64_t stands_back_until_ms; /* monotonic; 0: it accepts */
};

struct pool {
	char *name; /* of the exchange block */
	struct server *servers;
	size_t server_count;
};

/* So many in one pool at most: `tried` below has a bit for each. */
#define POOL_SERVERS_MAX 64

/* Fills a pool, with the addresses the source has for its servers. 0, or -1
 * and errors added; clear it in either case. */
int pool_init(struct pool *pool, const struct config_exchange *exchange,
    struct source *source, struct problems *problems);
void pool_clear(struct pool *pool);

/*
 * The best server for this client that is not among those `tried` (bit i is
 * servers[i]): those that accept come first, then those that stand back, each
 * by their hash. NULL when all were tried.
 */
struct server *pool_pick(struct pool *pool, const struct address *client,
    uint64_t tried, uint64_t now_ms);

/* A connect was refused or timed out; or one succeeded. */
void server_refused(struct server *server, uint64_t now_ms);
void server_accepted(struct server *server);

#endif
