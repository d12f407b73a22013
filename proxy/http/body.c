#include "http/body.h"

#include <string.h>

#include "http/bytes.h"

/* Chunked, RFC 9112 7.1. */
enum state {
	SIZE,
	EXTENSION, /* behind ';' */
	EXTENSION_NAME,
	EXTENSION_VALUE, /* behind '=' */
	EXTENSION_TOKEN,
	QUOTED,
	QUOTED_PAIR, /* behind '\' */
	QUOTED_END,
	SIZE_END, /* behind CR */
	DATA,
	DATA_END, /* behind the data */
	DATA_END_LF,
	TRAILER, /* at the beginning of a line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_END,
	LAST_LF,
	COMPLETE,
	BROKEN
};

static enum state
broken(struct body *body, const char *reason)
{
	body->reason = reason;
	return BROKEN;
}

static enum state
size_digit(struct body *body, unsigned value, bool *keep)
{
	if (++body->size_digits > 16)
		return broken(body, "a chunk's size has more than 16 digits");
	if (body->left > INT64_MAX >> 4)
		return broken(body, "a chunk's size is too large");
	*keep = value > 0 || body->left > 0 || body->size_digits == 1;
	body->left = body->left << 4 | value;
	return SIZE;
}

static enum state
size(struct body *body, unsigned char byte, bool *keep)
{
	unsigned value = byte_digit(byte);

	if (value < NO_DIGIT)
		return size_digit(body, value, keep);
	if (body->size_digits == 0)
		return broken(body, "a chunk has no size");
	body->line_bytes = 0;
	if (byte == ';')
		return EXTENSION;
	*keep = true;
	return byte == '\r'
	    ? SIZE_END
	    : broken(body, "a chunk's size is followed by something else");
}

/* RFC 9112 7.1.1, without the spaces it calls bad. */
static enum state
extension(struct body *body, unsigned char byte, bool *keep)
{
	bool token = byte_classes[byte] & IN_NAME;

	if (byte == '\r' && body->state != EXTENSION &&
	    body->state != EXTENSION_VALUE) {
		*keep = true;
		return SIZE_END;
	}
	if (++body->line_bytes > BODY_EXTENSION_BYTES_MAX)
		return broken(body, "a chunk's extension is too long");
	switch (body->state) {
	case EXTENSION:
		if (token)
			return EXTENSION_NAME;
		break;
	case EXTENSION_NAME:
		if (token)
			return EXTENSION_NAME;
		if (byte == '=')
			return EXTENSION_VALUE;
		if (byte == ';')
			return EXTENSION;
		break;
	case EXTENSION_VALUE:
		if (byte == '"')
			return QUOTED;
		if (token)
			return EXTENSION_TOKEN;
		break;
	case EXTENSION_TOKEN:
		if (token)
			return EXTENSION_TOKEN;
		if (byte == ';')
			return EXTENSION;
		break;
	case QUOTED_END:
		if (byte == ';')
			return EXTENSION;
		break;
	}
	return broken(body, "a chunk's extension is none");
}

static enum state
quoted(struct body *body, unsigned char byte)
{
	if (++body->line_bytes > BODY_EXTENSION_BYTES_MAX)
		return broken(body, "a chunk's extension is too long");
	if (!(byte_classes[byte] & IN_VALUE) || byte >= 0x80)
		return broken(body, "a chunk's extension is none");
	if (body->state == QUOTED_PAIR)
		return QUOTED;
	return byte == '"' ? QUOTED_END : byte == '\\' ? QUOTED_PAIR : QUOTED;
}

static enum state
trailer(struct body *body, unsigned char byte, bool *keep)
{
	if (++body->line_bytes > BODY_TRAILER_BYTES_MAX)
		return broken(body, "the trailers are too large");
	switch (body->state) {
	case TRAILER:
		*keep = byte == '\r';
		if (byte == '\r')
			return LAST_LF;
		if (byte_classes[byte] & IN_NAME)
			return TRAILER_NAME;
		break;
	case TRAILER_NAME:
		if (byte_classes[byte] & IN_NAME)
			return TRAILER_NAME;
		if (byte == ':')
			return TRAILER_VALUE;
		break;
	case TRAILER_VALUE:
		if (byte_classes[byte] & IN_VALUE)
			return TRAILER_VALUE;
		if (byte == '\r')
			return TRAILER_END;
		break;
	case TRAILER_END:
		if (byte == '\n')
			return TRAILER;
		break;
	}
	return broken(body, "a trailer is no header");
}

/* The last byte of a line, or of the two behind the data. */
static enum state
expect(struct body *body, unsigned char byte, unsigned char wanted,
    enum state then, bool *keep)
{
	*keep = true;
	if (byte == wanted)
		return then;
	return broken(body,
	    body->state == SIZE_END || body->state == LAST_LF
		? "a CR stands alone in the chunks"
		: "a chunk's data is not ended by CRLF");
}

/* One byte of the framing; says whether it goes on. */
static enum state
next(struct body *body, unsigned char byte, bool *keep)
{
	switch ((enum state)body->state) {
	case SIZE:
		return size(body, byte, keep);
	case EXTENSION:
	case EXTENSION_NAME:
	case EXTENSION_VALUE:
	case EXTENSION_TOKEN:
	case QUOTED_END:
		return extension(body, byte, keep);
	case QUOTED:
	case QUOTED_PAIR:
		return quoted(body, byte);
	case SIZE_END:
		body->size_digits = body->line_bytes = 0;
		return expect(
		    body, byte, '\n', body->left > 0 ? DATA : TRAILER, keep);
	case DATA_END:
		return expect(body, byte, '\r', DATA_END_LF, keep);
	case DATA_END_LF:
		return expect(body, byte, '\n', SIZE, keep);
	case TRAILER:
	case TRAILER_NAME:
	case TRAILER_VALUE:
	case TRAILER_END:
		return trailer(body, byte, keep);
	case LAST_LF:
		return expect(body, byte, '\n', COMPLETE, keep);
	case DATA:
	case COMPLETE:
	case BROKEN:
		break;
	}
	return body->state;
}

/* As much of the message's own bytes as there are. */
static size_t
take(struct body *body, size_t len)
{
	if (len > body->left)
		len = (size_t)body->left;
	body->left -= len;
	return len;
}

static enum body_progress
pass_chunked(struct body *body, unsigned char *bytes, size_t len, size_t *used,
    size_t *kept)
{
	size_t at = 0, to = 0;

	while (at < len && body->state < COMPLETE) {
		bool keep = false;
		size_t data;

		if (body->state != DATA) {
			body->state = next(body, bytes[at], &keep);
			if (keep && !body->dechunk)
				bytes[to++] = bytes[at];
			at++;
			continue;
		}
		data = take(body, len - at);
		if (to != at)
			memmove(bytes + to, bytes + at, data);
		at += data;
		to += data;
		if (body->left == 0)
			body->state = DATA_END;
	}
	*used = at;
	*kept = body->state == BROKEN ? 0 : to;
	return body->state == COMPLETE ? BODY_COMPLETE
	    : body->state == BROKEN    ? BODY_BROKEN
				       : BODY_FLOWING;
}

enum body_progress
body_pass(struct body *body, unsigned char *bytes, size_t len, size_t *used,
    size_t *kept)
{
	*used = *kept = 0;
	switch (body->kind) {
	case BODY_NONE:
		break;
	case BODY_COUNTED:
		*used = *kept = take(body, len);
		return body->left > 0 ? BODY_FLOWING : BODY_COMPLETE;
	case BODY_CHUNKED:
		return pass_chunked(body, bytes, len, used, kept);
	case BODY_UNTIL_CLOSE:
		*used = *kept = len;
		return BODY_FLOWING;
	}
	return BODY_COMPLETE;
}

bool
body_is_empty(const struct body *body)
{
	return body->kind == BODY_NONE ||
	    (body->kind == BODY_COUNTED && body->left == 0);
}
