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
	if (b->refused)
		server_refused(b->server, s->all->loop->now_ms);
	b->tried |= UINT64_C(1) << (b->server - b->pool->servers);
	b->server = NULL;
	b->refused = false;
}

/* The end for want of something of our own; ENDS: the server is to blame, or
 * the way to it. */
static enum end
lack_of(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case EADDRNOTAVAIL: /* no port is free, or no address of ours fits */
		return END_LIMIT;
	case ENOBUFS:
	case ENOMEM:
		return END_NO_MEMORY;
	default:
		return ENDS;
	}
}

/* An attempt came to nothing. */
static void
note(struct backend *b, int error)
{
	b->timed_out = error == ETIMEDOUT;
	b->lack = lack_of(error);
	if (b->lack == ENDS)
		b->refused = true;
}

/* At the addresses of the server that are left. IO_AGAIN: another server may
 * do; IO_FAILED: none, for want of what it takes to go to any. */
static enum io
attempt_server(struct session *s, struct backend *b)
{
	const struct server *server = b->server;

	while (b->address < server->address_count) {
		int error;

		b->conn =
		    conn_open(s->all->loop, &server->addresses[b->address++],
			exchanging_backend_ready, b);
		if (b->conn != NULL)
			return IO_DONE;
		error = errno;
		log_warning("server %s: %s", server->name, strerror(error));
		note(b, error);
		if (b->lack != ENDS && error != EADDRNOTAVAIL)
			return IO_FAILED;
	}
	return IO_AGAIN;
}

/* Starts the next attempt that does not fail at once: at the next address of
 * the server, or at the next server. False when there is none left, or when it
 * is of no use to try. */
static bool
attempt(struct session *s, struct backend *b)
{
	enum io io = IO_AGAIN;

	while (io == IO_AGAIN) {
		if (b->server == NULL) {
			b->server = pool_pick(
			    b->pool, &s->peer, b->tried, s->all->loop->now_ms);
			b->address = 0;
		}
		if (b->server == NULL)
			return false;
		io = attempt_server(s, b);
		if (io == IO_AGAIN)
			give_up_server(s, b);
	}
	return io == IO_DONE;
}

static enum step
give_up(struct session *s, struct backend *b)
{
	bool timed_out = b->timed_out;
	enum end lack = b->lack;

	backend_close(s, b);
	if (lack != ENDS)
		return reply(
		    s, 503, "there is no room for another connection", lack);
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
	b->lack = ENDS;
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
	note(b, timed_out ? ETIMEDOUT : b->conn->error);
	conn_close(b->conn, false);
	b->conn = NULL;
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
