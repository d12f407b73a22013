/*
 * All sessions of a worker.
 */
#include "session/sessions.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/reserve.h"
#include "session/session.h"
#include "site/allowance.h"
#include "tls/tls_library.h"

/* The scratch buffer gives its memory back when a large head has used it. */
#define SCRATCH_KEPT_MAX ((size_t)131072)

static void
on_log_timer(void *owner)
{
	struct sessions *all = owner;

	access_log_flush(&all->log);
	if (all->log.queue.len > 0)
		timer_aim(
		    all->log_timer, all->loop->now_ms + ACCESS_LOG_BATCH_MS);
}

/* Nothing is freed under a caller: at the end of a turn no caller is left. */
static void
free_ended(struct sessions *all)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&all->ended)) != NULL) {
		TAILQ_REMOVE(&all->ended, s, next);
		all->count--;
		session_free(s);
	}
}

/* One part of them in so many. */
#define YOUNGEST 16

/*
 * Out of memory: the youngest make room, at most half of all, and the others
 * go on.
 */
static void
make_room(struct sessions *all)
{
	size_t left = all->count / 2, many = all->count / YOUNGEST + 1;
	struct session *s;

	do {
		for (size_t i = 0; i < many; i++) {
			s = TAILQ_LAST(&all->list, session_list);
			if (s == NULL)
				break;
			rejections_add(
			    &all->rejections, END_NO_MEMORY, &s->peer);
			session_end(s, END_NO_MEMORY);
		}
		free_ended(all);
	} while (!reserve_refill() && all->count > left);
}

static void
on_turn_ended(void *owner)
{
	struct sessions *all = owner;

	free_ended(all);
	if (reserve_is_spent())
		make_room(all);
	if (all->log.queue.len >= ACCESS_LOG_BATCH_BYTES)
		access_log_flush(&all->log);
	if (all->log.queue.len > 0)
		timer_aim(
		    all->log_timer, all->loop->now_ms + ACCESS_LOG_BATCH_MS);
	if (all->scratch.size > SCRATCH_KEPT_MAX)
		buffer_clear(&all->scratch);
}

struct sessions *
sessions_new(struct loop *loop, int log_fd, struct problem *why)
{
	struct sessions *all = calloc(1, sizeof(*all));

	if (all == NULL)
		goto fail;
	all->loop = loop;
	all->count_max = SIZE_MAX;
	TAILQ_INIT(&all->list);
	TAILQ_INIT(&all->ended);
	access_log_open(&all->log, log_fd);
	all->log_timer = timer_new(loop, on_log_timer, all);
	if (all->log_timer == NULL)
		goto fail;
	if (rejections_init(&all->rejections, loop) == -1)
		goto fail;
	if (tls_library_random(&all->next_id, sizeof(all->next_id)) == -1)
		goto fail;
	if (reserve_matters()) {
		reserve_put_by();
		block_store_fill(&loop->blocks);
	}
	loop->turn_ended = on_turn_ended;
	loop->owner = all;
	return all;
fail:
	problem_set(why, "no memory for the sessions of a worker");
	if (all != NULL) {
		timer_free(all->log_timer);
		rejections_clear(&all->rejections);
	}
	free(all);
	return NULL;
}

void
sessions_count_callers(
    struct sessions *all, struct callers *callers, size_t worker)
{
	all->callers = callers;
	all->worker = worker;
}

void
sessions_use(struct sessions *all, struct site *site)
{
	struct site *before = all->site;

	all->site = site_hold(site);
	all->limits_addresses =
	    all->callers != NULL && allowance_matters(&site->config->limits);
	site_release(before);
}

void
sessions_limit(struct sessions *all, size_t connections_max)
{
	all->count_max = connections_max;
}

/* One that `caller` stands for is told of for each address. */
static void
reject(struct sessions *all, const struct address *peer, enum end why,
    struct caller *caller)
{
	bool told = rejections_add(&all->rejections, why, peer);

	all->ends[why]++;
	if (caller != NULL)
		told = caller_is_news(caller, all->loop->now_ms);
	if (told)
		access_log_add(&all->log, all->site->config->log_format,
		    &(struct access_line){.clock_ms = all->loop->clock_ms,
			.client = peer,
			.end = text_of(end_rule(why)->name)});
}

/* False: its address may have no more. */
static bool
admit(struct sessions *all, const struct address *peer, bool tls,
    struct caller **caller)
{
	struct allowance allowed =
	    allowance_of(&all->site->config->limits, peer, tls);

	if (allowed.connections == 0 && allowed.handshakes_per_s == 0)
		return true;
	switch (callers_admit(all->callers, all->worker, peer, allowed,
	    all->loop->now_ms, caller)) {
	case ADMITTED:
		return true;
	case TOO_MANY:
		reject(all, peer, END_ADDRESS_LIMIT, *caller);
		break;
	case TOO_FAST:
		reject(all, peer, END_HANDSHAKE_LIMIT, *caller);
		break;
	}
	return false;
}

/* Who is rejected is so before TLS costs anything. */
void
sessions_accept(
    struct sessions *all, int fd, const struct address *peer, size_t listener)
{
	const struct site_listener *at = &all->site->listeners[listener];
	struct caller *caller = NULL;
	struct session *s;

	if (all->count >= all->count_max) {
		close(fd);
		reject(all, peer, END_LIMIT, NULL);
		return;
	}
	if (all->limits_addresses &&
	    !admit(all, peer, at->tls != NULL, &caller)) {
		close(fd);
		return;
	}
	s = session_new(all, fd, peer, at);
	if (s == NULL) {
		caller_leave(caller);
		reject(all, peer, END_NO_MEMORY, NULL);
		return;
	}
	s->caller = caller;
	all->count++;
	TAILQ_INSERT_TAIL(&all->list, s, next);
}

size_t
sessions_count(const struct sessions *all)
{
	return all->count;
}

void
sessions_drain(struct sessions *all)
{
	struct session *s, *after;

	all->draining = true;
	for (s = TAILQ_FIRST(&all->list); s != NULL; s = after) {
		after = TAILQ_NEXT(s, next);
		if (s->stage == WAITING)
			session_end(s, END_STOPPED);
	}
}

void
sessions_stop(struct sessions *all)
{
	while (!TAILQ_EMPTY(&all->list))
		session_end(TAILQ_FIRST(&all->list), END_STOPPED);
}

void
sessions_free(struct sessions *all)
{
	if (all == NULL)
		return;
	sessions_stop(all);
	on_turn_ended(all);
	all->loop->turn_ended = NULL;
	access_log_close(&all->log);
	timer_free(all->log_timer);
	rejections_clear(&all->rejections);
	buffer_clear(&all->scratch);
	site_release(all->site);
	free(all);
}
