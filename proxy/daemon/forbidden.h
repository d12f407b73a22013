/*
 * What a worker must never be able to do, each as a harmless attempt: it asks
 * for nothing that would be missed, or gives an argument that the kernel
 * refuses once it has let the caller through.
 */
#ifndef CASGATE_DAEMON_FORBIDDEN_H
#define CASGATE_DAEMON_FORBIDDEN_H

#include <stddef.h>
#include <sys/types.h>

struct forbidden {
	const char *what; /* "open a file for reading" */
	/* One system call, or else a function that gives what it came to. */
	long number;
	long arguments[6];
	long (*act)(void);
};

extern const struct forbidden forbidden[];
extern const size_t forbidden_count;

/* An errno, or 0: it was done. `parent` is whom it tries to harm. */
int forbidden_try(const struct forbidden *act, pid_t parent);

#endif
