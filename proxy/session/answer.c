/*
 * Reads the head of a server's answer, behind any interim ones, and sends it
 * on with what came of its body.
 */
#include "http/rewrite.h"
#include "session/session.h"

/* Answers before the final one; more is a server gone mad. */
#define INTERIMS_MAX 16

/* The server is gone, or talks nonsense, before its answer has begun. A
 * channel into the CAS never gets an answer: its end is an end like others. */
static enum step
no_answer(struct session *s, enum end end)
{
	const struct way *request = &s->exchange.request;

	if (s->request.method_is == METHOD_RPC && !way_is_over(request) &&
	    end != END_ANSWER_BAD)
		return session_end(s, end);
	if (s->exchange.response.ahead.len > 0) /* half of a 1xx is out */
		return session_end(s, end);
	backend_close(s, s->backend);
	return reply(s, 502,
	    end == END_ANSWER_BAD
		? "the server's answer broke the rules of HTTP"
		: "the server closed the connection without an answer",
	    end);
}

static bool
host_is_ours(void *owner, struct text host)
{
	const struct session *s = owner;
	bool listed = false;

	site_tenant(s->site, host, &listed);
	return listed ||
	    text_equals_fold(host, head_host_name(request_host(&s->request)));
}

/* The head of the final answer, and what came of its body. */
static enum step
begin_answer(
    struct session *s, const struct head *head, unsigned char *body, size_t len)
{
	struct exchange *x = &s->exchange;
	struct way *way = &x->response;
	/* Without a body, too: the header alone is not for HTTP/1.0. */
	bool dechunk = s->request.old &&
	    head_find(head, TEXT("Transfer-Encoding")) != NULL;
	struct mending mending = {
	    .plain_rpc = s->request.service->is_rpc,
	    .tls = s->listener->tls != NULL,
	    .port = session_port(s),
	    .is_ours = host_is_ours,
	    .owner = s,
	    .close = s->all->draining || dechunk,
	    .dechunk = dechunk,
	};
	size_t came = len, rest;
	enum pass pass;

	x->begun = true;
	x->server_keeps = head->keep_alive && !mending.close;
	s->request.status = head->status;
	way->body = head->body;
	way->body.dechunk = dechunk;
	rewrite_response(&way->ahead, head, &mending);
	pass = way_pass(&way->body, body, &len, &rest);
	buffer_add(&way->ahead, body, len);
	if (way->ahead.failed)
		return session_end(s, END_NO_MEMORY);
	x->surplus = pass == PASS_END && rest < came;
	if (pass == PASS_END)
		way->relay.state = RELAY_ENDED;
	if (pass == PASS_BAD)
		way->relay.state = RELAY_BAD;
	way->last = pass == PASS_END && !x->surplus &&
	    way_is_over(&x->request) && !exchanging_keeps_client(s);
	way_send_ahead(way);
	return STEP_WAIT;
}

/* 100 Continue and its like go on as they come, but not to HTTP/1.0, which
 * does not know them (RFC 9110 15.2). */
static enum step
pass_interim(struct session *s, const struct head *head)
{
	struct exchange *x = &s->exchange;
	struct mending mending = {.plain_rpc = true};

	if (++x->interims > INTERIMS_MAX)
		return no_answer(s, END_ANSWER_BAD);
	guard_init(&s->guard, GUARD_RESPONSE);
	if (s->request.old)
		return STEP_ON;
	rewrite_response(&x->response.ahead, head, &mending);
	if (x->response.ahead.failed)
		return session_end(s, END_NO_MEMORY);
	way_send_ahead(&x->response);
	return STEP_ON;
}

static enum step
take_head(struct session *s, struct text bytes, unsigned char *body, size_t len)
{
	struct head *head = &s->all->head;
	struct refusal refusal;

	if (head_read_response(head, bytes, s->request.method_is, &refusal) ==
	    -1)
		return no_answer(s, END_ANSWER_BAD);
	if (head->status / 100 == 1)
		return pass_interim(s, head);
	return begin_answer(s, head, body, len);
}

/* Keeps the beginning of a head until the rest comes. What was kept before
 * ends with these bytes: heads in front of them have been passed on. */
static enum step
keep_partial(struct session *s, const unsigned char *bytes, size_t len)
{
	struct buffer *partial = &s->exchange.partial;

	if (partial->len == 0)
		buffer_add(partial, bytes, len);
	else
		buffer_drop(partial, partial->len - len);
	return partial->failed ? session_end(s, END_NO_MEMORY) : STEP_WAIT;
}

/* Looks at bytes[from..len) for the head of an answer, and for that of the
 * final one behind any interim ones. `bytes` begins with a head. */
static enum step
read_heads(struct session *s, unsigned char *bytes, size_t from, size_t len)
{
	struct exchange *x = &s->exchange;
	enum step step = STEP_ON;

	while (step == STEP_ON && from < len) {
		struct text piece = {(char *)bytes + from, len - from};
		size_t used = 0;

		switch (guard_read(
		    &s->guard, &s->site->answer_limits, piece, &used)) {
		case GUARD_REFUSED:
			return no_answer(s, END_ANSWER_BAD);
		case GUARD_MORE:
			return keep_partial(s, bytes, len);
		case GUARD_COMPLETE:
			break;
		}
		from += used;
		step = take_head(s, (struct text){(char *)bytes, from},
		    bytes + from, len - from);
		if (s->stage != EXCHANGING)
			return step; /* it was no answer */
		bytes += from;
		len -= from;
		from = 0;
	}
	if (s->stage == EXCHANGING)
		buffer_clear(&x->partial);
	return step == STEP_ON ? STEP_WAIT : step;
}

enum step
answer_read(struct session *s)
{
	struct exchange *x = &s->exchange;
	struct loop *loop = s->all->loop;
	size_t from = x->partial.len, moved;

	switch (conn_read(
	    s->backend->conn, loop->scratch, LOOP_SCRATCH_BYTES, &moved)) {
	case IO_DONE:
		break;
	case IO_AGAIN:
		return STEP_WAIT;
	case IO_EOF:
		return no_answer(s, END_SERVER_CLOSED);
	case IO_FAILED:
		return no_answer(s, END_SERVER_RESET);
	}
	if (from == 0)
		return read_heads(s, loop->scratch, 0, moved);
	buffer_add(&x->partial, loop->scratch, moved);
	if (x->partial.failed)
		return session_end(s, END_NO_MEMORY);
	return read_heads(
	    s, (unsigned char *)x->partial.at, from, x->partial.len);
}
