/*
 * Connections that are closed as soon as they come, and how that is told
 * without a flood: the error log has the first one at once, and then one line
 * a minute for all of that kind.
 */
#ifndef CASGATE_SESSION_REJECTIONS_H
#define CASGATE_SESSION_REJECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "net/loop.h"
#include "session/end.h"

struct rejections {
	struct loop *loop;   /* borrowed */
	struct timer *timer; /* for what is still to be told */
	struct rejection {
		uint64_t untold;
		uint64_t quiet_until_ms;
		struct address last;
	} of[ENDS];
};

/* 0, or -1 without memory. */
int rejections_init(struct rejections *rejections, struct loop *loop);
void rejections_clear(struct rejections *rejections);

/* True if it was told, and the access log may tell of it as well. */
bool rejections_add(
    struct rejections *rejections, enum end why, const struct address *peer);

#endif
