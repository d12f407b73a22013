/*
 * A run: so many operations, at a rate or each as soon as one before it is
 * done, and how long each of them took.
 *
 * At a rate, an operation's time counts from when it was due: one that had to
 * wait for its turn because of a slow one before it has waited all the same.
 */
#ifndef BENCH_LOAD_RUN_H
#define BENCH_LOAD_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct run {
	uint64_t count;
	double rate;     /* a second; 0: as fast as they are answered */
	uint64_t *times; /* ns: when one began, then how long it took */
	uint64_t began_ns;
	uint64_t begun, ended;
	uint64_t failed, resumed;
	uint64_t bytes; /* of the answers' bodies */
};

void run_init(struct run *run, uint64_t count, double rate);

/* True if the next operation is due. */
bool run_due(const struct run *run);

/* When the next one is due; NEVER after the last. */
uint64_t run_next_ns(const struct run *run);

/* Begins the next one and returns its number. */
uint64_t run_begin(struct run *run);

void run_end(struct run *run, uint64_t number);

bool run_over(const struct run *run);

/* Writes the outcome to stdout, a line of JSON, and clears the run. */
void run_report(struct run *run);

#endif
