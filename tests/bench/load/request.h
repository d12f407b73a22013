/*
 * The request that all connections of a run send, and how far one has got
 * with it.
 */
#ifndef BENCH_LOAD_REQUEST_H
#define BENCH_LOAD_REQUEST_H

#include <stdbool.h>

#include "load/stream.h"

/* What the requests of a run have in common. */
struct shape {
	const char *host;
	unsigned headers; /* as many fields, at least five */
	bool close;       /* the connection ends with the answer */
};

#define FIRST_BYTES_MAX 16384
#define BODY_FIRST_BYTES 4096

struct request {
	char first[FIRST_BYTES_MAX]; /* the head, and the body's beginning */
	size_t first_bytes;
	uint64_t bytes; /* of the whole request; behind `first` all are zero */
};

/* Writes the head of a request to `to` and returns its length. */
size_t request_head(char *to, size_t size, const char *method, const char *path,
    const struct shape *shape, uint64_t body_bytes);

void request_init(struct request *request, const char *method, const char *path,
    const struct shape *shape, uint64_t body_bytes);

/* Sends on from `*sent`; IO_DONE when all of it is sent. */
enum io request_send(
    const struct request *request, uint64_t *sent, struct stream *stream);

#endif
