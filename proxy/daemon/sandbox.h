/*
 * The sandbox of a worker: all that the kernel offers to take from a process
 * what it does not need. Rights are gone before (daemon/privileges).
 */
#ifndef CASGATE_DAEMON_SANDBOX_H
#define CASGATE_DAEMON_SANDBOX_H

#include <stddef.h>

#include "base/problem.h"

/* For this process, for good. What the kernel lacks is left out. 0, or -1 and
 * why. */
int sandbox_enter(struct problem *why);

/* Puts into `text` what the kernel lacks of it: "Landlock", "Landlock for
 * ports". Empty: nothing. Gives `text`. */
const char *sandbox_lacks(char *text, size_t bytes);

#endif
