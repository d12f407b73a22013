/*
 * The system calls of a worker (seccomp(2)): those that its work needs, and no
 * others. The only home of libseccomp.
 *
 * What is plainly hostile kills the process, and the parent tells of it
 * ("worker 1 ended by signal 31"): nothing here ever starts a program, traces
 * a process or mounts anything, so whoever asks for it has broken in. Anything
 * else answers ENOSYS, as if the kernel were too old to have it: libraries are
 * prepared for that and try something simpler.
 */
#ifndef CASGATE_DAEMON_SYSCALLS_H
#define CASGATE_DAEMON_SYSCALLS_H

#include <stdbool.h>

#include "base/problem.h"

/* Can this kernel do it? */
bool syscalls_available(void);

/* For this process, for good; no_new_privs must be set. 0, or -1 and why. */
int syscalls_restrict(struct problem *why);

/* "2.5.4": of libseccomp, at run time. Lent until the next call. */
const char *syscalls_library(void);

#endif
