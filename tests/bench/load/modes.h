/*
 * What the generator can do. Each mode opens what it needs, then runs as often
 * as it is told; a process has one mode, so its state is the file's own.
 *
 * A connection that ends when it should not ends the program, except for a
 * visit: visits that fail are counted.
 */
#ifndef BENCH_LOAD_MODES_H
#define BENCH_LOAD_MODES_H

#include "load/request.h"
#include "load/run.h"

struct options {
	struct target *target;
	struct shape shape;
	const char *method, *path;
	uint64_t body_bytes;
	unsigned connections;
};

struct mode {
	const char *name;
	void (*open)(const struct options *options);
	void (*run)(struct run *run);
	void (*carry)(uint64_t bytes); /* NULL: it cannot */
};

/* Connections that stay open and ask the next when they are answered. */
extern const struct mode mode_requests;

/* Connections that ask once and close: so many at a time. */
extern const struct mode mode_visits;

/* Pairs of RPC channels that stay open; an operation is a ping of 20 bytes
 * through one of them, in turn, up IN and down OUT. `carry` sends that many
 * bytes through each pair. */
extern const struct mode mode_channels;

#endif
