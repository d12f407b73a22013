/*
 * The error log of this process: one line for each thing worth a human's
 * time, repeats folded and counted.
 *
 * Lines go to a descriptor that is never waited for: what does not fit is
 * dropped and counted, and the count is told as soon as a line fits again.
 */
#ifndef CASGATE_BASE_LOG_H
#define CASGATE_BASE_LOG_H

#include <stdint.h>

/* Where lines go from now on (2 until told otherwise), and what stands in
 * front of each ("worker 1: "); `prefix` is copied. */
void log_open(int fd, const char *prefix);

/* Each writes one line; no newline in the format. */
__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_notice(const char *format, ...);

/* Tells what was folded so far ("last line repeated 17 times"), as a timer
 * or the end of the process should. */
void log_flush(void);

/* Lines dropped so far because the reader did not keep up. */
uint64_t log_dropped(void);

#endif
