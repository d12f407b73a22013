/*
 * The event loop of a process.
 */
#include "net/loop.h"

#include <stdlib.h>
#include <time.h>

#include <event2/event.h>
#include <event2/event_struct.h>

const char *
loop_library(void)
{
	return event_get_version();
}

static uint64_t
clock_now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void
loop_wake(struct loop *loop)
{
	if (loop->awake)
		return;
	loop->awake = true;
	loop->now_ms = clock_now_us(CLOCK_MONOTONIC) / 1000;
	loop->clock_ms = clock_now_us(CLOCK_REALTIME) / 1000;
}

/* epoll and nothing else, whatever the environment says; a process has one
 * thread, so there is nothing to lock. */
static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_require_features(
		config, EV_FEATURE_ET | EV_FEATURE_O1) == 0 &&
	    event_config_set_flag(config,
		EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

struct loop *
loop_new(struct problem *why)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		goto fail;
	block_store_init(&loop->blocks);
	TAILQ_INIT(&loop->soon[0]);
	TAILQ_INIT(&loop->soon[1]);
	TAILQ_INIT(&loop->tasks);
	loop_wake(loop);
	loop->base = base_new();
	loop->scratch = malloc(LOOP_SCRATCH_BYTES);
	if (loop->base == NULL || loop->scratch == NULL)
		goto fail;
	return loop;
fail:
	problem_set(why, "cannot make an event loop");
	loop_free(loop);
	return NULL;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	block_store_clear(&loop->blocks);
	if (loop->base != NULL)
		event_base_free(loop->base);
	free(loop->scratch);
	free(loop);
}

/* Runs the first task of a queue. */
static void
run_first(struct task_queue *queue)
{
	struct task *task = TAILQ_FIRST(queue);

	loop_forget(task);
	task->run(task->owner);
}

static void
run_tasks(struct loop *loop)
{
	uint64_t until_us;

	if (TAILQ_EMPTY(&loop->tasks))
		return;
	until_us = clock_now_us(CLOCK_MONOTONIC) + LOOP_TASKS_US;
	do
		run_first(&loop->tasks);
	while (!TAILQ_EMPTY(&loop->tasks) &&
	    clock_now_us(CLOCK_MONOTONIC) < until_us);
}

/* What is queued meanwhile is for the next turn. */
static void
turn(struct loop *loop)
{
	int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;
	struct task_queue *soon = &loop->soon[loop->filled];

	if (!TAILQ_EMPTY(soon) || !TAILQ_EMPTY(&loop->tasks))
		flags |= EVLOOP_NONBLOCK;
	loop->filled ^= 1;
	loop->turn++;
	loop->awake = false;
	event_base_loop(loop->base, flags);
	loop_wake(loop);
	while (!TAILQ_EMPTY(soon))
		run_first(soon);
	run_tasks(loop);
	if (loop->turn_ended != NULL)
		loop->turn_ended(loop->owner);
}

void
loop_run(struct loop *loop)
{
	while (!loop->stopping)
		turn(loop);
	loop->stopping = false;
}

void
loop_stop(struct loop *loop)
{
	loop->stopping = true;
}

static void
queue(struct task_queue *queue, struct task *task)
{
	if (task->in != NULL)
		return;
	TAILQ_INSERT_TAIL(queue, task, next);
	task->in = queue;
}

void
loop_put_off(struct loop *loop, struct task *task)
{
	queue(&loop->tasks, task);
}

void
loop_soon(struct loop *loop, struct task *task)
{
	queue(&loop->soon[loop->filled], task);
}

void
loop_forget(struct task *task)
{
	if (task->in == NULL)
		return;
	TAILQ_REMOVE(task->in, task, next);
	task->in = NULL;
}

struct watch {
	struct loop *loop; /* borrowed */
	struct event event;
	void (*ready)(int fd, void *owner);
	void *owner; /* borrowed */
};

static void
on_watched(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)what;
	loop_wake(watch->loop);
	watch->ready(fd, watch->owner);
}

/* For libevent a signal is a descriptor of another kind. */
static struct watch *
watch_new(struct loop *loop, int fd, short what,
    void (*ready)(int fd, void *owner), void *owner)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->loop = loop;
	watch->ready = ready;
	watch->owner = owner;
	if (event_assign(&watch->event, loop->base, fd, what | EV_PERSIST,
		on_watched, watch) == -1 ||
	    event_add(&watch->event, NULL) == -1) {
		free(watch);
		return NULL;
	}
	return watch;
}

struct watch *
watch_open(
    struct loop *loop, int fd, void (*ready)(int fd, void *owner), void *owner)
{
	return watch_new(loop, fd, EV_READ, ready, owner);
}

struct watch *
watch_signal(struct loop *loop, int signal,
    void (*ready)(int signal, void *owner), void *owner)
{
	return watch_new(loop, signal, EV_SIGNAL, ready, owner);
}

void
watch_close(struct watch *watch)
{
	if (watch == NULL)
		return;
	event_del(&watch->event);
	free(watch);
}

struct timer {
	struct loop *loop; /* borrowed */
	struct event event;
	void (*fired)(void *owner);
	void *owner; /* borrowed */
	uint64_t at_ms;
	bool aimed;
};

/* libevent reads a coarse clock, which may be a tick of the kernel behind ours:
 * so much later a timer is not early. Where ticks are longer it is, and is set
 * again. */
#define COARSE_MS 4

/* Without memory the timer rests, and the next aim tries again. */
static void
set(struct timer *timer)
{
	uint64_t now_ms = timer->loop->now_ms;
	uint64_t ms =
	    timer->at_ms > now_ms ? timer->at_ms - now_ms + COARSE_MS : 0;
	struct timeval in = {
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000),
	};

	timer->aimed = event_add(&timer->event, &in) == 0;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timer *timer = arg;

	(void)fd;
	(void)what;
	loop_wake(timer->loop);
	if (timer->loop->now_ms < timer->at_ms) {
		set(timer);
		return;
	}
	timer->aimed = false;
	timer->fired(timer->owner);
}

struct timer *
timer_new(struct loop *loop, void (*fired)(void *owner), void *owner)
{
	struct timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	timer->loop = loop;
	timer->fired = fired;
	timer->owner = owner;
	evtimer_assign(&timer->event, loop->base, on_timer, timer);
	return timer;
}

void
timer_aim(struct timer *timer, uint64_t when_ms)
{
	if (timer->aimed && timer->at_ms <= when_ms)
		return;
	timer->at_ms = when_ms;
	set(timer);
}

void
timer_rest(struct timer *timer)
{
	timer->aimed = false;
	event_del(&timer->event);
}

void
timer_free(struct timer *timer)
{
	if (timer == NULL)
		return;
	event_del(&timer->event);
	free(timer);
}
