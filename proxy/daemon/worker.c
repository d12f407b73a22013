/*
 * A worker's life: give up all rights, then do what the parent says until the
 * channel ends.
 */
#include "daemon/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/bundle.h"
#include "daemon/channel.h"
#include "daemon/descriptors.h"
#include "daemon/inheritance.h"
#include "daemon/memory.h"
#include "daemon/sandbox.h"
#include "net/listener.h"
#include "net/loop.h"
#include "session/sessions.h"

/* How often a draining worker looks whether it is alone. */
#define DRAIN_LOOK_MS 50
#define LOG_FLUSH_MS 10000

/* A listening socket of a site. */
struct gate {
	struct worker *worker;
	struct listener *listener; /* owned; paused until it is in force */
	int fd;                    /* owned */
	size_t index;              /* of site->listeners */
};

struct gates {
	struct gate *list;
	size_t count;
};

struct worker {
	const struct worker_start *start;
	struct loop *loop;
	struct sessions *sessions;
	struct watch *channel;
	struct timer *drain_timer, *log_timer;
	struct gates gates;
	/* Built, and waiting for GO. */
	struct site *site; /* held; NULL: none */
	struct gates staged;
	unsigned edition;
};

static void
say(enum message_kind kind, unsigned edition, const char *why)
{
	struct message message = {.kind = kind, .edition = edition};

	snprintf(message.why, sizeof(message.why), "%s", why);
	/* The parent always reads; if it is gone, the channel's end says so. */
	if (channel_send(CHANNEL_FD, &message) == 0 || errno == EPIPE ||
	    errno == ECONNRESET)
		return;
	log_error("cannot answer the parent: %s", strerror(errno));
	exit(EXIT_FAILURE); /* else it would wait for the answer */
}

static void
on_client(int fd, const struct address *peer, void *owner)
{
	struct gate *gate = owner;

	sessions_accept(gate->worker->sessions, fd, peer, gate->index);
}

/* Takes the descriptors, also when it has no memory. */
static int
open_gates(
    struct worker *worker, struct gates *gates, const int *fds, size_t count)
{
	bool complete = true;

	gates->list = calloc(count, sizeof(*gates->list));
	if (gates->list == NULL) {
		for (size_t i = 0; i < count; i++)
			close(fds[i]);
		return -1;
	}
	gates->count = count;
	for (size_t i = 0; i < count; i++) {
		struct gate *gate = &gates->list[i];

		*gate =
		    (struct gate){.worker = worker, .fd = fds[i], .index = i};
		gate->listener =
		    listener_new(worker->loop, gate->fd, on_client, gate);
		if (gate->listener == NULL)
			complete = false;
		else
			listener_pause(gate->listener);
	}
	return complete ? 0 : -1;
}

static void
close_gates(struct gates *gates)
{
	for (size_t i = 0; i < gates->count; i++) {
		listener_free(gates->list[i].listener);
		close(gates->list[i].fd);
	}
	free(gates->list);
	*gates = (struct gates){0};
}

static void
forget_staged(struct worker *worker)
{
	site_release(worker->site);
	worker->site = NULL;
	close_gates(&worker->staged);
}

static struct site *
build_site(struct worker *worker, int bundle_fd, struct problem *why)
{
	struct bundle *bundle = bundle_open(bundle_fd, why);
	struct problems problems = {0};
	struct site *site;

	if (bundle == NULL)
		return NULL;
	site = site_new(worker->start->file, bundle_source(bundle),
	    bundle_secret(bundle), &problems);
	if (site == NULL)
		problem_set(why, "%s",
		    problems.count == 0 ? "no memory for the site"
					: problems.list[0].sentence);
	bundle_free(bundle);
	return site;
}

/* All that can fail, so that GO can't: a reload ends no connection. */
static int
build(struct worker *worker, const struct message *message, struct problem *why)
{
	size_t count = message->fd_count - 1;

	if (open_gates(worker, &worker->staged, message->fds + 1, count) ==
	    -1) {
		problem_set(why, "no memory to listen");
		return -1;
	}
	worker->site = build_site(worker, message->fds[0], why);
	if (worker->site == NULL)
		return -1;
	if (worker->site->listener_count == count)
		return 0;
	problem_set(why, "sockets are missing");
	return -1;
}

/* SITE: the bundle first, then a socket for each listener. */
static void
stage(struct worker *worker, const struct message *message)
{
	struct problem why = {0};
	int result;

	forget_staged(worker);
	if (message->fd_count == 0) {
		say(MESSAGE_REFUSED, message->edition,
		    "no descriptors are left for the new configuration");
		return;
	}
	worker->edition = message->edition;
	result = build(worker, message, &why);
	close(message->fds[0]);
	if (result == 0) {
		say(MESSAGE_READY, message->edition, "");
		return;
	}
	forget_staged(worker);
	say(MESSAGE_REFUSED, message->edition, why.sentence);
}

/* GO: sessions that are here keep the site they have. What is staged and not
 * in force is off. */
static void
use_staged(struct worker *worker, unsigned edition)
{
	if (worker->site == NULL || worker->edition != edition) {
		forget_staged(worker);
		return;
	}
	close_gates(&worker->gates);
	sessions_use(worker->sessions, worker->site);
	sessions_limit(worker->sessions,
	    descriptors_share(worker->site->config, worker->start->workers));
	site_release(worker->site);
	worker->site = NULL;
	worker->gates = worker->staged;
	worker->staged = (struct gates){0};
	for (size_t i = 0; i < worker->gates.count; i++)
		listener_resume(worker->gates.list[i].listener);
	say(MESSAGE_USING, edition, "");
}

static void
on_drain_timer(void *owner)
{
	struct worker *worker = owner;

	if (sessions_count(worker->sessions) == 0)
		loop_stop(worker->loop);
	else
		timer_aim(
		    worker->drain_timer, worker->loop->now_ms + DRAIN_LOOK_MS);
}

static void
drain(struct worker *worker)
{
	forget_staged(worker);
	close_gates(&worker->gates);
	sessions_drain(worker->sessions);
	timer_aim(worker->drain_timer, worker->loop->now_ms);
}

static void
stop(struct worker *worker)
{
	close_gates(&worker->gates);
	sessions_stop(worker->sessions);
	loop_stop(worker->loop);
}

static void
obey(struct worker *worker, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_SITE:
		stage(worker, message);
		break;
	case MESSAGE_GO:
		use_staged(worker, message->edition);
		break;
	case MESSAGE_DRAIN:
		drain(worker);
		break;
	case MESSAGE_STOP:
		stop(worker);
		break;
	case MESSAGE_READY: /* our own words */
	case MESSAGE_REFUSED:
	case MESSAGE_USING:
	case MESSAGE_KINDS:
		break;
	}
}

static void
on_message(int fd, void *owner)
{
	struct worker *worker = owner;
	struct message message;

	switch (channel_receive(fd, &message)) {
	case CHANNEL_MESSAGE:
		obey(worker, &message);
		break;
	case CHANNEL_NOTHING:
		break;
	case CHANNEL_ENDED: /* the parent is gone */
		stop(worker);
		break;
	}
}

static void
on_log_timer(void *owner)
{
	struct worker *worker = owner;

	log_flush();
	timer_aim(worker->log_timer, worker->loop->now_ms + LOG_FLUSH_MS);
}

static int
set_up(struct worker *worker, struct problem *why)
{
	worker->loop = loop_new(why);
	if (worker->loop == NULL)
		return -1;
	worker->sessions = sessions_new(worker->loop, ACCESS_LOG_FD, why);
	if (worker->sessions == NULL)
		return -1;
	sessions_count_callers(worker->sessions, worker->start->callers,
	    worker->start->number - 1);
	worker->channel =
	    watch_open(worker->loop, CHANNEL_FD, on_message, worker);
	worker->drain_timer = timer_new(worker->loop, on_drain_timer, worker);
	worker->log_timer = timer_new(worker->loop, on_log_timer, worker);
	if (worker->channel == NULL || worker->drain_timer == NULL ||
	    worker->log_timer == NULL) {
		problem_set(why, "no memory for a worker");
		return -1;
	}
	timer_aim(worker->log_timer, worker->loop->now_ms + LOG_FLUSH_MS);
	return 0;
}

static void
clear(struct worker *worker)
{
	forget_staged(worker);
	close_gates(&worker->gates);
	watch_close(worker->channel);
	timer_free(worker->drain_timer);
	timer_free(worker->log_timer);
	sessions_free(worker->sessions);
	loop_free(worker->loop);
	log_flush();
}

/* All rights go, and what it takes to give them up goes last. */
static int
confine(struct worker *worker, struct problem *why)
{
	const struct worker_start *start = worker->start;

	if (privileges_drop(&start->identity, why) == -1)
		return -1;
	memory_hide();
	memory_lock(); /* the parent tells if that can't be */
	privileges_die_with(start->parent);
	if (set_up(worker, why) == -1)
		return -1;
	return start->sandboxed ? sandbox_enter(why) : 0;
}

int
worker_run(const struct worker_start *start)
{
	struct worker worker = {.start = start};
	struct problem why = {0};
	char prefix[64];
	int result;

	inheritance_keep(start);
	snprintf(prefix, sizeof(prefix), "worker %zu: ", start->number);
	log_open(STDERR_FILENO, prefix);
	result = confine(&worker, &why) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (result == EXIT_SUCCESS)
		loop_run(worker.loop);
	else
		say(MESSAGE_REFUSED, 0, why.sentence);
	clear(&worker);
	return result;
}
