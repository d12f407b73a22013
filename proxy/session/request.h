/*
 * What is remembered of the request under way: enough for its log line, and
 * no more, and in little room, since a channel keeps it for days.
 */
#ifndef CASGATE_SESSION_REQUEST_H
#define CASGATE_SESSION_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "http/head.h"
#include "site/services.h"

#define REQUEST_ID_BYTES 16

struct request {
	uint64_t id;
	uint64_t began_ms, began_clock_ms;
	uint64_t read_mark, written_mark; /* of the client's conn, before it */
	const struct service *service;
	/* Method, host and target one after the other. */
	struct buffer words;
	uint32_t host_len;
	uint16_t method_len;
	uint16_t status; /* of the answer; 0: none yet */
	enum method method_is;
	bool under_way;  /* begun, and its line not yet in the log */
	bool keep_alive; /* the client keeps its connection afterwards */
	bool old;        /* HTTP/1.0: never chunks, never a 1xx */
};

/* Notes a request from its head. */
void request_begin(struct request *request, const struct head *head);

/* Notes that there was one whose head can't be told: refused, or too late. */
void request_begin_unknown(struct request *request);

struct text request_method(const struct request *request);
struct text request_host(const struct request *request);
struct text request_target(const struct request *request);

/* Writes the id as 16 hexadecimal digits. */
struct text request_id(
    const struct request *request, char to[REQUEST_ID_BYTES]);

/* Gives its memory back. */
void request_clear(struct request *request);

#endif
