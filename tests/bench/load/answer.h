/*
 * An answer of HTTP/1.1, read piece by piece: its status, and where it ends.
 */
#ifndef BENCH_LOAD_ANSWER_H
#define BENCH_LOAD_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#define ANSWER_HEAD_MAX 2047

struct answer {
	char head[ANSWER_HEAD_MAX + 1]; /* ends in NUL once it is whole */
	size_t head_bytes;
	int status;          /* 0 until the head is whole */
	uint64_t body_bytes; /* so far */
	uint64_t length;     /* of the body, as Content-Length says */
};

enum answer_state { ANSWER_MORE, ANSWER_WHOLE, ANSWER_WRONG };

void answer_init(struct answer *answer);

/* Takes `len` bytes more. What is not an answer of 200 with a Content-Length,
 * or is followed by more than it promised, is wrong. */
enum answer_state answer_take(
    struct answer *answer, const char *bytes, size_t len);

/* The number in a field of the whole head; UINT64_MAX if there is none. `name`
 * is written as "X-Name:". */
uint64_t answer_number(const struct answer *answer, const char *name);

#endif
