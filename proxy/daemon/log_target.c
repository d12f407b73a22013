/*
 * Where log lines end up.
 */
#include "daemon/log_target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"

struct log_target {
	const struct kind *kind;
	char *path; /* owned; as configured, a word or a path */
	int fd;
	bool regular;        /* a file of a disk: it takes everything */
	struct buffer queue; /* whole lines, less what is `written` */
	size_t written;      /* of the queue's front */
	uint64_t dropped;    /* lines, so far */
	uint64_t told;       /* of which the error log knows */
};

/* How each kind is opened, and how it takes some of its queue: the bytes that
 * are dealt with, 0 when it takes none now, or -1 with errno. */
struct kind {
	const char *word;
	int (*open)(const char *path);
	ssize_t (*take)(struct log_target *target, struct text lines);
};

static int
open_nowhere(const char *path)
{
	(void)path;
	return -1;
}

static ssize_t
take_nowhere(struct log_target *target, struct text lines)
{
	(void)target;
	return (ssize_t)lines.len;
}

static int
open_stderr(const char *path)
{
	(void)path;
	return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
}

static int
open_file(const char *path)
{
	/* O_NONBLOCK: a named pipe without a reader must not hold us up. */
	return open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    0640);
}

/* Standard error is shared with who started us, so it cannot be made
 * non-blocking; but a pipe that is writable takes PIPE_BUF bytes. */
static ssize_t
take_bytes(struct log_target *target, struct text lines)
{
	struct pollfd room = {.fd = target->fd, .events = POLLOUT};
	ssize_t n;

	if (!target->regular) {
		if (poll(&room, 1, 0) <= 0)
			return 0;
		if (lines.len > PIPE_BUF)
			lines.len = PIPE_BUF;
	}
	n = write(target->fd, lines.at, lines.len);
	return n == -1 && errno == EAGAIN ? 0 : n;
}

/* Takes time and level off one of our own lines, as syslog and the journal
 * have their own; the severity in their numbers (RFC 5424). Anything else is
 * the last words of a process that found a bug in itself. */
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

static int
open_datagram(const char *path)
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

static int
open_syslog(const char *path)
{
	(void)path;
	return open_datagram("/dev/log");
}

static int
open_journald(const char *path)
{
	(void)path;
	return open_datagram("/run/systemd/journal/socket");
}

/* One datagram for the first line. The reader may have been restarted since
 * the last one: then once more over a new socket. */
static ssize_t
take_datagram(struct log_target *target, struct text lines, const char *format)
{
	struct buffer datagram = {0};
	struct text line = lines;
	size_t whole;
	ssize_t n;

	text_split(&lines, '\n', &line);
	whole = line.len + 1;
	buffer_printf(&datagram, format, take_severity(&line));
	buffer_add_text(&datagram, line);
	n = send(target->fd, datagram.at, datagram.len, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EMSGSIZE) {
		int fd = target->kind->open(NULL);

		if (fd != -1) {
			close(target->fd);
			target->fd = fd;
			n = send(fd, datagram.at, datagram.len, MSG_NOSIGNAL);
		}
	}
	buffer_clear(&datagram);
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	return (ssize_t)whole;
}

static ssize_t
take_syslog(struct log_target *target, struct text lines)
{
	return take_datagram(target, lines, "<3%d>casgate: ");
}

static ssize_t
take_journald(struct log_target *target, struct text lines)
{
	return take_datagram(
	    target, lines, "PRIORITY=%d\nSYSLOG_IDENTIFIER=casgate\nMESSAGE=");
}

static const struct kind kinds[] = {
    {"off", open_nowhere, take_nowhere},
    {"stderr", open_stderr, take_bytes},
    {"syslog", open_syslog, take_syslog},
    {"journald", open_journald, take_journald},
    {NULL, open_file, take_bytes},
};

static const struct kind *
find_kind(const char *where)
{
	const struct kind *kind = kinds;

	while (kind->word != NULL && strcmp(kind->word, where) != 0)
		kind++;
	return kind;
}

static bool
is_regular(int fd)
{
	struct stat is;

	return fd != -1 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode);
}

struct log_target *
log_target_open(const char *where, struct problem *why)
{
	struct log_target *target = calloc(1, sizeof(*target));

	if (target != NULL)
		target->path = strdup(where);
	if (target == NULL || target->path == NULL) {
		problem_set(why, "no memory for the log %s", where);
		free(target);
		return NULL;
	}
	target->kind = find_kind(where);
	target->fd = target->kind->open(where);
	if (target->fd == -1 && target->kind->open != open_nowhere) {
		problem_errno(why, where);
		log_target_close(target);
		return NULL;
	}
	target->regular = is_regular(target->fd);
	return target;
}

int
log_target_reopen(struct log_target *target, struct problem *why)
{
	int fd = target->kind->open(target->path);

	log_target_flush(target);
	if (fd == -1 && target->kind->open != open_nowhere) {
		problem_errno(why, target->path);
		return -1;
	}
	if (target->fd != -1)
		close(target->fd);
	target->fd = fd;
	target->regular = is_regular(fd);
	return 0;
}

void
log_target_close(struct log_target *target)
{
	if (target == NULL)
		return;
	log_target_flush(target);
	if (target->fd != -1)
		close(target->fd);
	buffer_clear(&target->queue);
	free(target->path);
	free(target);
}

static uint64_t
count_lines(struct text lines)
{
	uint64_t count = 0;

	for (size_t i = 0; i < lines.len; i++)
		if (lines.at[i] == '\n')
			count++;
	return count;
}

void
log_target_add(struct log_target *target, struct text lines)
{
	if (target->queue.len - target->written + lines.len >
	    LOG_TARGET_QUEUE_BYTES) {
		target->dropped += count_lines(lines);
		return;
	}
	buffer_add_text(&target->queue, lines);
	if (target->queue.failed) {
		target->queue.failed = false;
		target->dropped += count_lines(lines);
	}
}

static struct text
waiting(const struct log_target *target)
{
	return (struct text){target->queue.at + target->written,
	    target->queue.len - target->written};
}

/* The disk is full, the reader has gone: what waits has no future. */
static void
give_up(struct log_target *target)
{
	target->dropped += count_lines(waiting(target));
	target->written = target->queue.len;
}

static void
tell_dropped(struct log_target *target)
{
	if (target->dropped == target->told)
		return;
	log_warning("%llu lines for the log %s are lost",
	    (unsigned long long)(target->dropped - target->told), target->path);
	target->told = target->dropped;
}

bool
log_target_flush(struct log_target *target)
{
	bool worked = false;

	while (target->written < target->queue.len) {
		ssize_t n = target->kind->take(target, waiting(target));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			give_up(target);
			worked = false;
			break;
		}
		if (n == 0) {
			buffer_drop(&target->queue, target->written);
			target->written = 0;
			return false;
		}
		worked = true;
		target->written += (size_t)n;
	}
	buffer_reset(&target->queue);
	target->written = 0;
	if (worked)
		tell_dropped(target);
	return true;
}
