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
#include <stdint.h>

#include "base/block.h"
#include "net/conn.h"

/* What `pass` says of the piece it was shown. */
enum pass {
	PASS_ON,  /* write it on, more may come */
	PASS_END, /* write it on, the message ends with it */
	PASS_BAD  /* it breaks the framing: write none of its end */
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
		RELAY_FLUSHING, /* the message has ended, `held` is not empty */
		RELAY_ENDED,    /* all of the message is written */
		RELAY_SOURCE_EOF,    /* `from` ended before the message did, and
		                        what came before is written */
		RELAY_SOURCE_FAILED, /* reading failed */
		RELAY_SINK_FAILED,   /* writing failed */
		RELAY_BAD            /* pass said PASS_BAD */
	} state;
	enum relay_state after; /* once flushed */
	uint64_t bytes;         /* written to `to` so far */
	/* Bytes read past the end of the message: the next one's. Owned block,
	 * NULL when there are none; the owner takes it. */
	struct block *rest;
};

void relay_init(struct relay *relay, struct conn *from, struct conn *to,
    pass_function *pass, void *owner);

/* Returns what is held; the relay can be initialised again. */
void relay_clear(struct relay *relay);

/* Lets bytes that were read already (behind a head) go first. They are moved
 * through `pass` like any others and may be changed in place; what can't be
 * written is copied. */
void relay_push(struct relay *relay, unsigned char *bytes, size_t len);

/* Moves what can be moved now, one bounded helping: at most a few reads. */
void relay_pump(struct relay *relay);

bool relay_waits_to_read(const struct relay *relay);
bool relay_waits_to_write(const struct relay *relay);

#endif
