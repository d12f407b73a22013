/*
 * Moves bytes one way, from one conn to another, holding at most one block.
 *
 * Bytes are read into the loop's scratch and written on from there. A block
 * is borrowed only for what the kernel would not take.
 */
#include "net/relay.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* After so much others have their turn: each is a scratch full at most. */
#define HELPINGS 4

void
relay_init(struct relay *relay, struct conn *from, struct conn *to,
    pass_function *pass, void *owner)
{
	*relay = (struct relay){
	    .from = from,
	    .to = to,
	    .blocks = &to->loop->blocks,
	    .pass = pass,
	    .owner = owner,
	};
}

void
relay_clear(struct relay *relay)
{
	block_return(relay->blocks, relay->held);
	block_return(relay->blocks, relay->rest);
	relay->held = relay->rest = NULL;
}

/* The relay is over as soon as what is held has been written. */
static void
finish(struct relay *relay, enum relay_state state)
{
	relay->state = relay->held != NULL ? RELAY_FLUSHING : state;
	relay->after = state;
}

/* Nothing more is written: what is held is of no use. */
static void
fail(struct relay *relay, enum relay_state state)
{
	block_return(relay->blocks, relay->held);
	relay->held = NULL;
	relay->state = state;
}

/* Writes until all is written or nothing more goes; moves *from along. False
 * when the sink is broken. */
static bool
put(struct relay *relay, const unsigned char **from, size_t *len)
{
	while (*len > 0) {
		size_t moved;

		switch (conn_write(relay->to, *from, *len, &moved)) {
		case IO_DONE:
			*from += moved;
			*len -= moved;
			relay->bytes += moved;
			break;
		case IO_AGAIN:
			return true;
		case IO_EOF:
		case IO_FAILED:
			fail(relay, RELAY_SINK_FAILED);
			return false;
		}
	}
	return true;
}

/* A copy of the bytes in a block, NULL without memory. */
static struct block *
copy(struct relay *relay, const unsigned char *bytes, size_t len)
{
	struct block *block;

	assert(len <= BLOCK_BYTES);
	block = block_borrow(relay->blocks);
	if (block == NULL)
		return NULL;
	memcpy(block->bytes, bytes, len);
	block->end = len;
	return block;
}

static void
write_on(struct relay *relay, const unsigned char *bytes, size_t len)
{
	if (!put(relay, &bytes, &len) || len == 0)
		return;
	relay->held = copy(relay, bytes, len);
	if (relay->held == NULL) {
		relay->to->error = ENOMEM;
		fail(relay, RELAY_SINK_FAILED);
	}
}

/* The first bytes of the next message, behind the end of this one. */
static void
keep_rest(struct relay *relay, const unsigned char *bytes, size_t len)
{
	if (len == 0)
		return;
	relay->rest = copy(relay, bytes, len);
	if (relay->rest == NULL) {
		relay->from->error = ENOMEM;
		fail(relay, RELAY_SOURCE_FAILED);
	}
}

static void
take(struct relay *relay, unsigned char *bytes, size_t len)
{
	size_t kept = len, rest = len;
	enum pass pass = relay->pass(relay->owner, bytes, &kept, &rest);

	write_on(relay, bytes, kept);
	if (relay->state != RELAY_FLOWING)
		return;
	switch (pass) {
	case PASS_ON:
		break;
	case PASS_END:
		finish(relay, RELAY_ENDED);
		keep_rest(relay, bytes + rest, len - rest);
		break;
	case PASS_BAD:
		/* At once: nobody is owed the rest of a broken message. */
		fail(relay, RELAY_BAD);
		break;
	}
}

/*
 * Reads into the scratch: once, and on while the stream holds bytes no event
 * would tell of. `*len` may be above 0 whatever the answer is, which is that
 * of the last attempt; IO_AGAIN when an event will tell of more.
 */
static enum io
fill(struct relay *relay, size_t *len)
{
	unsigned char *scratch = relay->to->loop->scratch;
	enum io io;
	size_t moved;

	*len = 0;
	do {
		io = conn_read(relay->from, scratch + *len,
		    LOOP_SCRATCH_BYTES - *len, &moved);
		if (io != IO_DONE)
			return io;
		*len += moved;
		if (*len == LOOP_SCRATCH_BYTES)
			return IO_DONE;
	} while (conn_holds(relay->from));
	return IO_AGAIN;
}

/* Moves one scratch full. False when there is no more to do for now. */
static bool
help(struct relay *relay)
{
	size_t len;
	enum io io = fill(relay, &len);

	if (len > 0)
		take(relay, relay->to->loop->scratch, len);
	if (relay->state != RELAY_FLOWING)
		return false;
	switch (io) {
	case IO_DONE:
		return relay->held == NULL;
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

/* Writes what is held. True when nothing is any more. */
static bool
flush(struct relay *relay)
{
	struct block *held = relay->held;
	const unsigned char *from;
	size_t len;

	if (held == NULL)
		return true;
	from = held->bytes + held->start;
	len = held->end - held->start;
	if (!put(relay, &from, &len))
		return false;
	held->start = held->end - len;
	if (len > 0)
		return false;
	block_return(relay->blocks, held);
	relay->held = NULL;
	return true;
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
	block_return(relay->blocks, rest);
	relay->rest = NULL;
}

bool
relay_waits_to_read(const struct relay *relay)
{
	return relay->state == RELAY_FLOWING && relay->held == NULL;
}

bool
relay_waits_to_write(const struct relay *relay)
{
	return relay->held != NULL;
}
