/*
 * One direction of an exchange.
 */
#include "session/way.h"

enum pass
way_pass(void *owner, unsigned char *bytes, size_t *len, size_t *rest)
{
	struct body *body = owner;
	size_t used = 0, kept = 0;
	enum body_progress progress =
	    body_pass(body, bytes, *len, &used, &kept);

	*len = kept;
	*rest = used;
	switch (progress) {
	case BODY_FLOWING:
		return PASS_ON;
	case BODY_COMPLETE:
		return PASS_END;
	case BODY_BROKEN:
		break;
	}
	return PASS_BAD;
}

void
way_open(struct way *way, struct conn *from, struct conn *to)
{
	relay_init(&way->relay, from, to, way_pass, &way->body);
	if (way->whole)
		way->relay.state = RELAY_ENDED;
}

bool
way_send_ahead(struct way *way)
{
	switch (conn_send(way->relay.to, &way->ahead, way->last)) {
	case IO_DONE:
		return true;
	case IO_AGAIN:
		break;
	case IO_EOF:
	case IO_FAILED:
		way->relay.state = RELAY_SINK_FAILED;
		buffer_clear(&way->ahead);
		break;
	}
	return false;
}

bool
way_is_over(const struct way *way)
{
	return way->ahead.len == 0 && way->relay.state == RELAY_ENDED &&
	    !way->relay.to->unsent;
}

void
way_clear(struct way *way)
{
	relay_clear(&way->relay);
	buffer_clear(&way->ahead);
	way->whole = way->last = false;
}
