/*
 * Answers of our own, and the careful close behind them.
 *
 * The request's body may still be on its way. Closing now would reset the
 * connection and could destroy the answer before the client has read it
 * (RFC 9112 9.6), so our side is ended first, and what still comes is read
 * and thrown away, within bounds.
 */
#include "http/reply.h"
#include "session/session.h"

#define RETRY_AFTER_S 10

static enum step
begin(struct session *s, struct reply *answer, enum end outcome)
{
	char id[REQUEST_ID_BYTES];

	answer->id = request_id(&s->request, id);
	answer->head_only = s->request.method_is == METHOD_HEAD;
	buffer_reset(&s->outgoing);
	reply_write(&s->outgoing, answer);
	exchange_clear(&s->exchange);
	if (s->outgoing.failed)
		return session_end(s, END_NO_MEMORY);
	s->request.status = answer->status;
	s->outcome = outcome;
	session_enter(s, REPLYING);
	return STEP_ON;
}

enum step
reply(struct session *s, unsigned status, const char *reason, enum end outcome)
{
	struct reply answer = {
	    .status = status,
	    .reason = text_of(reason),
	    .retry_after_s = status == 503 ? RETRY_AFTER_S : 0,
	};

	return begin(s, &answer, outcome);
}

enum step
reply_redirect(struct session *s, struct text location, bool no_store)
{
	struct reply answer = {
	    .status = 302,
	    .location = location,
	    .no_store = no_store,
	};

	return begin(s, &answer, END_REPLIED);
}

enum step
replying_run(struct session *s)
{
	switch (conn_send(s->client, &s->outgoing, true)) {
	case IO_DONE:
		session_tell(s, s->outcome);
		return linger(s);
	case IO_AGAIN:
		conn_wait(s->client, false, true);
		return STEP_WAIT;
	case IO_EOF:
	case IO_FAILED:
		break;
	}
	return session_end(s, END_CLIENT_RESET);
}

enum step
linger(struct session *s)
{
	exchange_clear(&s->exchange);
	while (!SLIST_EMPTY(&s->backends))
		backend_close(s, SLIST_FIRST(&s->backends));
	buffer_clear(&s->incoming);
	s->told = true;
	conn_end(s->client);
	session_enter(s, LINGERING);
	return STEP_ON;
}

enum step
lingering_run(struct session *s)
{
	struct loop *loop = s->all->loop;

	while (s->discarded < LINGER_BYTES_MAX) {
		size_t moved;

		switch (conn_read(
		    s->client, loop->scratch, LOOP_SCRATCH_BYTES, &moved)) {
		case IO_DONE:
			s->discarded += moved;
			break;
		case IO_AGAIN:
			conn_wait(s->client, true, false);
			return STEP_WAIT;
		case IO_EOF:
		case IO_FAILED:
			return session_end(s, s->outcome);
		}
	}
	return session_end(s, s->outcome);
}
