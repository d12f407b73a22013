/*
 * What a worker keeps of the process it was forked from: three descriptors,
 * and no signal.
 */
#ifndef CASGATE_DAEMON_INHERITANCE_H
#define CASGATE_DAEMON_INHERITANCE_H

#include "daemon/worker.h"

/* Where they stand afterwards; the error log is standard error. */
enum { ACCESS_LOG_FD = 3, CHANNEL_FD, FIRST_FREE_FD };

void inheritance_keep(const struct worker_start *start);

#endif
