/*
 * Landlock (landlock(7)): a process that takes rights from itself. It stands
 * behind the filter of system calls: what slips through that still finds no
 * file, binds no port, and reaches no process outside.
 */
#ifndef CASGATE_DAEMON_LANDLOCK_H
#define CASGATE_DAEMON_LANDLOCK_H

#include "base/problem.h"

/* Which version of it the kernel has; 0: none. */
int landlock_version(void);

/* From which version on it refuses what the name says, besides files. */
enum { LANDLOCK_BINDS = 4, LANDLOCK_SIGNALS = 6 };

/* For this process, for good; no_new_privs must be set. Takes as much as the
 * kernel can. 0, or -1 and why. */
int landlock_restrict(struct problem *why);

#endif
