/*
 * A worker: the process that serves clients. It has no rights, opens no file
 * and resolves no name; what it needs comes over its channel.
 */
#ifndef CASGATE_DAEMON_WORKER_H
#define CASGATE_DAEMON_WORKER_H

#include <stddef.h>
#include <sys/types.h>

#include "daemon/privileges.h"
#include "net/callers.h"

/* What the parent tells a worker before there is a channel. */
struct worker_start {
	size_t number;    /* from 1, for the log */
	size_t workers;   /* that share the connections allowed */
	const char *file; /* of the configuration */
	struct identity identity;
	bool sandboxed;
	struct callers *callers; /* borrowed, as the file is */
	pid_t parent;
	/* Descriptors; all others are closed. */
	int channel, error_log, access_log;
};

/* The life of the process, right after fork(), with all signals blocked.
 * Its exit code. */
int worker_run(const struct worker_start *start);

#endif
