/*
 * The strict guard in front of http-parser: reads a head byte by byte and
 * refuses it at the byte that makes it invalid.
 *
 * Debian's http-parser accepts bare LF, folded lines, a space before the
 * colon and more (docs/decisions). Whatever the guard lets through, every
 * parser reads the same way. It keeps no bytes but the method's, only where
 * it stands, so a head may come in any pieces.
 */
#ifndef CASGATE_HTTP_GUARD_H
#define CASGATE_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "http/method.h"

/* Why a message is refused: the answer's status and a sentence. */
struct refusal {
	unsigned status;    /* 400, 414, 431, 501 for a request;
	                       502 for a response */
	const char *reason; /* "a line ends without CR", a literal */
};

struct guard_limits {
	size_t head_bytes, headers, target_bytes;
};

enum guard_kind { GUARD_REQUEST, GUARD_RESPONSE };

enum guard_verdict { GUARD_MORE, GUARD_COMPLETE, GUARD_REFUSED };

struct guard {
	enum guard_kind kind;
	unsigned state;     /* private to guard.c, as are the counts */
	size_t head_bytes;  /* read so far; of the whole head once complete */
	size_t token_bytes; /* of the method, target, version or status */
	size_t headers;
	char method[METHOD_BYTES_MAX];
	struct refusal refusal;            /* once refused */
	const struct guard_limits *limits; /* borrowed during guard_read() */
};

void guard_init(struct guard *guard, enum guard_kind kind);

/* True while not one byte of a message has been seen (an empty line before a
 * request line, RFC 9112 2.2, does not count). */
bool guard_idle(const struct guard *guard);

/*
 * Reads on. With GUARD_COMPLETE, `*used` says how many of these bytes belong
 * to the head; the empty line before a request line is counted in it and in
 * `head_bytes`. A method we don't serve is refused at the space behind it.
 */
enum guard_verdict guard_read(struct guard *guard,
    const struct guard_limits *limits, struct text bytes, size_t *used);

#endif
