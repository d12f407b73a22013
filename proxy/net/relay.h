/*
 * Moves bytes one way, from one conn to another, holding at most one block.
 *
 * Back-pressure needs no numbers: while the block is not yet written, the
 * relay does not ask to read, the kernel's receive window fills, and the
 * sender slows down by itself.
 *
 * What the bytes mean is not the relay's business: a `pass` function of the
 * owner looks at each piece between reading and writing. It may shorten the
 * piece in place (chunk sizes are re-written, never longer than they came),
 * and says where the message ends.
 */
#ifndef CASGATE_NET_RELAY_H
#define CASGATE_NET_RELAY_H

#include <stdbool.h>

#include "base/block.h"
#include "base/buffer.h"
#include "net/conn.h"

/* What `pass` says of the piece it was shown. */
enum pass {
	PASS_ON,  /* write it on, more may come */
	PASS_END, /* write it on, the message ends with it */
	PASS_BAD  /* it breaks the framing: write what *len kept, at most */
};

/*
 * Looks at bytes[0..*len). Sets *len to what is to be written (in place, from
 * bytes[0]) and *rest to where the bytes begin that belong to the next
 * message (== the old *len when there are none); only with PASS_END.
 */
typedef enum pass pass_function(
    void *owner, unsigned char *bytes, size_t *len, size_t *rest);

struct relay {
	struct conn *from, *to; /* borrowed from the session */
	struct block *held;     /* owned; NULL while nothing is in flight */
	pass_function *pass;
	void *owner; /* borrowed; for pass */
	enum relay_state {
		RELAY_FLOWING,
		RELAY_FLUSHING,      /* over, but not all is written */
		RELAY_ENDED,         /* all of the message is written */
		RELAY_SOURCE_EOF,    /* `from` ended before the message did, and
		                        what came before is written */
		RELAY_SOURCE_FAILED, /* reading failed, and the same */
		RELAY_SINK_FAILED,   /* writing failed, or ENOMEM */
		RELAY_BAD            /* pass said PASS_BAD; what is not yet
		                        written never will be */
	} state;
	enum relay_state after; /* once flushed */
	/* Bytes read past the end of the message: the next one's. Owned; NULL
	 * when there are none. */
	struct block *rest;
};

void relay_init(struct relay *relay, struct conn *from, struct conn *to,
    pass_function *pass, void *owner);

/* Returns what is held; the conns may be gone already, and an all-zero relay is
 * fine. The relay can be initialised again. */
void relay_clear(struct relay *relay);

/* Moves what can be moved now, a few helpings at most. Bytes that the stream
 * still holds after that bring `ready` of `from` in the next turn. */
void relay_pump(struct relay *relay);

/* Moves the bytes read past the end of the message to a buffer, once; adds
 * none when there are none. */
void relay_take_rest(struct relay *relay, struct buffer *to);

bool relay_waits_to_read(const struct relay *relay);
bool relay_waits_to_write(const struct relay *relay);

/* True while something is left to do that is not about reading. */
bool relay_is_flushing(const struct relay *relay);

#endif
