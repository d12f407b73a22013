/*
 * The one event loop of a program of the bench: edge-triggered epoll.
 *
 * A watcher is told once of each change and then does all it can, until it
 * would block. It may be told of nothing (a descriptor of the same turn was
 * closed and its watcher used again), which must do no harm.
 */
#ifndef BENCH_COMMON_LOOP_H
#define BENCH_COMMON_LOOP_H

#include <stdint.h>

struct watcher {
	int fd; /* -1 while it watches nothing */
	void (*ready)(struct watcher *watcher);
};

/* Ends the program with `what` and the reason in errno. */
_Noreturn void die(const char *what);

void loop_open(void);

/* Watches `fd` for everything. `watcher` stays where it is meanwhile. */
void loop_watch(
    struct watcher *watcher, int fd, void (*ready)(struct watcher *));

/* Closes what is watched; nothing, if it is closed already. */
void loop_close(struct watcher *watcher);

/* Waits for something to happen, at most until `until_ns`, and sees to it. */
void loop_turn(uint64_t until_ns);

/* Of the clock that all processes of a machine share, CLOCK_MONOTONIC. */
uint64_t now_ns(void);

#define NEVER UINT64_MAX
#define NS_PER_S 1000000000ull

#endif
