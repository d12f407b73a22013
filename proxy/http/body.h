/*
 * The body of a message on its way through: where it ends, and whether it
 * keeps to its own framing (RFC 9112 6 and 7).
 */
#ifndef CASGATE_HTTP_BODY_H
#define CASGATE_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum body_kind {
	BODY_NONE,
	BODY_COUNTED,    /* Content-Length; `left` bytes are still to come */
	BODY_CHUNKED,    /* `left` bytes of the chunk under way are */
	BODY_UNTIL_CLOSE /* a response to its end of connection */
};

enum body_progress {
	BODY_FLOWING,
	BODY_COMPLETE,
	BODY_BROKEN /* `reason` says what broke */
};

/* Of one chunk's size line behind the size, and of all trailers together. */
#define BODY_EXTENSION_BYTES_MAX 256
#define BODY_TRAILER_BYTES_MAX 8192

/* All zero but for `kind` and `left` (and `dechunk`) when it begins. */
struct body {
	enum body_kind kind;
	uint64_t left;
	/* Chunked to a client of HTTP/1.0: the data alone is kept. */
	bool dechunk;
	/* Private to body.c: where in the chunk's framing we stand. */
	unsigned state;
	unsigned size_digits, line_bytes;
	const char *reason;
};

/*
 * Passes the next bytes of the body, bytes[0..len). Chunk sizes are written
 * anew, extensions and trailers are dropped, all in place: bytes[0..*kept) is
 * what goes on, bytes[*used..len) belongs to the next message. What is kept
 * is never longer than what was used, so of the zeros in front of a size one
 * goes on: it can't be told in time from the size 0. Nothing is kept of bytes
 * that break the framing.
 *
 * A body of kind BODY_NONE, or one with nothing left, is complete at once.
 * BODY_UNTIL_CLOSE flows on; its end is the end of the connection.
 */
enum body_progress body_pass(struct body *body, unsigned char *bytes,
    size_t len, size_t *used, size_t *kept);

/* True when no byte of a body follows the head. */
bool body_is_empty(const struct body *body);

#endif
