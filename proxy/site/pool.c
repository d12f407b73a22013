/*
 * The servers of one exchange block, and which of them a client gets.
 */
#include "site/pool.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void
server_clear(struct server *server)
{
	free(server->name);
	free(server->addresses);
}

static size_t
count_lines(struct text lines)
{
	struct text line;
	size_t count = 0;

	while (text_split(&lines, '\n', &line))
		count++;
	return count;
}

/* There is room for them all. -1 when there is none, or an odd one. */
static int
parse_addresses(struct server *server, struct text lines)
{
	struct text line;

	while (text_split(&lines, '\n', &line)) {
		if (!address_parse(
			&server->addresses[server->address_count], line))
			return -1;
		server->address_count++;
	}
	return server->address_count > 0 ? 0 : -1;
}

static int
server_init(struct server *server, const struct config_server *config,
    struct source *source, struct problem *why)
{
	struct text lines;

	if (source->resolve(source, config->host, config->port, &lines, why) ==
	    -1)
		return -1;
	server->name = text_dup(text_of(config->name));
	server->addresses =
	    calloc(count_lines(lines) + 1, sizeof(*server->addresses));
	if (server->name == NULL || server->addresses == NULL) {
		problem_set(why, "no memory for server '%s'", config->name);
		return -1;
	}
	if (parse_addresses(server, lines) == 0)
		return 0;
	problem_set(why, "'%s' has no address that can be used", config->host);
	return -1;
}

static size_t
count_servers(const struct config_exchange *exchange)
{
	const struct config_server *server;
	size_t count = 0;

	STAILQ_FOREACH (server, &exchange->servers, next)
		count++;
	return count;
}

int
pool_init(struct pool *pool, const struct config_exchange *exchange,
    struct source *source, struct problems *problems)
{
	const struct config_server *config;
	size_t count = count_servers(exchange);
	size_t errors = problems->errors;

	if (count > POOL_SERVERS_MAX) {
		problems_add(problems, exchange->where,
		    "exchange '%s' has %zu servers; %d is the most",
		    exchange->name, count, POOL_SERVERS_MAX);
		return -1;
	}
	pool->name = text_dup(text_of(exchange->name));
	pool->servers = calloc(count + 1, sizeof(*pool->servers));
	if (pool->name == NULL || pool->servers == NULL) {
		problems_add(problems, exchange->where,
		    "no memory for exchange '%s'", exchange->name);
		return -1;
	}
	STAILQ_FOREACH (config, &exchange->servers, next) {
		struct server one = {0};
		struct problem why = {0};

		if (server_init(&one, config, source, &why) == -1)
			problems_add(
			    problems, config->where, "%s", why.sentence);
		pool->servers[pool->server_count++] = one;
	}
	return problems->errors == errors ? 0 : -1;
}

void
pool_clear(struct pool *pool)
{
	for (size_t i = 0; i < pool->server_count; i++)
		server_clear(&pool->servers[i]);
	free(pool->servers);
	free(pool->name);
}

/* FNV-1a, from `h` on. */
static uint64_t
hash(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	while (len-- > 0)
		h = (h ^ *at++) * 0x100000001b3;
	return h;
}

/* The host alone: a client comes from many ports. An IPv4 address is the same
 * client when it is mapped into IPv6 (RFC 4291 2.5.5.2), as on a listener for
 * both. */
static uint64_t
hash_client(const struct address *client)
{
	const struct sockaddr_in *four = &client->sa.v4;
	const struct sockaddr_in6 *six = &client->sa.v6;
	const unsigned char *bytes = six->sin6_addr.s6_addr;
	const uint64_t seed = 0xcbf29ce484222325;

	if (client->sa.any.sa_family == AF_INET)
		return hash(seed, &four->sin_addr, 4);
	if (client->sa.any.sa_family != AF_INET6)
		return seed;
	if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return hash(seed, bytes + 12, 4);
	return hash(seed, bytes, 16);
}

/* Spreads what FNV leaves in a few bits over all of them (the finaliser of
 * MurmurHash 3). */
static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}

static bool
accepts(const struct server *server, uint64_t now_ms)
{
	return server->stands_back_until_ms <= now_ms;
}

/*
 * Rendezvous hashing (Thaler and Ravishankar, 1998): each server has a score
 * for this client, and the highest one wins.
 */
struct server *
pool_pick(struct pool *pool, const struct address *client, uint64_t tried,
    uint64_t now_ms)
{
	uint64_t from = hash_client(client);
	struct server *best = NULL;
	bool best_accepts = false;
	uint64_t best_score = 0;

	for (size_t i = 0; i < pool->server_count; i++) {
		struct server *server = &pool->servers[i];
		bool accepting = accepts(server, now_ms);
		uint64_t score;

		if ((tried >> i & 1) != 0)
			continue;
		score = mix(hash(from, server->name, strlen(server->name)));
		if (best != NULL &&
		    (accepting == best_accepts ? score <= best_score
					       : best_accepts))
			continue;
		best = server;
		best_accepts = accepting;
		best_score = score;
	}
	return best;
}

void
server_refused(struct server *server, uint64_t now_ms)
{
	server->stands_back_until_ms = now_ms + SERVER_STANDS_BACK_MS;
}

void
server_accepted(struct server *server)
{
	server->stands_back_until_ms = 0;
}
