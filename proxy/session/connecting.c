/*
 * Connects to a server of the group the request was routed to.
 *
 * A session has one connection for each group, until it ends: NTLM and
 * Negotiate authenticate the connection, so none is shared, and none is opened
 * anew behind the client's back. Another server is tried only while not one
 * byte was sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "session/session.h"

static struct backend *
find(const struct session *s, const struct pool *pool)
{
	struct backend *b;

	SLIST_FOREACH (b, &s->backends, next)
		if (b->pool == pool)
			return b;
	return NULL;
}

static void
give_up_server(struct session *s, struct backend *b)
{
	server_refused(b->server, s->all->loop->now_ms);
	b->tried |= UINT64_C(1) << (b->server - b->pool->servers);
	b->server = NULL;
}

/* Starts the next attempt that does not fail at once: at the next address of
 * the server, or at the next server. False when there is none left. */
static bool
attempt(struct session *s, struct backend *b)
{
	struct loop *loop = s->all->loop;

	for (;;) {
		if (b->server == NULL) {
			b->server = pool_pick(
			    b->pool, &s->peer, b->tried, loop->now_ms);
			b->address = 0;
		}
		if (b->server == NULL)
			return false;
		while (b->address < b->server->address_count) {
			b->conn =
			    conn_open(loop, &b->server->addresses[b->address++],
				exchanging_backend_ready, b);
			if (b->conn != NULL)
				return true;
			log_warning(
			    "server %s: %s", b->server->name, strerror(errno));
		}
		give_up_server(s, b);
	}
}

static enum step
give_up(struct session *s, struct backend *b)
{
	bool timed_out = b->timed_out;

	backend_close(s, b);
	if (timed_out)
		return reply(s, 504,
		    "no server accepted the connection in time",
		    END_SERVER_SILENT);
	return reply(
	    s, 503, "no server accepts connections", END_SERVER_REFUSED);
}

static enum step
go_on(struct session *s, struct backend *b)
{
	if (!attempt(s, b))
		return give_up(s, b);
	session_enter(s, CONNECTING);
	conn_wait(b->conn, false, true);
	/* What the client sends meanwhile waits for the server (on_client()
	 * sees to it); as a rule nothing comes. */
	conn_wait(s->client, true, false);
	return STEP_WAIT;
}

enum step
connecting_begin(struct session *s, struct pool *pool)
{
	struct backend *b = find(s, pool);

	if (b != NULL) {
		s->backend = b;
		/* What it said before it is asked would pass for an answer. An
		 * event tells of it, if there was time for one. */
		if (b->turn == s->all->loop->turn && !backend_is_quiet(s, b))
			return STEP_END;
		return exchanging_begin(s);
	}
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return session_end(s, END_NO_MEMORY);
	b->session = s;
	b->pool = pool;
	SLIST_INSERT_HEAD(&s->backends, b, next);
	s->backend = b;
	return go_on(s, b);
}

enum step
connecting_next(struct session *s, bool timed_out)
{
	struct backend *b = s->backend;

	log_warning("server %s: %s", b->server->name,
	    timed_out ? "did not accept a connection in time"
		      : strerror(b->conn->error));
	conn_close(b->conn, false);
	b->conn = NULL;
	b->timed_out = timed_out;
	if (b->address >= b->server->address_count)
		give_up_server(s, b);
	return go_on(s, b);
}

enum step
connecting_run(struct session *s)
{
	switch (conn_connected(s->backend->conn)) {
	case IO_DONE:
		server_accepted(s->backend->server);
		return exchanging_begin(s);
	case IO_AGAIN:
		return STEP_WAIT;
	case IO_EOF:
	case IO_FAILED:
		break;
	}
	return connecting_next(s, false);
}
