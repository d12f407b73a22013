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

/* What was written may wait in the stream. */
static bool
sent(struct way *way)
{
	enum io io = conn_flush(way->relay.to);

	if (io == IO_FAILED)
		way->relay.state = RELAY_SINK_FAILED;
	return io == IO_DONE;
}

bool
way_send_ahead(struct way *way)
{
	while (way->ahead.len > 0) {
		size_t moved;

		switch (conn_write(
		    way->relay.to, way->ahead.at, way->ahead.len, &moved)) {
		case IO_DONE:
			buffer_drop(&way->ahead, moved);
			break;
		case IO_AGAIN:
			return false;
		case IO_EOF:
		case IO_FAILED:
			way->relay.state = RELAY_SINK_FAILED;
			buffer_clear(&way->ahead);
			return false;
		}
	}
	buffer_clear(&way->ahead);
	return sent(way);
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
	way->whole = false;
}
