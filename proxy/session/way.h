/*
 * One direction of an exchange: the head that goes ahead, and the relay for
 * the body behind it.
 */
#ifndef CASGATE_SESSION_WAY_H
#define CASGATE_SESSION_WAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "http/body.h"
#include "net/relay.h"

struct way {
	struct relay relay;
	struct body body;
	struct buffer
	    ahead;  /* a head, and what came with it, not yet written */
	bool whole; /* the message ends within `ahead` */
	bool last;  /* the connection ends with `ahead` */
};

/* Begins to move what `ahead` and `whole` already tell of. */
void way_open(struct way *way, struct conn *from, struct conn *to);

/* Writes what stands ahead of the relay. True once there is nothing left;
 * a failure is told by relay.state. */
bool way_send_ahead(struct way *way);

/* All of the message is written. */
bool way_is_over(const struct way *way);

/* The relay's pass function: `owner` is the way's body. */
enum pass way_pass(
    void *owner, unsigned char *bytes, size_t *len, size_t *rest);

/* Gives back what it holds. */
void way_clear(struct way *way);

#endif
