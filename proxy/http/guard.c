/*
 * A state machine over bytes. In each state a class of bytes is run over
 * without a decision; the byte that ends the run decides what comes next.
 */
#include "http/guard.h"

#include <string.h>

#include "http/bytes.h"

enum state {
	BEGIN,       /* of a request */
	EMPTY_LINE,  /* its CR was seen, in front of a request line */
	BEGIN_AGAIN, /* behind that line: there may be only one */
	METHOD,
	TARGET,
	ESCAPE,   /* behind '%' */
	ESCAPE_0, /* behind "%0" */
	VERSION,
	VERSION_END,
	STATUS,
	STATUS_END,
	REASON,
	LINE_END, /* behind CR */
	NAME_BEGIN,
	NAME,
	VALUE,
	HEAD_END, /* behind the CR of the last, empty line */
	COMPLETE,
	REFUSED
};

void
guard_init(struct guard *guard, enum guard_kind kind)
{
	*guard = (struct guard){
	    .kind = kind,
	    .state = kind == GUARD_REQUEST ? BEGIN : VERSION,
	};
}

bool
guard_idle(const struct guard *guard)
{
	return guard->state <= BEGIN_AGAIN || guard->head_bytes == 0;
}

static enum state
refuse(struct guard *guard, unsigned status, const char *reason)
{
	guard->refusal.status = guard->kind == GUARD_REQUEST ? status : 502;
	guard->refusal.reason = reason;
	return REFUSED;
}

static enum state
keep_method(struct guard *guard, const unsigned char *bytes, size_t len)
{
	if (guard->token_bytes + len > METHOD_BYTES_MAX)
		return refuse(guard, 501, "the method is not one we serve");
	memcpy(guard->method + guard->token_bytes, bytes, len);
	guard->token_bytes += len;
	return METHOD;
}

static enum state
count_target(struct guard *guard, size_t len)
{
	guard->token_bytes += len;
	if (guard->token_bytes > guard->limits->target_bytes)
		return refuse(guard, 414, "the target is too long");
	return TARGET;
}

static enum state
begin(struct guard *guard, unsigned char byte)
{
	if (byte == '\r' && guard->state == BEGIN)
		return EMPTY_LINE;
	if (byte_classes[byte] & IN_METHOD)
		return keep_method(guard, &byte, 1);
	return refuse(guard, 400, "it does not begin with a method");
}

static enum state
end_empty_line(struct guard *guard, unsigned char byte)
{
	if (byte == '\n')
		return BEGIN_AGAIN;
	return refuse(guard, 400, "a CR stands alone");
}

static enum state
end_method(struct guard *guard, unsigned char byte)
{
	struct text method = {guard->method, guard->token_bytes};

	if (byte != ' ')
		return refuse(guard, 400, "the method is no method");
	if (method_of(method) == METHOD_REFUSED)
		return refuse(guard, 501, "the method is not one we serve");
	guard->token_bytes = 0;
	return TARGET;
}

static enum state
end_target(struct guard *guard, unsigned char byte)
{
	enum state state;

	switch (byte) {
	case ' ':
		if (guard->token_bytes == 0)
			break;
		guard->token_bytes = 0;
		return VERSION;
	case '%':
		state = count_target(guard, 1);
		return state == TARGET ? ESCAPE : state;
	case '\r':
	case '\n':
		return refuse(guard, 400, "the request line has no version");
	}
	return refuse(
	    guard, 400, "the target holds a byte that can't stand in a target");
}

/* What follows an escape's beginning that led nowhere is any part of the
 * target. */
static enum state
target_byte(struct guard *guard, unsigned char byte)
{
	if (byte_classes[byte] & IN_TARGET)
		return count_target(guard, 1);
	return end_target(guard, byte);
}

static enum state
escape(struct guard *guard, unsigned char byte)
{
	enum state state = target_byte(guard, byte);

	return byte == '0' && state == TARGET ? ESCAPE_0 : state;
}

static enum state
escape_0(struct guard *guard, unsigned char byte)
{
	if (byte == '0')
		return refuse(guard, 400, "the target holds %00");
	return target_byte(guard, byte);
}

static enum state
version(struct guard *guard, unsigned char byte)
{
	static const char name[] = "HTTP/1.";
	size_t at = guard->token_bytes++;

	if (at < sizeof(name) - 1 && byte == (unsigned char)name[at])
		return VERSION;
	if (at == sizeof(name) - 1 && (byte == '0' || byte == '1'))
		return VERSION_END;
	return refuse(guard, 400, "the version is not HTTP/1.0 or HTTP/1.1");
}

static enum state
end_version(struct guard *guard, unsigned char byte)
{
	guard->token_bytes = 0;
	if (guard->kind == GUARD_REQUEST && byte == '\r')
		return LINE_END;
	if (guard->kind == GUARD_RESPONSE && byte == ' ')
		return STATUS;
	return refuse(guard, 400, "the version is followed by something else");
}

static enum state
status(struct guard *guard, unsigned char byte)
{
	bool first = guard->token_bytes == 0;

	if (byte < (first ? '1' : '0') || byte > (first ? '5' : '9'))
		return refuse(guard, 502, "the status is none");
	return ++guard->token_bytes == 3 ? STATUS_END : STATUS;
}

/* IIS leaves out the reason, and sometimes the space in front of it too. */
static enum state
end_status(struct guard *guard, unsigned char byte)
{
	if (byte == ' ')
		return REASON;
	if (byte == '\r')
		return LINE_END;
	return refuse(guard, 502, "the status is none");
}

static enum state
end_value(struct guard *guard, unsigned char byte)
{
	if (byte == '\r')
		return LINE_END;
	if (byte == '\n')
		return refuse(guard, 400, "a line ends without CR");
	return refuse(guard, 400, "a value holds a control character");
}

static enum state
end_line(struct guard *guard, unsigned char byte)
{
	if (byte == '\n')
		return NAME_BEGIN;
	return refuse(guard, 400, "a CR stands alone");
}

static enum state
begin_name(struct guard *guard, unsigned char byte)
{
	if (byte_classes[byte] & IN_NAME) {
		if (++guard->headers > guard->limits->headers)
			return refuse(guard, 431, "there are too many headers");
		return NAME;
	}
	switch (byte) {
	case '\r':
		return HEAD_END;
	case '\n':
		return refuse(guard, 400, "a line ends without CR");
	case ' ':
	case '\t':
		return refuse(guard, 400, "a header is folded");
	case ':':
		return refuse(guard, 400, "a header has no name");
	}
	return refuse(guard, 400, "a header's name is none");
}

static enum state
end_name(struct guard *guard, unsigned char byte)
{
	switch (byte) {
	case ':':
		return VALUE;
	case ' ':
	case '\t':
		return refuse(guard, 400, "a space stands before a colon");
	case '\r':
	case '\n':
		return refuse(guard, 400, "a header has no colon");
	}
	return refuse(guard, 400, "a header's name is none");
}

static enum state
end_head(struct guard *guard, unsigned char byte)
{
	if (byte == '\n')
		return COMPLETE;
	return refuse(guard, 400, "a CR stands alone");
}

static const struct rule {
	unsigned char run; /* the class of bytes that change nothing */
	enum state (*next)(struct guard *guard, unsigned char byte);
} rules[] = {
    [BEGIN] = {0, begin},
    [EMPTY_LINE] = {0, end_empty_line},
    [BEGIN_AGAIN] = {0, begin},
    [METHOD] = {IN_METHOD, end_method},
    [TARGET] = {IN_TARGET, end_target},
    [ESCAPE] = {0, escape},
    [ESCAPE_0] = {0, escape_0},
    [VERSION] = {0, version},
    [VERSION_END] = {0, end_version},
    [STATUS] = {0, status},
    [STATUS_END] = {0, end_status},
    [REASON] = {IN_VALUE, end_value},
    [LINE_END] = {0, end_line},
    [NAME_BEGIN] = {0, begin_name},
    [NAME] = {IN_NAME, end_name},
    [VALUE] = {IN_VALUE, end_value},
    [HEAD_END] = {0, end_head},
};

/* A run has been read; is it one too long? */
static enum state
count(struct guard *guard, const unsigned char *run, size_t len)
{
	if (guard->state == METHOD)
		return keep_method(guard, run, len);
	if (guard->state == TARGET)
		return count_target(guard, len);
	return guard->state;
}

/* Reads until the head ends, is refused, or the bytes are used up. */
static const unsigned char *
read_on(struct guard *guard, const unsigned char *at, const unsigned char *end)
{
	while (at < end && guard->state < COMPLETE) {
		const struct rule *rule = &rules[guard->state];
		const unsigned char *run = at;

		while (at < end && (byte_classes[*at] & rule->run))
			at++;
		guard->state = count(guard, run, (size_t)(at - run));
		if (at < end && guard->state != REFUSED)
			guard->state = rule->next(guard, *at++);
	}
	return at;
}

enum guard_verdict
guard_read(struct guard *guard, const struct guard_limits *limits,
    struct text bytes, size_t *used)
{
	const unsigned char *first = (const unsigned char *)bytes.at;
	size_t room = limits->head_bytes > guard->head_bytes
	    ? limits->head_bytes - guard->head_bytes
	    : 0;
	size_t len = bytes.len < room ? bytes.len : room;

	guard->limits = limits;
	*used = (size_t)(read_on(guard, first, first + len) - first);
	guard->head_bytes += *used;
	if (guard->state < COMPLETE && bytes.len > room)
		guard->state = refuse(guard, 431, "the head is too large");
	switch (guard->state) {
	case COMPLETE:
		return GUARD_COMPLETE;
	case REFUSED:
		return GUARD_REFUSED;
	}
	return GUARD_MORE;
}
