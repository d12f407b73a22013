/*
 * The access log.
 */
#include "session/access_log.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/log.h"

void
access_log_open(struct access_log *log, int fd)
{
	*log = (struct access_log){.fd = fd};
}

void
access_log_add(struct access_log *log, enum log_format format,
    const struct access_line *line)
{
	size_t waiting = log->queue.len - log->written;
	char *at, *end;

	if (log->fd == -1 || format == LOG_OFF)
		return;
	at = waiting <= ACCESS_LOG_QUEUE_BYTES
	    ? buffer_reserve(&log->queue, access_line_room(line))
	    : NULL;
	if (at == NULL) { /* the reader is too slow, or memory has run out */
		log->queue.failed = false;
		log->dropped++;
		return;
	}
	end = access_line_write(at, format, line, &log->clock);
	assert((size_t)(end - at) <= access_line_room(line));
	log->queue.len += (size_t)(end - at);
}

void
access_log_flush(struct access_log *log)
{
	while (log->written < log->queue.len) {
		ssize_t n = write(log->fd, log->queue.at + log->written,
		    log->queue.len - log->written);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			buffer_drop(&log->queue, log->written);
			log->written = 0;
			return;
		}
		log->written += (size_t)n;
	}
	buffer_reset(&log->queue);
	log->written = 0;
	if (log->dropped != log->told) {
		log_warning("access log: its reader was too slow, %llu lines"
			    " are lost",
		    (unsigned long long)(log->dropped - log->told));
		log->told = log->dropped;
	}
}

void
access_log_close(struct access_log *log)
{
	access_log_flush(log);
	buffer_clear(&log->queue);
}
