/*
 * From the pipes into the logs.
 */
#include "daemon/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "daemon/log_target.h"

/* Read at once; and as long as a line may be. */
#define READ_BYTES ((size_t)65536)

/* So that a burst, or a parent busy with a reload, costs no line. */
#define PIPE_BYTES (1024 * 1024)

/* A reader that was too slow is tried again after so long. */
#define RETRY_MS 100
#define FINISH_MS 1000

struct pipe {
	SLIST_ENTRY(pipe) next;
	struct log_files *files; /* borrowed */
	enum log_kind kind;
	int fd;
	struct watch *watch;
	struct buffer line; /* the beginning of one */
};

struct log_files {
	struct loop *loop; /* borrowed */
	struct log_target *targets[LOG_KINDS], *prepared[LOG_KINDS];
	SLIST_HEAD(, pipe) pipes;
	struct timer *retry;
};

static void
pipe_free(struct pipe *p)
{
	watch_close(p->watch);
	if (p->fd != -1)
		close(p->fd);
	buffer_clear(&p->line);
	free(p);
}

static bool
flush_all(struct log_files *files)
{
	bool done = true;

	for (int i = 0; i < LOG_KINDS; i++) {
		if (!log_target_flush(files->targets[i]))
			done = false;
	}
	return done;
}

static void
on_retry(void *owner)
{
	struct log_files *files = owner;

	if (!flush_all(files))
		timer_aim(files->retry, files->loop->now_ms + RETRY_MS);
}

/* Hands on what is complete; the beginning of the next line stays. */
static void
pass_lines(struct pipe *p)
{
	struct log_target *target = p->files->targets[p->kind];
	const char *last = memrchr(p->line.at, '\n', p->line.len);
	size_t len;

	if (last == NULL && p->line.len >= READ_BYTES) {
		buffer_add(&p->line, "\n", 1);
		last = p->line.at + p->line.len - 1;
	}
	if (last == NULL)
		return;
	len = (size_t)(last + 1 - p->line.at);
	log_target_add(target, (struct text){p->line.at, len});
	buffer_drop(&p->line, len);
}

/* What one read came to: IO_AGAIN also when there is no memory. */
static enum { PIPE_MORE, PIPE_EMPTY, PIPE_ENDED } read_pipe(struct pipe *p)
{
	char *to = buffer_reserve(&p->line, READ_BYTES);
	ssize_t n = to == NULL ? 0 : read(p->fd, to, READ_BYTES);

	if (to == NULL) {
		p->line.failed = false;
		return PIPE_EMPTY;
	}
	if (n == -1)
		return errno == EINTR ? PIPE_MORE : PIPE_EMPTY;
	if (n == 0 && p->line.len > 0)
		buffer_add(&p->line, "\n", 1);
	p->line.len += (size_t)n;
	pass_lines(p);
	return n == 0 ? PIPE_ENDED : PIPE_MORE;
}

static void
on_lines(int fd, void *owner)
{
	struct pipe *p = owner;
	struct log_files *files = p->files;

	(void)fd;
	if (read_pipe(p) == PIPE_ENDED) {
		SLIST_REMOVE(&files->pipes, p, pipe, next);
		pipe_free(p);
	}
	if (!flush_all(files))
		timer_aim(files->retry, files->loop->now_ms + RETRY_MS);
}

struct log_files *
log_files_new(struct loop *loop, struct problem *why)
{
	struct log_files *files = calloc(1, sizeof(*files));

	if (files == NULL) {
		problem_set(why, "no memory for the logs");
		return NULL;
	}
	files->loop = loop;
	SLIST_INIT(&files->pipes);
	files->retry = timer_new(loop, on_retry, files);
	for (int i = 0; i < LOG_KINDS; i++)
		files->targets[i] = log_target_open("off", why);
	if (files->retry == NULL || files->targets[ERROR_LOG] == NULL ||
	    files->targets[ACCESS_LOG] == NULL) {
		problem_set(why, "no memory for the logs");
		log_files_free(files);
		return NULL;
	}
	return files;
}

static void
finish(struct log_files *files)
{
	const struct timespec pause = {0, RETRY_MS * 1000000L};
	struct pipe *p;

	while ((p = SLIST_FIRST(&files->pipes)) != NULL) {
		SLIST_REMOVE_HEAD(&files->pipes, next);
		while (read_pipe(p) == PIPE_MORE)
			;
		pipe_free(p);
	}
	for (int waited = 0; !flush_all(files) && waited < FINISH_MS;
	     waited += RETRY_MS)
		nanosleep(&pause, NULL);
}

void
log_files_free(struct log_files *files)
{
	if (files == NULL)
		return;
	if (files->targets[ERROR_LOG] != NULL &&
	    files->targets[ACCESS_LOG] != NULL)
		finish(files);
	log_files_forget(files);
	for (int i = 0; i < LOG_KINDS; i++)
		log_target_close(files->targets[i]);
	timer_free(files->retry);
	free(files);
}

void
log_files_forget(struct log_files *files)
{
	for (int i = 0; i < LOG_KINDS; i++) {
		log_target_close(files->prepared[i]);
		files->prepared[i] = NULL;
	}
}

int
log_files_prepare(
    struct log_files *files, const struct config *config, struct problem *why)
{
	const char *where[LOG_KINDS] = {[ERROR_LOG] = config->log_error.value,
	    [ACCESS_LOG] = config->log_access.value};

	log_files_forget(files);
	for (int i = 0; i < LOG_KINDS; i++) {
		files->prepared[i] = log_target_open(where[i], why);
		if (files->prepared[i] == NULL)
			return -1;
	}
	return 0;
}

void
log_files_use(struct log_files *files)
{
	for (int i = 0; i < LOG_KINDS; i++) {
		if (files->prepared[i] == NULL)
			continue;
		files->targets[i] =
		    log_target_replace(files->targets[i], files->prepared[i]);
		files->prepared[i] = NULL;
	}
}

void
log_files_reopen(struct log_files *files)
{
	struct problem why;

	for (int i = 0; i < LOG_KINDS; i++) {
		if (log_target_reopen(files->targets[i], &why) == -1)
			log_error("the old log stays: %s", why.sentence);
	}
}

int
log_files_pipe(struct log_files *files, enum log_kind kind, struct problem *why)
{
	struct pipe *p = calloc(1, sizeof(*p));
	int ends[2];

	if (p == NULL || pipe2(ends, O_NONBLOCK | O_CLOEXEC) == -1) {
		problem_errno(why, "cannot open a pipe for the logs");
		free(p);
		return -1;
	}
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* best effort */
	p->files = files;
	p->kind = kind;
	p->fd = ends[0];
	p->watch = watch_open(files->loop, p->fd, on_lines, p);
	if (p->watch == NULL) {
		problem_set(why, "no memory for a pipe of the logs");
		close(ends[1]);
		pipe_free(p);
		return -1;
	}
	SLIST_INSERT_HEAD(&files->pipes, p, next);
	return ends[1];
}
