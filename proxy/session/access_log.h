/*
 * The access log: a line for each request, and for each connection that ends
 * without one, in the format the administrator chose.
 *
 * Lines are collected and handed to a pipe in batches; the pipe is never
 * waited for. When its reader does not keep up, whole lines are dropped and
 * counted. Never a password, a cookie or a body.
 */
#ifndef CASGATE_SESSION_ACCESS_LOG_H
#define CASGATE_SESSION_ACCESS_LOG_H

#include <stdint.h>

#include "base/buffer.h"
#include "config/config.h"
#include "session/access_line.h"

/* Handed on as soon as so much has come together, or after so long. */
#define ACCESS_LOG_BATCH_BYTES ((size_t)16384)
#define ACCESS_LOG_BATCH_MS 200

/* What waits for a slow reader at most. */
#define ACCESS_LOG_QUEUE_BYTES ((size_t)262144)

struct access_log {
	int fd; /* borrowed; -1: no log */
	struct buffer queue;
	size_t written;   /* of the queue's front, when a write was short */
	uint64_t dropped; /* lines, so far */
	uint64_t told;    /* of which the error log knows */
	struct access_clock clock;
};

void access_log_open(struct access_log *log, int fd);
void access_log_add(struct access_log *log, enum log_format format,
    const struct access_line *line);

/* Hands on what is there, as far as the pipe takes it. */
void access_log_flush(struct access_log *log);
void access_log_close(struct access_log *log);

#endif
