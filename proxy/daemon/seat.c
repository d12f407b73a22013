/*
 * Starting a worker, and talking to it.
 */
#include "daemon/seat.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/worker.h"

/* The signals wait until the child has its own handlers: the parent's would
 * write into the parent's loop. */
static pid_t
fork_worker(struct worker_start *start)
{
	sigset_t all, before;
	pid_t pid;

	fflush(NULL); /* else both write what is in the buffers */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	start->parent = getpid();
	pid = fork();
	if (pid == 0)
		exit(worker_run(start));
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static void
close_if_open(int fd)
{
	if (fd != -1)
		close(fd);
}

int
seat_start(
    struct seat *seat, void (*heard)(int fd, void *seat), struct problem *why)
{
	const struct crew *crew = seat->crew;
	struct worker_start start = {.number = seat->number + 1,
	    .workers = crew->count,
	    .file = crew->file,
	    .identity = crew->identity,
	    .sandboxed = crew->sandboxed,
	    .callers = crew->callers};
	int ends[2] = {-1, -1};
	pid_t pid = -1;

	start.error_log = log_files_pipe(crew->logs, ERROR_LOG, why);
	start.access_log = log_files_pipe(crew->logs, ACCESS_LOG, why);
	if (start.error_log == -1 || start.access_log == -1)
		goto out;
	if (channel_open(ends) == -1) {
		problem_errno(why, "no channel for a worker");
		goto out;
	}
	seat->watch = watch_open(crew->loop, ends[0], heard, seat);
	if (seat->watch == NULL) {
		problem_set(why, "no memory for a worker");
		goto out;
	}
	start.channel = ends[1];
	pid = fork_worker(&start);
	if (pid == -1) {
		problem_errno(why, "no process for a worker");
		watch_close(seat->watch);
		seat->watch = NULL;
		goto out;
	}
	seat->pid = pid;
	seat->channel = ends[0];
	seat->offered = seat->ready = seat->used = 0;
	seat->born_ms = crew->loop->now_ms;
out:
	close_if_open(start.error_log);
	close_if_open(start.access_log);
	close_if_open(ends[1]);
	if (pid == -1)
		close_if_open(ends[0]);
	return pid == -1 ? -1 : 0;
}

void
seat_hang_up(struct seat *seat)
{
	watch_close(seat->watch);
	seat->watch = NULL;
	close_if_open(seat->channel);
	seat->channel = -1;
}

int
seat_say(const struct seat *seat, enum message_kind kind, unsigned edition)
{
	struct message message = {.kind = kind, .edition = edition};

	return channel_send(seat->channel, &message);
}

int
seat_offer(struct seat *seat, const struct edition *edition)
{
	struct message message = {
	    .kind = MESSAGE_SITE, .edition = edition->number};

	message.fds[message.fd_count++] = edition->bundle;
	for (size_t i = 0; i < sockets_count(edition->sockets); i++)
		message.fds[message.fd_count++] =
		    sockets_fd(edition->sockets, i, seat->number);
	seat->offered = edition->number;
	return channel_send(seat->channel, &message);
}
