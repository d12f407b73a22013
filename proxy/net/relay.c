/*
 * Moves bytes one way, from one conn to another, holding at most one block.
 *
 * Bytes are read into a borrowed block and written on from there. As a rule
 * it goes back at once; what the kernel would not take stays in it.
 */
#include "net/relay.h"

#include <errno.h>
#include <string.h>

/* After so much others have their turn: each is a block full at most. */
#define HELPINGS 4

void
relay_init(struct relay *relay, struct conn *from, struct conn *to,
    pass_function *pass, void *owner)
{
	*relay = (struct relay){
	    .from = from,
	    .to = to,
	    .pass = pass,
	    .owner = owner,
	};
}

void
relay_clear(struct relay *relay)
{
	block_return(relay->held);
	block_return(relay->rest);
	relay->held = relay->rest = NULL;
}

/* The relay is over as soon as all has been written. */
static void
finish(struct relay *relay, enum relay_state state)
{
	relay->state = relay_waits_to_write(relay) ? RELAY_FLUSHING : state;
	relay->after = state;
}

/* Nothing more is written: what is held is of no use. */
static void
fail(struct relay *relay, enum relay_state state)
{
	block_return(relay->held);
	relay->held = NULL;
	relay->state = state;
}

/* Writes what is held. True when nothing is any more. */
static bool
flush(struct relay *relay)
{
	struct block *held = relay->held;
	enum io io;

	while (held != NULL && held->start < held->end) {
		size_t moved;

		switch (conn_write(relay->to, held->bytes + held->start,
		    held->end - held->start, &moved)) {
		case IO_DONE:
			held->start += moved;
			break;
		case IO_AGAIN:
			return false;
		case IO_EOF:
		case IO_FAILED:
			fail(relay, RELAY_SINK_FAILED);
			return false;
		}
	}
	block_return(held);
	relay->held = NULL;
	io = conn_flush(relay->to);
	if (io == IO_FAILED)
		fail(relay, RELAY_SINK_FAILED);
	return io == IO_DONE;
}

static struct block *
borrow(struct relay *relay)
{
	struct block *block = block_borrow(&relay->to->loop->blocks);

	if (block == NULL) {
		relay->from->error = ENOMEM;
		fail(relay, RELAY_SOURCE_FAILED);
	}
	return block;
}

/* The first bytes of the next message, behind the end of this one. */
static bool
keep_rest(struct relay *relay, const unsigned char *bytes, size_t len)
{
	if (len == 0)
		return true;
	relay->rest = borrow(relay);
	if (relay->rest == NULL)
		return false;
	memcpy(relay->rest->bytes, bytes, len);
	relay->rest->end = len;
	return true;
}

/* Shows what is held to `pass`, and writes it. */
static void
take(struct relay *relay)
{
	struct block *block = relay->held;
	size_t kept = block->end, rest = block->end;
	enum pass pass = relay->pass(relay->owner, block->bytes, &kept, &rest);

	if (pass == PASS_END &&
	    !keep_rest(relay, block->bytes + rest, block->end - rest))
		return;
	block->end = kept;
	flush(relay);
	if (relay->state != RELAY_FLOWING)
		return;
	switch (pass) {
	case PASS_ON:
		break;
	case PASS_END:
		finish(relay, RELAY_ENDED);
		break;
	case PASS_BAD:
		/* At once: nobody is owed the rest of a broken message. */
		fail(relay, RELAY_BAD);
		break;
	}
}

/*
 * Reads into a block: once, and on while the stream holds bytes no event would
 * tell of. Some may have come whatever the answer is, which is that of the last
 * attempt; IO_AGAIN when an event will tell of more.
 */
static enum io
fill(struct relay *relay, struct block *block)
{
	enum io io;
	size_t moved;

	do {
		io = conn_read(relay->from, block->bytes + block->end,
		    BLOCK_READ_BYTES - block->end, &moved);
		if (io != IO_DONE)
			return io;
		block->end += moved;
		if (block->end == BLOCK_READ_BYTES)
			return IO_DONE;
	} while (conn_holds(relay->from));
	return IO_AGAIN;
}

/* Moves one block full. False when there is no more to do for now. */
static bool
help(struct relay *relay)
{
	struct block *block = borrow(relay);
	enum io io;

	if (block == NULL)
		return false;
	relay->held = block;
	io = fill(relay, block);
	if (block->end > 0)
		take(relay);
	else
		flush(relay);
	if (relay->state != RELAY_FLOWING)
		return false;
	switch (io) {
	case IO_DONE:
		return !relay_waits_to_write(relay);
	case IO_AGAIN:
		break;
	case IO_EOF:
		finish(relay, RELAY_SOURCE_EOF);
		break;
	case IO_FAILED:
		finish(relay, RELAY_SOURCE_FAILED);
		break;
	}
	return false;
}

void
relay_pump(struct relay *relay)
{
	int helpings = 0;

	if (relay->state == RELAY_FLUSHING && flush(relay))
		relay->state = relay->after;
	if (relay->state != RELAY_FLOWING || !flush(relay))
		return;
	while (help(relay))
		if (++helpings == HELPINGS) {
			if (conn_holds(relay->from))
				conn_again(relay->from);
			return;
		}
}

void
relay_take_rest(struct relay *relay, struct buffer *to)
{
	struct block *rest = relay->rest;

	if (rest == NULL)
		return;
	buffer_add(to, rest->bytes + rest->start, rest->end - rest->start);
	block_return(rest);
	relay->rest = NULL;
}

bool
relay_waits_to_read(const struct relay *relay)
{
	return relay->state == RELAY_FLOWING && !relay_waits_to_write(relay);
}

bool
relay_waits_to_write(const struct relay *relay)
{
	return relay->held != NULL || relay->to->unsent;
}

bool
relay_is_flushing(const struct relay *relay)
{
	return relay->held != NULL || relay->state == RELAY_FLUSHING;
}
