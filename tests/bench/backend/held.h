/*
 * Bytes that a socket would not take yet, in order.
 */
#ifndef BENCH_BACKEND_HELD_H
#define BENCH_BACKEND_HELD_H

#include <stdbool.h>
#include <stddef.h>

struct held {
	char *bytes; /* owned; NULL while nothing is held */
	size_t len, sent;
};

void held_add(struct held *held, const char *bytes, size_t len);

/* Sends them on; true when nothing is held any more. */
bool held_send(struct held *held, int fd);

bool held_any(const struct held *held);
void held_clear(struct held *held);

#endif
