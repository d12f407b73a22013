/*
 * Counting and timing the operations of a run.
 */
#include "load/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/loop.h"

void
run_init(struct run *run, uint64_t count, double rate)
{
	*run = (struct run){.count = count, .rate = rate};
	run->times = calloc(count, sizeof(*run->times));
	if (run->times == NULL)
		die("calloc");
	run->began_ns = now_ns();
}

uint64_t
run_next_ns(const struct run *run)
{
	if (run->begun == run->count)
		return NEVER;
	if (run->rate == 0)
		return run->began_ns;
	return run->began_ns +
	    (uint64_t)((double)run->begun / run->rate * (double)NS_PER_S);
}

bool
run_due(const struct run *run)
{
	return run->begun < run->count && run_next_ns(run) <= now_ns();
}

uint64_t
run_begin(struct run *run)
{
	run->times[run->begun] = run->rate == 0 ? now_ns() : run_next_ns(run);
	return run->begun++;
}

void
run_end(struct run *run, uint64_t number)
{
	run->times[number] = now_ns() - run->times[number];
	run->ended++;
}

bool
run_over(const struct run *run)
{
	return run->ended == run->count;
}

void
run_report(struct run *run)
{
	uint64_t lasted_ns = now_ns() - run->began_ns;

	printf("{\"count\": %" PRIu64 ", \"failed\": %" PRIu64
	       ", \"resumed\": %" PRIu64 ", \"bytes\": %" PRIu64
	       ", \"began_s\": %.6f, \"lasted_s\": %.6f, \"times_us\": [",
	    run->count, run->failed, run->resumed, run->bytes,
	    (double)run->began_ns / 1e9, (double)lasted_ns / 1e9);
	for (uint64_t i = 0; i < run->count; i++)
		printf(
		    "%s%.1f", i > 0 ? ", " : "", (double)run->times[i] / 1e3);
	printf("]}\n");
	fflush(stdout);
	free(run->times);
	run->times = NULL;
}
