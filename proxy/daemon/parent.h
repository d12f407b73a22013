/*
 * The parent: it binds, reads configurations and keys, starts the workers and
 * looks after them, writes the logs, and answers signals. It moves no bytes.
 */
#ifndef CASGATE_DAEMON_PARENT_H
#define CASGATE_DAEMON_PARENT_H

/* Exit codes of the program, as sysexits(3) has them. */
enum {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_WRONG_USAGE = 2,
	EXIT_WRONG_CONFIGURATION = 78
};

/* Runs casgate in the foreground with this configuration until a signal ends
 * it. The exit code. */
int parent_run(const char *file);

#endif
