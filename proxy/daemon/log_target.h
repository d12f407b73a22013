/*
 * Where the lines of a log end up: a file, standard error, syslog, the
 * journal, or nowhere.
 *
 * Only the parent has these, because writing to a regular file can block.
 * What is no file is asked first whether it takes more; lines wait for it in
 * a queue, and are dropped and counted when that is full.
 */
#ifndef CASGATE_DAEMON_LOG_TARGET_H
#define CASGATE_DAEMON_LOG_TARGET_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/text.h"

/* What waits for a slow reader at most. */
#define LOG_TARGET_QUEUE_BYTES ((size_t)1048576)

struct log_target;

/* `where`: "stderr", "off", "syslog", "journald", or a path. NULL, and why. */
struct log_target *log_target_open(const char *where, struct problem *why);

/* Opens the file anew, since it was moved away. 0; or -1 and why, and the old
 * one goes on. */
int log_target_reopen(struct log_target *target, struct problem *why);

/* Flushes what it can, and frees; NULL is fine. What is lost so is told. */
void log_target_close(struct log_target *target);

/* Puts one in the place of another; both are taken, and the one that is there
 * now is returned. What waits for a log still does if they are the same. */
struct log_target *log_target_replace(
    struct log_target *target, struct log_target *with);

/* Takes whole lines, each with its newline. */
void log_target_add(struct log_target *target, struct text lines);

/* Writes what is taken without waiting. False: some of it must still wait. */
bool log_target_flush(struct log_target *target);

#endif
