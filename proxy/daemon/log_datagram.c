/*
 * Log lines for syslog and the journal.
 */
#include "daemon/log_datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"

int
log_datagram_open(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path, path, strlen(path) + 1);
	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* Takes time and level off one of our own lines. Anything else is the last
 * words of a process that found a bug in itself. */
static int
take_severity(struct text *line)
{
	static const struct {
		struct text level;
		int severity;
	} levels[] = {
	    {TEXT("error:"), 3}, {TEXT("warning:"), 4}, {TEXT("notice:"), 5}};
	struct text rest = *line, when, level;

	if (text_split(&rest, ' ', &when) && text_split(&rest, ' ', &level)) {
		for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
			if (text_equals(level, levels[i].level)) {
				*line = rest;
				return levels[i].severity;
			}
	}
	return 2;
}

enum log_sent
log_datagram_send(int fd, struct text line, const char *format, int facility)
{
	struct buffer datagram = {0};
	ssize_t n;

	buffer_printf(&datagram, format, facility | take_severity(&line));
	buffer_add_text(&datagram, line);
	n = send(fd, datagram.at, datagram.len, MSG_NOSIGNAL);
	buffer_clear(&datagram);
	if (n != -1 || errno == EMSGSIZE) /* no reader will ever take it */
		return LOG_SENT;
	return errno == EAGAIN ? LOG_LATER : LOG_UNHEARD;
}
