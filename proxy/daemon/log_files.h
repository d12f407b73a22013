/*
 * The pipes over which all processes hand their log lines to the parent, and
 * the parent's way of getting rid of them.
 *
 * A pipe belongs to one process, so that lines of two never mix. Its writing
 * end never blocks: a worker that cannot write drops lines, not clients.
 */
#ifndef CASGATE_DAEMON_LOG_FILES_H
#define CASGATE_DAEMON_LOG_FILES_H

#include "base/problem.h"
#include "config/config.h"
#include "net/loop.h"

enum log_kind { ERROR_LOG, ACCESS_LOG, LOG_KINDS };

struct log_files;

/* Everything goes nowhere until told otherwise. NULL, and why. */
struct log_files *log_files_new(struct loop *loop, struct problem *why);

/* Passes on what is still in the pipes, giving a slow reader a second. NULL
 * is fine. */
void log_files_free(struct log_files *files);

/* Opens what the configuration names, for log_files_use() to put in force.
 * 0, or -1 and why. */
int log_files_prepare(
    struct log_files *files, const struct config *config, struct problem *why);
void log_files_use(struct log_files *files);

/* Closes it again: it comes to nothing. */
void log_files_forget(struct log_files *files);

/* After the files were moved away; what fails is logged. */
void log_files_reopen(struct log_files *files);

/* A new pipe: its writing end, yours to close; it is forgotten once every
 * copy of that is closed. -1, and why. */
int log_files_pipe(
    struct log_files *files, enum log_kind kind, struct problem *why);

#endif
