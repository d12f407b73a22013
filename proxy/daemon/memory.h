/*
 * The memory of a process of casgate, which holds keys and passwords: nobody
 * looks in, and it goes to no disk.
 */
#ifndef CASGATE_DAEMON_MEMORY_H
#define CASGATE_DAEMON_MEMORY_H

#include <stdbool.h>

/* No core file, no other process of this user that looks in, and nothing of
 * it in the dump of one that may (core(5), coredump_filter). Needs the right
 * to write to /proc, so before any is given up; a worker says it again, since
 * to change users takes part of it back. */
void memory_hide(void);

/*
 * Keeps all of it, now and later, out of the swap. It takes an unlimited
 * RLIMIT_MEMLOCK, which root gives itself: with less, memory would run out at
 * that limit. False: it is not locked.
 *
 * A sanitizer's shadow of all memory is too large for that: there it does
 * nothing, and says that it is fine.
 */
bool memory_lock(void);

#endif
