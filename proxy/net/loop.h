/*
 * The event loop of a process: events, one clock, timers, and what is done
 * at the end of each turn. The only home of libevent, with conn and listener.
 *
 * A turn serves every event that is ready, then runs a few of the waiting
 * tasks, then calls the end-of-turn hook. Tasks are for work that must not
 * delay channels: TLS handshakes. (libevent's own priorities starve the lower
 * ones, so the queue is ours: each turn runs at least one of it, and more
 * only until LOOP_TASKS_US are over.)
 */
#ifndef CASGATE_NET_LOOP_H
#define CASGATE_NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/block.h"
#include "base/problem.h"

/* An RSA signature takes longer than that, so it has a turn for itself;
 * several resumed handshakes share one. */
#define LOOP_TASKS_US 200

/* Heads are read in here; one for each loop. */
#define LOOP_SCRATCH_BYTES BLOCK_READ_BYTES

struct event_base;

TAILQ_HEAD(task_queue, task);

/* Work put off to the end of the turn; embedded in what it is about. */
struct task {
	TAILQ_ENTRY(task) next;
	void (*run)(void *owner);
	void *owner;           /* borrowed */
	struct task_queue *in; /* where it is queued; NULL: nowhere */
};

struct loop {
	struct event_base *base; /* owned */
	uint64_t now_ms;         /* monotonic, read once a turn */
	uint64_t clock_ms;       /* wall clock, since 1970, the same */
	unsigned char *scratch;  /* LOOP_SCRATCH_BYTES, owned */
	struct block_store blocks;
	/* One is filled while the other runs; all of it runs in a turn. */
	struct task_queue soon[2];
	unsigned filled;
	struct task_queue tasks; /* a few of it run at the end of each turn */
	void (*turn_ended)(void *owner); /* NULL: nothing */
	void *owner;                     /* borrowed */
	uint64_t turn;                   /* counted from 1 */
	bool awake;                      /* the clocks were read in this turn */
	bool stopping;
};

/* The version of the library it runs with. */
const char *loop_library(void);

/* NULL, and why. */
struct loop *loop_new(struct problem *why);
void loop_free(struct loop *loop);

/* Runs turns until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Queues a task; one already queued stays where it is. */
void loop_put_off(struct loop *loop, struct task *task);

/* Runs a task in the next turn, after its events: for a conn that holds bytes
 * no event will tell of. Tasks that were put off do not delay it. */
void loop_soon(struct loop *loop, struct task *task);

/* Takes a task out of its queue; one that is in none is fine. */
void loop_forget(struct task *task);

/* Whatever libevent calls calls this first: it reads the clocks if this turn
 * has not read them yet. */
void loop_wake(struct loop *loop);

/* Calls `ready` whenever fd can be read, until watch_close(). NULL without
 * memory. The fd stays the caller's. */
struct watch;
struct watch *watch_open(
    struct loop *loop, int fd, void (*ready)(int fd, void *owner), void *owner);

/* The same for a signal. */
struct watch *watch_signal(struct loop *loop, int signal,
    void (*ready)(int signal, void *owner), void *owner);
void watch_close(struct watch *watch);

/*
 * One timer. timer_aim() costs nothing when the timer already fires at or
 * before `when_ms`: it then fires early, and the owner looks at its notes and
 * aims again. So activity may move a deadline away as often as it likes.
 */
struct timer;
struct timer *timer_new(
    struct loop *loop, void (*fired)(void *owner), void *owner);
void timer_aim(struct timer *timer, uint64_t when_ms);
void timer_rest(struct timer *timer);
void timer_free(struct timer *timer);

#endif
