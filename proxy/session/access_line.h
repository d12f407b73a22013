/*
 * A line of the access log, in the format the administrator chose.
 *
 * Each request writes one, so the room is counted first and the line then
 * written without looking at the end again.
 */
#ifndef CASGATE_SESSION_ACCESS_LINE_H
#define CASGATE_SESSION_ACCESS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/config.h"
#include "net/address.h"

/* What a line tells; empty texts are written as "-". */
struct access_line {
	uint64_t clock_ms, duration_ms;
	const struct address *client;
	struct text method, sni, host, path; /* from outside: escaped */
	struct text server, id, service, tls, suite, end;
	bool old; /* HTTP/1.0 */
	unsigned status;
	uint64_t in, out;
};

/* The time of a line, up to its seconds: most lines share one with the line
 * before. All zero to begin with. */
struct access_clock {
	uint64_t second; /* that `text` shows */
	char text[32];
};

/* The most bytes the line can take. */
size_t access_line_room(const struct access_line *line);

/* Writes it, its newline included; gives the end. Not for LOG_OFF. */
char *access_line_write(char *to, enum log_format format,
    const struct access_line *line, struct access_clock *clock);

#endif
