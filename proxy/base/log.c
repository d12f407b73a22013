/*
 * The error log of this process.
 *
 * A line that repeats the one before is only counted. A line the descriptor
 * does not take is dropped and counted. Nothing here allocates or waits: the
 * log must work when nothing else does.
 */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Below PIPE_BUF, so that lines of several workers do not mix in a pipe. */
#define LINE_BYTES 1024
#define PREFIX_BYTES 64

static int log_fd = 2;
static char prefix[PREFIX_BYTES];

/* The last line that was written, and how often it came again. */
static const char *last_level = "";
static char last[LINE_BYTES];
static unsigned long long repeats;

static uint64_t dropped, dropped_told;

void
log_open(int fd, const char *new_prefix)
{
	log_flush();
	log_fd = fd;
	snprintf(prefix, sizeof(prefix), "%s", new_prefix);
	last[0] = '\0';
}

/* "2026-11-24T12:00:00.123Z" */
static void
print_time(char *to, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(to, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(to + len, size - len, ".%03ldZ", now.tv_nsec / 1000000);
}

/* The descriptor may be shared with a terminal or another process, so it is
 * asked each time rather than made non-blocking. */
static bool
takes_a_line(void)
{
	struct pollfd p = {.fd = log_fd, .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

/* Writes a whole line or nothing at all. */
static bool
put(const char *level, const char *text)
{
	char line[LINE_BYTES + PREFIX_BYTES + 64], when[40];
	ssize_t written;
	int len;

	print_time(when, sizeof(when));
	len = snprintf(
	    line, sizeof(line), "%s %s: %s%s\n", when, level, prefix, text);
	if (!takes_a_line())
		return false;
	do
		written = write(log_fd, line, (size_t)len);
	while (written == -1 && errno == EINTR);
	return written > 0;
}

static void
tell_dropped(void)
{
	char text[80];

	if (dropped == dropped_told)
		return;
	snprintf(text, sizeof(text),
	    "%llu lines were dropped: the log was not read fast enough",
	    (unsigned long long)(dropped - dropped_told));
	if (put("warning", text))
		dropped_told = dropped;
}

void
log_flush(void)
{
	char text[64];
	int kept = errno;

	tell_dropped();
	if (repeats > 0) {
		snprintf(text, sizeof(text), "last line repeated %llu time%s",
		    repeats, repeats == 1 ? "" : "s");
		if (put(last_level, text))
			repeats = 0;
	}
	errno = kept;
}

/* One line stays one line, whatever a stranger put into it. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

__attribute__((format(printf, 2, 0))) static void
add(const char *level, const char *format, va_list args)
{
	char text[LINE_BYTES];
	int kept = errno;

	vsnprintf(text, sizeof(text), format, args);
	make_printable(text);
	if (level == last_level && strcmp(text, last) == 0) {
		repeats++;
		errno = kept;
		return;
	}
	log_flush();
	dropped += repeats; /* what could not be told */
	repeats = 0;
	if (put(level, text)) {
		last_level = level;
		memcpy(last, text, strlen(text) + 1);
	} else {
		dropped++;
		last_level = "";
	}
	errno = kept;
}

static const char error[] = "error", warning[] = "warning", notice[] = "notice";

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(error, format, args);
	va_end(args);
}

void
log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(warning, format, args);
	va_end(args);
}

void
log_notice(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(notice, format, args);
	va_end(args);
}

uint64_t
log_dropped(void)
{
	return dropped;
}
