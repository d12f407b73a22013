/*
 * A log line as a datagram: for syslog and the journal.
 */
#ifndef CASGATE_DAEMON_LOG_DATAGRAM_H
#define CASGATE_DAEMON_LOG_DATAGRAM_H

#include "base/text.h"

enum log_sent {
	LOG_SENT,
	LOG_LATER,  /* the reader has no room now */
	LOG_UNHEARD /* there is no reader, or not any more; errno tells */
};

/* A socket that never waits, or -1 with errno. */
int log_datagram_open(const char *path);

/* The line, less its time and level, for which the reader has words of its own.
 * `format` comes before it and has a %d: the severity (RFC 5424 6.2.1), with
 * the bits of `facility`. */
enum log_sent log_datagram_send(
    int fd, struct text line, const char *format, int facility);

#endif
