/*
 * Reading requests, answering them, and joining pairs of channels.
 */
#include "backend/visitor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "backend/held.h"
#include "common/loop.h"

#define HEAD_MAX 16383
#define PIECE_BYTES 65536
#define CHANNEL_BYTES 1073741824
#define VISITORS_MAX 20000

struct visitor {
	struct watcher watcher; /* first: the watcher is the visitor */
	unsigned number;
	enum {
		READING_HEAD,
		READING_BODY,
		ANSWERING,
		CHANNEL_IN,
		CHANNEL_OUT
	} stage;
	char head[HEAD_MAX + 1];
	size_t head_bytes;
	uint64_t body_left;
	uint64_t answer_bytes, answer_sent; /* of the whole answer */
	bool out, close;
	struct visitor *other; /* of its pair; NULL: none, or not yet */
	struct held held;      /* OUT: what could not be sent yet */
	SLIST_ENTRY(visitor) next;
};

static char piece[PIECE_BYTES];
static const char zeros[PIECE_BYTES];

/* Never given back: an event may still point to one that is gone. */
static struct visitor *visitors[VISITORS_MAX];
static unsigned visitor_count;
static SLIST_HEAD(, visitor) gone = SLIST_HEAD_INITIALIZER(gone);

static void
leave(struct visitor *visitor)
{
	struct visitor *other = visitor->other;

	if (visitor->watcher.fd == -1)
		return;
	loop_close(&visitor->watcher);
	held_clear(&visitor->held);
	visitor->other = NULL;
	SLIST_INSERT_HEAD(&gone, visitor, next);
	if (other != NULL)
		leave(other);
}

/* Writes the answer's head to `to`, the same each time it is asked for. */
static size_t
write_head(const struct visitor *visitor, char *to, size_t size, uint64_t body)
{
	char pair[32] = "";

	if (visitor->out)
		snprintf(pair, sizeof(pair), "X-Pair: %u\r\n", visitor->number);
	return (size_t)snprintf(to, size,
	    "HTTP/1.1 200 OK\r\n"
	    "Cache-Control: private\r\n"
	    "Content-Length: %" PRIu64 "\r\n"
	    "Content-Type: application/octet-stream\r\n"
	    "Server: Microsoft-IIS/8.5\r\n"
	    "X-Powered-By: ASP.NET\r\n"
	    "%s%s\r\n",
	    body, pair, visitor->close ? "Connection: close\r\n" : "");
}

/* The number behind `name` in the head, or `otherwise`. */
static uint64_t
number_in_head(
    const struct visitor *visitor, const char *name, uint64_t otherwise)
{
	const char *at = strcasestr(visitor->head, name);

	if (at == NULL)
		return otherwise;
	return strtoull(at + strlen(name), NULL, 10);
}

static uint64_t
answer_length(const struct visitor *visitor)
{
	return visitor->out ? CHANNEL_BYTES
			    : number_in_head(visitor, "bytes=", 1024);
}

/* Sends on; true when all of the answer is sent. An OUT channel's is, as far
 * as this goes, when its head is. */
static bool
send_answer(struct visitor *visitor)
{
	uint64_t body = answer_length(visitor);

	while (visitor->answer_sent < visitor->answer_bytes) {
		const char *from = zeros;
		uint64_t left = visitor->answer_bytes - visitor->answer_sent;
		size_t head = write_head(visitor, piece, sizeof(piece), body);
		ssize_t n;

		if (visitor->answer_sent < head) {
			/* A short body goes with the head. */
			memset(piece + head, 0, 4096);
			from = piece + visitor->answer_sent;
			if (left > head + 4096 - visitor->answer_sent)
				left = head + 4096 - visitor->answer_sent;
		}
		if (left > PIECE_BYTES)
			left = PIECE_BYTES;
		n = send(visitor->watcher.fd, from, (size_t)left, MSG_NOSIGNAL);
		if (n == -1)
			return false;
		visitor->answer_sent += (uint64_t)n;
	}
	return true;
}

static void
answer(struct visitor *visitor)
{
	uint64_t body = answer_length(visitor);

	visitor->answer_sent = 0;
	visitor->answer_bytes = write_head(visitor, piece, sizeof(piece), body);
	if (!visitor->out)
		visitor->answer_bytes += body;
	visitor->stage = ANSWERING;
}

static void
next_request(struct visitor *visitor)
{
	visitor->stage = READING_HEAD;
	visitor->head_bytes = 0;
	if (visitor->close)
		leave(visitor);
}

/* Sends down OUT what came up IN; what does not fit is held. */
static void
send_down(struct visitor *out, const char *bytes, size_t len)
{
	ssize_t n = send(out->watcher.fd, bytes, len, MSG_NOSIGNAL);
	size_t sent = n == -1 ? 0 : (size_t)n;

	if (sent < len)
		held_add(&out->held, bytes + sent, len - sent);
}

static void
join_pair(struct visitor *in)
{
	uint64_t number = number_in_head(in, "pair=", VISITORS_MAX);
	struct visitor *out = number < visitor_count ? visitors[number] : NULL;

	if (out == NULL || out->stage != CHANNEL_OUT || out->other != NULL) {
		leave(in);
		return;
	}
	in->stage = CHANNEL_IN;
	in->other = out;
	out->other = in;
	send_down(out, zeros, 20);
}

/* Takes what of `bytes` belongs to the head; acts on it when it is whole. */
static size_t
take_head(struct visitor *visitor, const char *bytes, size_t len)
{
	size_t had = visitor->head_bytes;
	size_t room = HEAD_MAX - had;
	size_t taken = len < room ? len : room;
	const char *end;

	memcpy(visitor->head + had, bytes, taken);
	visitor->head_bytes += taken;
	visitor->head[visitor->head_bytes] = '\0';
	end = strstr(visitor->head + (had > 3 ? had - 3 : 0), "\r\n\r\n");
	if (end == NULL) {
		if (visitor->head_bytes == HEAD_MAX)
			leave(visitor);
		return taken;
	}
	visitor->head_bytes = (size_t)(end + 4 - visitor->head);
	visitor->head[visitor->head_bytes] = '\0';
	visitor->body_left = number_in_head(visitor, "\r\nContent-Length:", 0);
	visitor->out = strncmp(visitor->head, "RPC_OUT_DATA ", 13) == 0;
	visitor->close =
	    strcasestr(visitor->head, "\r\nConnection: close") != NULL;
	taken = visitor->head_bytes - had;
	if (strncmp(visitor->head, "RPC_IN_DATA ", 12) == 0)
		join_pair(visitor);
	else if (visitor->body_left > 0)
		visitor->stage = READING_BODY;
	else
		answer(visitor);
	return taken;
}

static void
take(struct visitor *visitor, const char *bytes, size_t len)
{
	if (visitor->stage == READING_HEAD) {
		size_t taken = take_head(visitor, bytes, len);

		bytes += taken;
		len -= taken;
	}
	if (len == 0 || visitor->watcher.fd == -1)
		return;
	if (visitor->stage == CHANNEL_IN) {
		send_down(visitor->other, bytes, len);
	} else if (visitor->stage == READING_BODY &&
	    len <= visitor->body_left) {
		visitor->body_left -= len;
		if (visitor->body_left == 0)
			answer(visitor);
	} else {
		leave(visitor);
	}
}

/* After a call that moved nothing: not yet, or never again. */
static void
leave_if_broken(struct visitor *visitor)
{
	if (errno != EAGAIN)
		leave(visitor);
}

/* Sends what is under way; false while it does not go, with the reason in
 * errno. */
static bool
send_on(struct visitor *visitor)
{
	if (visitor->stage == ANSWERING) {
		if (!send_answer(visitor))
			return false;
		if (visitor->out)
			visitor->stage = CHANNEL_OUT;
		else
			next_request(visitor);
	}
	return held_send(&visitor->held, visitor->watcher.fd);
}

static void
on_ready(struct watcher *watcher)
{
	struct visitor *visitor = (struct visitor *)watcher;
	bool held = held_any(&visitor->held);

	if (!send_on(visitor)) {
		leave_if_broken(visitor);
		return;
	}
	/* It has not been read from IN while it did not go down OUT. */
	if (held && visitor->other != NULL)
		on_ready(&visitor->other->watcher);
	while (watcher->fd != -1) {
		ssize_t n;

		if (visitor->stage == CHANNEL_IN &&
		    held_any(&visitor->other->held))
			return;
		n = recv(watcher->fd, piece, sizeof(piece), 0);
		if (n == 0)
			leave(visitor);
		else if (n == -1)
			leave_if_broken(visitor);
		if (n <= 0)
			return;
		take(visitor, piece, (size_t)n);
		if (watcher->fd == -1)
			return;
		if (!send_on(visitor)) {
			leave_if_broken(visitor);
			return;
		}
	}
}

void
visitor_new(int fd)
{
	struct visitor *visitor = SLIST_FIRST(&gone);

	if (visitor != NULL) {
		SLIST_REMOVE_HEAD(&gone, next);
	} else if (visitor_count < VISITORS_MAX) {
		visitor = calloc(1, sizeof(*visitor));
		if (visitor == NULL)
			die("calloc");
		visitor->number = visitor_count;
		visitors[visitor_count++] = visitor;
	} else {
		fprintf(stderr, "too many connections\n");
		exit(1);
	}
	visitor->stage = READING_HEAD;
	visitor->head_bytes = 0;
	visitor->out = visitor->close = false;
	loop_watch(&visitor->watcher, fd, on_ready);
}
