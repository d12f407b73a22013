/*
 * Reads the head of a request, and decides what is done with it.
 *
 * The usual head comes in one piece and is read where it landed, in the
 * loop's scratch; only one that comes in several is collected.
 */
#include "http/rewrite.h"
#include "session/session.h"
#include "site/route.h"
#include "tls/tls_conn.h"

/* The bytes the guard has not seen yet: those left over from the request
 * before, or else what the client sends now. */
static enum io
next_bytes(struct session *s, unsigned char **bytes, size_t *len)
{
	struct loop *loop = s->all->loop;
	enum io io;

	if (s->examined < s->incoming.len) {
		*bytes = (unsigned char *)s->incoming.at + s->examined;
		*len = s->incoming.len - s->examined;
		return IO_DONE;
	}
	io = conn_read(s->client, loop->scratch, LOOP_SCRATCH_BYTES, len);
	if (io != IO_DONE)
		return io;
	*bytes = loop->scratch;
	if (s->incoming.len > 0) {
		buffer_add(&s->incoming, *bytes, *len);
		if (s->incoming.failed)
			return IO_FAILED;
		*bytes = (unsigned char *)s->incoming.at + s->examined;
	}
	return IO_DONE;
}

/* The first head has the time it was waited for, or it could take twice. */
static void
begin_head(struct session *s)
{
	uint64_t since_ms = s->since_ms;

	session_enter(s, READING_HEAD);
	if (s->client->written_bytes == 0)
		s->since_ms = since_ms;
}

/* Keeps a piece of a head until the rest of it comes. */
static enum step
keep(struct session *s, const unsigned char *bytes, size_t len)
{
	if (s->incoming.len == 0)
		buffer_add(&s->incoming, bytes, len);
	if (s->incoming.failed)
		return session_end(s, END_NO_MEMORY);
	s->examined = s->incoming.len;
	if (s->stage == WAITING && !guard_idle(&s->guard))
		begin_head(s);
	return STEP_ON; /* there may be more */
}

static enum step
refuse(struct session *s, const struct refusal *refusal)
{
	bool large = refusal->status == 414 || refusal->status == 431;

	session_note_request(s, NULL);
	return reply(s, refusal->status, refusal->reason,
	    large ? END_HEAD_TOO_LARGE : END_REQUEST_BAD);
}

/* Puts the head for the CAS, and what came of the body, into `ahead`. */
static int
prepare(struct session *s, const struct head *head, unsigned char *body,
    size_t len, size_t *rest)
{
	struct way *way = &s->exchange.request;
	char client[ADDRESS_TEXT_MAX];
	struct forwarding forwarding = {
	    .client = {client, address_print_host(&s->peer, client)},
	    .port = session_port(s),
	    .tls = s->listener->tls != NULL,
	};
	size_t kept;

	way->body = head->body;
	way->whole = false;
	rewrite_request(&way->ahead, head, &forwarding);
	switch (body_pass(&way->body, body, len, rest, &kept)) {
	case BODY_COMPLETE:
		way->whole = true;
		break;
	case BODY_FLOWING:
		break;
	case BODY_BROKEN:
		return -1;
	}
	buffer_add(&way->ahead, body, kept);
	return 0;
}

/* What was read behind the message belongs to the next one. */
static void
keep_rest(struct session *s, const unsigned char *rest, size_t len)
{
	struct buffer after = {0};

	if (len > 0)
		buffer_add(&after, rest, len);
	buffer_clear(&s->incoming);
	s->incoming = after;
	s->examined = 0;
}

static enum step
forward(struct session *s, const struct head *head, struct pool *pool,
    unsigned char *body, size_t len)
{
	size_t rest = 0;

	if (prepare(s, head, body, len, &rest) == -1)
		return reply(
		    s, 400, s->exchange.request.body.reason, END_BODY_BAD);
	keep_rest(s, body + rest, len - rest);
	if (s->exchange.request.ahead.failed || s->incoming.failed)
		return session_end(s, END_NO_MEMORY);
	return connecting_begin(s, pool);
}

static enum step
decide(struct session *s, struct text bytes, unsigned char *body, size_t len)
{
	struct head *head = &s->all->head;
	struct refusal refusal;
	struct route route;

	if (head_read_request(head, bytes, &refusal) == -1)
		return refuse(s, &refusal);
	session_note_request(s, head);
	route = route_request(s->site, s->listener, tls_conn_sni(s->client),
	    head, &s->all->scratch);
	s->request.service = route.service;
	switch (route.kind) {
	case ROUTE_FORWARD:
		return forward(s, head, route.pool, body, len);
	case ROUTE_REDIRECT:
		return reply_redirect(
		    s, buffer_text(&s->all->scratch), route.no_store);
	case ROUTE_REFUSE:
		break;
	}
	return reply(s, route.status, route.reason, END_REPLIED);
}

/* Where the head begins: in front of the bytes just examined. */
static enum step
read_piece(struct session *s, unsigned char *bytes, size_t len)
{
	struct text piece = {(const char *)bytes, len};
	size_t used = 0;
	struct text head;

	switch (guard_read(&s->guard, &s->site->head_limits, piece, &used)) {
	case GUARD_MORE:
		return keep(s, bytes, len);
	case GUARD_REFUSED:
		return refuse(s, &s->guard.refusal);
	case GUARD_COMPLETE:
		break;
	}
	head.len = s->guard.head_bytes;
	head.at = (const char *)bytes + used - head.len;
	return decide(s, head, bytes + used, len - used);
}

enum step
reading_run(struct session *s)
{
	unsigned char *bytes;
	size_t len;

	switch (next_bytes(s, &bytes, &len)) {
	case IO_DONE:
		return read_piece(s, bytes, len);
	case IO_AGAIN:
		conn_wait(s->client, true, false);
		return STEP_WAIT;
	case IO_EOF:
		return session_end(s, END_CLIENT_CLOSED);
	case IO_FAILED:
		break;
	}
	return session_end(
	    s, s->incoming.failed ? END_NO_MEMORY : END_CLIENT_RESET);
}
