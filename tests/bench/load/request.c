/*
 * A request as Outlook and browsers make it: a few fields, credentials.
 */
#include "load/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 16384 /* a whole TLS record */

/* Host, User-Agent, Accept, Authorization, Connection. */
#define FIELDS_ALWAYS 5

static const char zeros[PIECE_BYTES];

size_t
request_head(char *to, size_t size, const char *method, const char *path,
    const struct shape *shape, uint64_t body_bytes)
{
	FILE *text = fmemopen(to, size, "w");
	long bytes;

	if (text == NULL)
		die("fmemopen");
	fprintf(text,
	    "%s %s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "User-Agent: Microsoft Office/16.0 (Windows NT 10.0; Outlook)\r\n"
	    "Accept: application/xml, text/html, */*\r\n"
	    "Authorization: Basic Y29udG9zb1xhbGljZTpTZWNyZXQtMQ==\r\n",
	    method, path, shape->host);
	for (unsigned i = FIELDS_ALWAYS; i < shape->headers; i++)
		fprintf(text, "X-Header-%u: twenty bytes and more\r\n", i);
	if (body_bytes > 0)
		fprintf(text, "Content-Length: %" PRIu64 "\r\n", body_bytes);
	fprintf(text, "Connection: %s\r\n\r\n",
	    shape->close ? "close" : "keep-alive");
	bytes = ftell(text);
	if (fclose(text) != 0 || bytes < 0 || (size_t)bytes >= size)
		die("a head of a request");
	return (size_t)bytes;
}

void
request_init(struct request *request, const char *method, const char *path,
    const struct shape *shape, uint64_t body_bytes)
{
	size_t room = FIRST_BYTES_MAX - BODY_FIRST_BYTES;
	size_t head =
	    request_head(request->first, room, method, path, shape, body_bytes);
	size_t body =
	    body_bytes < BODY_FIRST_BYTES ? body_bytes : BODY_FIRST_BYTES;

	memset(request->first + head, 0, body);
	request->first_bytes = head + body;
	request->bytes = head + body_bytes;
}

enum io
request_send(
    const struct request *request, uint64_t *sent, struct stream *stream)
{
	while (*sent < request->bytes) {
		const char *from = zeros;
		uint64_t left = request->bytes - *sent;
		size_t moved;
		enum io io;

		if (*sent < request->first_bytes) {
			from = request->first + *sent;
			left = request->first_bytes - *sent;
		}
		if (left > PIECE_BYTES)
			left = PIECE_BYTES;
		io = stream_write(stream, from, (size_t)left, &moved);
		if (io != IO_DONE)
			return io;
		*sent += moved;
	}
	return IO_DONE;
}
