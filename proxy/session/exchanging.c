/*
 * Request and answer between a client and its server, both ways at once.
 *
 * Nothing waits for anything: an answer may come before the request has ended
 * (on /rpc it usually does), and every byte goes on the moment it arrives.
 * Each event first moves what can be moved, then looks at where both ways
 * stand, then says what to wait for.
 */
#include "session/session.h"

/* Requests sent ahead of their turn are read up to here, then not at all. */
#define PIPELINE_BYTES_MAX ((size_t)16384)

void
exchange_clear(struct exchange *x)
{
	way_clear(&x->request);
	way_clear(&x->response);
	buffer_clear(&x->partial);
}

enum step
exchanging_begin(struct session *s)
{
	struct exchange *x = &s->exchange;
	struct conn *backend = s->backend->conn;

	way_open(&x->request, s->client, backend);
	x->response.whole = false;
	way_open(&x->response, backend, s->client);
	guard_init(&s->guard, GUARD_RESPONSE);
	x->interims = 0;
	x->begun = false;
	x->server_ended = false;
	x->surplus = false;
	s->backend->turn = s->all->loop->turn;
	session_enter(s, EXCHANGING);
	return STEP_ON;
}

/* The client has closed its side. What is still to be done for it must not
 * take as long as a client that is there may wait. */
static void
client_left(struct session *s)
{
	if (s->client_ended)
		return;
	s->client_ended = true;
	session_enter(s, EXCHANGING);
}

/* A request is whole and not yet answered. The client may send the next one,
 * or close its side: a channel ends with that (MS-RPCH 3.2.4.5.14), any other
 * request still gets its answer. */
static enum step
watch_client(struct session *s)
{
	struct loop *loop = s->all->loop;
	size_t moved;

	if (s->client_ended || s->incoming.len >= PIPELINE_BYTES_MAX)
		return STEP_WAIT;
	switch (
	    conn_read(s->client, loop->scratch, PIPELINE_BYTES_MAX, &moved)) {
	case IO_DONE:
		buffer_add(&s->incoming, loop->scratch, moved);
		if (s->incoming.failed)
			return session_end(s, END_NO_MEMORY);
		return STEP_WAIT;
	case IO_AGAIN:
		return STEP_WAIT;
	case IO_EOF:
		if (s->request.method_is == METHOD_RPC)
			return session_end(s, END_CLIENT_CLOSED);
		client_left(s);
		return STEP_WAIT;
	case IO_FAILED:
		break;
	}
	return session_end(s, END_CLIENT_RESET);
}

static enum step
move_request(struct session *s, bool client_ready)
{
	struct way *way = &s->exchange.request;

	if (way->relay.state == RELAY_SINK_FAILED || !way_send_ahead(way))
		return STEP_WAIT;
	if (way->relay.state == RELAY_ENDED)
		return client_ready ? watch_client(s) : STEP_WAIT;
	if (client_ready || relay_is_flushing(&way->relay))
		relay_pump(&way->relay);
	/* What came behind the request belongs to the next one. */
	relay_take_rest(&way->relay, &s->incoming);
	return s->incoming.failed ? session_end(s, END_NO_MEMORY) : STEP_WAIT;
}

/* The answer is whole and the request is not. Its sender goes on with it, and
 * the server closes when it has had enough. */
static void
watch_server(struct session *s)
{
	struct exchange *x = &s->exchange;
	unsigned char byte;
	size_t moved;

	switch (conn_read(s->backend->conn, &byte, 1, &moved)) {
	case IO_DONE:
		x->surplus = true;
		break;
	case IO_AGAIN:
		break;
	case IO_EOF:
	case IO_FAILED:
		x->server_ended = true;
		break;
	}
}

static enum step
move_answer(struct session *s, bool server_ready)
{
	struct exchange *x = &s->exchange;
	struct way *way = &x->response;

	if (way->relay.state == RELAY_SINK_FAILED || !way_send_ahead(way))
		return STEP_WAIT;
	if (!x->begun)
		return server_ready ? answer_read(s) : STEP_WAIT;
	if (way->relay.state == RELAY_ENDED && server_ready)
		watch_server(s);
	else if (server_ready || relay_is_flushing(&way->relay))
		relay_pump(&way->relay);
	return STEP_WAIT;
}

/* Requests that came before the client closed its side are answered, too. */
bool
exchanging_keeps_client(const struct session *s)
{
	const struct exchange *x = &s->exchange;

	return s->request.keep_alive && x->server_keeps && !x->server_ended &&
	    !s->all->draining && (!s->client_ended || s->incoming.len > 0);
}

/* Both ways are over: the connection goes on, or ends as it was agreed. */
static enum step
answered(struct session *s)
{
	session_tell(s, END_ANSWERED);
	if (!exchanging_keeps_client(s)) {
		s->outcome = END_ANSWERED;
		return linger(s);
	}
	exchange_clear(&s->exchange);
	guard_init(&s->guard, GUARD_REQUEST);
	s->backend->turn = s->all->loop->turn;
	s->backend = NULL;
	session_enter(s, WAITING);
	backends_listen(s);
	if (s->incoming.len > 0 || conn_holds(s->client))
		return STEP_ON;
	conn_wait(s->client, true, false);
	return STEP_WAIT;
}

/* The answer is whole. The request may not be: an early 401 on a channel into
 * the CAS is followed by what the client still sends. */
static enum step
answer_is_over(struct session *s)
{
	struct exchange *x = &s->exchange;

	if (x->surplus || x->response.relay.rest != NULL)
		return session_end(s, END_ANSWER_BAD);
	if (way_is_over(&x->request))
		return answered(s);
	if (!x->server_ended && x->request.relay.state != RELAY_SINK_FAILED)
		return STEP_WAIT;
	session_tell(s, END_ANSWERED);
	s->outcome = END_ANSWERED;
	return linger(s);
}

/* The server's connection ended within its answer: that is the end of a body
 * without a length, the usual end of a channel, or an answer cut off. */
static enum step
server_left(struct session *s)
{
	struct exchange *x = &s->exchange;

	if (x->response.body.kind == BODY_UNTIL_CLOSE) {
		x->response.relay.state = RELAY_ENDED;
		x->server_ended = true;
		x->server_keeps = false;
		return answer_is_over(s);
	}
	return session_end(s,
	    s->request.method_is == METHOD_RPC ? END_SERVER_CLOSED
					       : END_SERVER_CUT);
}

static enum step
settle_answer(struct session *s)
{
	switch (s->exchange.response.relay.state) {
	case RELAY_FLOWING:
	case RELAY_FLUSHING:
		break;
	case RELAY_ENDED:
		if (way_is_over(&s->exchange.response))
			return answer_is_over(s);
		break;
	case RELAY_SOURCE_EOF:
		return server_left(s);
	case RELAY_SOURCE_FAILED:
		return session_end(s, END_SERVER_RESET);
	case RELAY_SINK_FAILED:
		return session_end(s, END_CLIENT_RESET);
	case RELAY_BAD:
		return session_end(s, END_ANSWER_BAD);
	}
	return STEP_WAIT;
}

static enum step
settle_request(struct session *s)
{
	struct exchange *x = &s->exchange;

	switch (x->request.relay.state) {
	case RELAY_FLUSHING:
		if (x->request.relay.after == RELAY_SOURCE_EOF)
			client_left(s);
		break;
	case RELAY_FLOWING:
	case RELAY_ENDED:
		break;
	case RELAY_SINK_FAILED:
		/* The server's answer may still come, but not after it has
		 * waited for the rest: without memory only we know of it. */
		if (!s->backend->conn->parted)
			conn_end(s->backend->conn);
		break;
	case RELAY_SOURCE_EOF:
		return session_end(s, END_CLIENT_CLOSED);
	case RELAY_SOURCE_FAILED:
		return session_end(s, END_CLIENT_RESET);
	case RELAY_BAD:
		if (x->begun)
			return session_end(s, END_BODY_BAD);
		backend_close(s, s->backend);
		return reply(s, 400, x->request.body.reason, END_BODY_BAD);
	}
	return STEP_WAIT;
}

/* Bytes that TLS holds already raise no event. */
static void
wait_for(struct conn *conn, bool to_read, bool to_write)
{
	conn_wait(conn, to_read, to_write);
	if (to_read && conn_holds(conn))
		conn_again(conn);
}

static void
wait(struct session *s)
{
	struct exchange *x = &s->exchange;
	struct way *request = &x->request, *response = &x->response;
	bool ahead_of_turn = request->relay.state == RELAY_ENDED &&
	    !s->client_ended && s->incoming.len < PIPELINE_BYTES_MAX;
	bool until_closed = response->relay.state == RELAY_ENDED;

	wait_for(s->client,
	    request->ahead.len == 0 &&
		(ahead_of_turn || relay_waits_to_read(&request->relay)),
	    response->ahead.len > 0 || relay_waits_to_write(&response->relay));
	wait_for(s->backend->conn,
	    response->ahead.len == 0 &&
		(until_closed || relay_waits_to_read(&response->relay)),
	    request->ahead.len > 0 || relay_waits_to_write(&request->relay));
}

static enum step
exchange(struct session *s, bool client_ready, bool server_ready)
{
	enum step step;

	step = move_answer(s, server_ready);
	if (s->stage == EXCHANGING)
		step = move_request(s, client_ready);
	if (s->stage == EXCHANGING)
		step = settle_answer(s);
	if (s->stage == EXCHANGING)
		step = settle_request(s);
	if (s->stage == EXCHANGING)
		wait(s);
	return step;
}

/* Bytes that TLS holds already raise no event. */
enum step
exchanging_run(struct session *s)
{
	return exchange(s, conn_holds(s->client), conn_holds(s->backend->conn));
}

void
exchanging_client_ready(struct session *s)
{
	session_moved(s);
	if (exchange(s, true, false) == STEP_ON)
		session_run(s);
}

void
exchanging_backend_ready(void *owner)
{
	struct backend *b = owner;
	struct session *s = b->session;
	enum step step;

	if (s->stage == ENDED)
		return;
	if (b != s->backend) {
		if (s->stage == WAITING || s->stage == READING_HEAD)
			backend_is_quiet(s, b);
		else /* heard when the answer under way is over */
			conn_wait(b->conn, false, false);
		return;
	}
	/* What this turn tells of was there before the request was. */
	if (s->stage == EXCHANGING && b->turn == s->all->loop->turn) {
		backend_is_quiet(s, b);
		return;
	}
	session_moved(s);
	step = s->stage == CONNECTING ? connecting_run(s)
				      : exchange(s, false, true);
	if (step == STEP_ON)
		session_run(s);
}
