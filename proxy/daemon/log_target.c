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
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "daemon/log_datagram.h"

struct log_target {
	const struct kind *kind;
	char *path; /* owned; as configured, a word or a path */
	int fd;
	bool regular;        /* a file of a disk: it takes everything */
	struct buffer queue; /* whole lines, less what is `written` */
	size_t written;      /* of the queue's front */
	bool within_line;    /* where the log ends at present */
	bool torn;        /* the rest of that line is lost, but for its end */
	uint64_t dropped; /* lines, so far */
	uint64_t told;    /* of which the error log knows */
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

static int
open_syslog(const char *path)
{
	(void)path;
	return log_datagram_open("/dev/log");
}

static int
open_journald(const char *path)
{
	(void)path;
	return log_datagram_open("/run/systemd/journal/socket");
}

/* One line. Its reader may have been started anew since the last one: then
 * once more over a new socket. */
static ssize_t
take_line(struct log_target *target, struct text lines, const char *format,
    int facility)
{
	struct text line = lines;
	enum log_sent sent;
	int fd;

	text_split(&lines, '\n', &line);
	sent = log_datagram_send(target->fd, line, format, facility);
	if (sent == LOG_UNHEARD) {
		fd = target->kind->open(NULL);
		if (fd == -1)
			return -1;
		close(target->fd);
		target->fd = fd;
		sent = log_datagram_send(fd, line, format, facility);
	}
	if (sent == LOG_UNHEARD)
		return -1;
	return sent == LOG_LATER ? 0 : (ssize_t)line.len + 1;
}

/* RFC 5424 6.2.1: the facility of daemons is 3, and stands above the three
 * bits of the severity. */
static ssize_t
take_syslog(struct log_target *target, struct text lines)
{
	return take_line(target, lines, "<%d>casgate: ", 3 << 3);
}

static ssize_t
take_journald(struct log_target *target, struct text lines)
{
	return take_line(target, lines,
	    "PRIORITY=%d\nSYSLOG_IDENTIFIER=casgate\nMESSAGE=", 0);
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

/* The disk is full, the reader has gone: what waits has no future. A line of
 * which some is there already gets its end, so that the next one stands alone;
 * it is counted once. */
static void
give_up(struct log_target *target)
{
	target->dropped += count_lines(waiting(target)) - target->torn;
	target->torn = target->within_line;
	buffer_reset(&target->queue);
	target->written = 0;
	if (target->torn)
		buffer_add(&target->queue, "\n", 1);
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
			return true;
		}
		if (n == 0) {
			buffer_drop(&target->queue, target->written);
			target->written = 0;
			return false;
		}
		worked = true;
		target->written += (size_t)n;
		target->within_line =
		    target->queue.at[target->written - 1] != '\n';
		target->torn = false;
	}
	buffer_reset(&target->queue);
	target->written = 0;
	if (worked)
		tell_dropped(target);
	return true;
}

void
log_target_close(struct log_target *target)
{
	if (target == NULL)
		return;
	if (!log_target_flush(target))
		give_up(target);
	tell_dropped(target);
	if (target->fd != -1)
		close(target->fd);
	buffer_clear(&target->queue);
	free(target->path);
	free(target);
}

struct log_target *
log_target_replace(struct log_target *target, struct log_target *with)
{
	int fd = target->fd;

	if (strcmp(target->path, with->path) != 0) {
		log_target_close(target);
		return with;
	}
	target->fd = with->fd;
	target->regular = with->regular;
	with->fd = fd;
	log_target_close(with);
	return target;
}
