/*
 * The worker processes.
 */
#include "daemon/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/seat.h"

/* A worker that lived for so long died of something new: its place is filled
 * at once. Those who die young are replaced ever more slowly. */
#define GROWN_UP_MS 60000
#define BACK_OFF_S_MAX 8

struct workers {
	struct crew crew;
	struct seat *seats;                    /* crew.count of them */
	const struct edition *current, *offer; /* borrowed; NULL: none */
	void (*changed)(void *owner);
	void *owner; /* borrowed */
	bool ending;
	char refusal[640]; /* empty: none */
};

/* Talking. */

static void
refuse(struct workers *all, const struct seat *seat, const char *why)
{
	if (all->refusal[0] == '\0')
		snprintf(all->refusal, sizeof(all->refusal), "worker %zu: %s",
		    seat->number + 1, why);
}

/* Offers what a worker should have next: a new one first gets what the others
 * have, so that it serves even if the offer comes to nothing. */
static void
tend(struct seat *seat)
{
	struct workers *all = seat->owner;
	const struct edition *wanted = all->current;

	if (seat->channel == -1 || all->ending)
		return;
	if (wanted == NULL || seat->used == wanted->number)
		wanted = all->offer;
	if (wanted == NULL || seat->offered == wanted->number)
		return;
	/* If it is dead, workers_reap() knows what it died of. */
	if (seat_offer(seat, wanted) == -1 && errno != EPIPE &&
	    errno != ECONNRESET)
		refuse(all, seat, strerror(errno));
}

/* One that has not what is in force, and can't, is of no use. One that has may
 * refuse what is no longer offered: another was faster to refuse it. */
static void
hear_refusal(struct seat *seat, const struct message *message)
{
	struct workers *all = seat->owner;

	if (all->offer != NULL &&
	    (message->edition == 0 || message->edition == all->offer->number)) {
		refuse(all, seat, message->why);
	} else if (all->current == NULL || seat->used != all->current->number) {
		log_error("worker %zu: %s", seat->number + 1, message->why);
		kill(seat->pid, SIGKILL);
	}
}

/* One that does not hear of it would go on without; the next one will. */
static void
say_go(const struct seat *seat)
{
	struct workers *all = seat->owner;

	if (seat_say(seat, MESSAGE_GO, all->current->number) == 0)
		return;
	if (errno != EPIPE && errno != ECONNRESET)
		log_error("worker %zu cannot be told what is in force: %s",
		    seat->number + 1, strerror(errno));
	kill(seat->pid, SIGKILL);
}

static void
hear(struct seat *seat, const struct message *message)
{
	struct workers *all = seat->owner;

	switch (message->kind) {
	case MESSAGE_READY:
		seat->ready = message->edition;
		if (all->current != NULL && seat->ready == all->current->number)
			say_go(seat);
		break;
	case MESSAGE_REFUSED:
		hear_refusal(seat, message);
		break;
	case MESSAGE_USING:
		seat->used = message->edition;
		tend(seat);
		break;
	case MESSAGE_SITE: /* our own words */
	case MESSAGE_GO:
	case MESSAGE_DRAIN:
	case MESSAGE_STOP:
	case MESSAGE_KINDS:
		break;
	}
}

static void
on_message(int fd, void *owner)
{
	struct seat *seat = owner;
	struct workers *all = seat->owner;
	struct message message;

	switch (channel_receive(fd, &message)) {
	case CHANNEL_MESSAGE:
		hear(seat, &message);
		break;
	case CHANNEL_NOTHING:
		return;
	case CHANNEL_ENDED: /* it is about to die: workers_reap() */
		seat_hang_up(seat);
		break;
	}
	all->changed(all->owner);
}

/* Starting. */

static int
start_one(struct seat *seat, struct problem *why)
{
	if (seat_start(seat, on_message, why) == -1)
		return -1;
	tend(seat);
	return 0;
}

static void
on_back_off(void *owner)
{
	struct seat *seat = owner;
	struct workers *all = seat->owner;
	struct problem why;

	if (all->ending || seat->pid != 0)
		return;
	if (start_one(seat, &why) == -1) {
		log_error("worker %zu cannot be started: %s", seat->number + 1,
		    why.sentence);
		timer_aim(seat->back_off,
		    all->crew.loop->now_ms + BACK_OFF_S_MAX * 1000);
	}
}

static int
set_seats(struct workers *all, size_t count)
{
	all->seats = calloc(count, sizeof(*all->seats));
	if (all->seats == NULL)
		return -1;
	for (; all->crew.count < count; all->crew.count++) {
		struct seat *seat = &all->seats[all->crew.count];

		*seat = (struct seat){.crew = &all->crew,
		    .owner = all,
		    .number = all->crew.count,
		    .channel = -1};
		seat->back_off = timer_new(all->crew.loop, on_back_off, seat);
		if (seat->back_off == NULL)
			return -1;
	}
	return 0;
}

struct workers *
workers_new(const struct crew *crew, void (*changed)(void *owner), void *owner,
    struct problem *why)
{
	struct workers *all = calloc(1, sizeof(*all));

	if (all != NULL) {
		all->crew = *crew;
		all->crew.count = 0; /* so far */
		all->changed = changed;
		all->owner = owner;
		if (set_seats(all, crew->count) == 0)
			return all;
	}
	problem_set(why, "no memory for the workers");
	workers_free(all);
	return NULL;
}

void
workers_free(struct workers *all)
{
	if (all == NULL)
		return;
	for (size_t i = 0; i < all->crew.count; i++) {
		seat_hang_up(&all->seats[i]);
		timer_free(all->seats[i].back_off);
	}
	free(all->seats);
	free(all);
}

int
workers_start(struct workers *all, struct problem *why)
{
	for (size_t i = 0; i < all->crew.count; i++) {
		if (start_one(&all->seats[i], why) == -1)
			return -1;
	}
	return 0;
}

/* Dying. */

static void
describe(int status, char *to, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(to, size, "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(to, size, "exit code %d", WEXITSTATUS(status));
}

static void
replace(struct seat *seat, const char *how)
{
	struct workers *all = seat->owner;
	unsigned wait_s = 0;

	if (all->crew.loop->now_ms - seat->born_ms > GROWN_UP_MS)
		seat->early_deaths = 0;
	if (seat->early_deaths > 0)
		wait_s = 1U << (seat->early_deaths - 1);
	if (wait_s >= BACK_OFF_S_MAX)
		wait_s = BACK_OFF_S_MAX;
	else
		seat->early_deaths++;
	log_error("worker %zu ended by %s; the next one starts in %u s",
	    seat->number + 1, how, wait_s);
	timer_aim(seat->back_off, all->crew.loop->now_ms + wait_s * 1000);
}

static void
bury(struct seat *seat, int status)
{
	struct workers *all = seat->owner;
	char how[64];

	/* What it still had to say comes before its death. */
	while (seat->channel != -1 && seat->watch != NULL) {
		struct message message;

		if (channel_receive(seat->channel, &message) != CHANNEL_MESSAGE)
			break;
		hear(seat, &message);
	}
	seat_hang_up(seat);
	seat->pid = 0;
	callers_forget(all->crew.callers, seat->number);
	describe(status, how, sizeof(how));
	if (all->current == NULL)
		refuse(all, seat, how);
	else if (!all->ending)
		replace(seat, how);
	else if (status != 0)
		log_error("worker %zu ended by %s", seat->number + 1, how);
}

void
workers_reap(struct workers *all)
{
	for (size_t i = 0; i < all->crew.count; i++) {
		struct seat *seat = &all->seats[i];
		int status;

		if (seat->pid != 0 &&
		    waitpid(seat->pid, &status, WNOHANG) == seat->pid)
			bury(seat, status);
	}
	all->changed(all->owner);
}

/* What the parent has them do, and asks. */

void
workers_offer(struct workers *all, const struct edition *edition)
{
	all->offer = edition;
	all->refusal[0] = '\0';
	for (size_t i = 0; i < all->crew.count; i++)
		tend(&all->seats[i]);
}

/* Told what is in force, a worker forgets what was offered: sockets that it
 * keeps would take connections that nobody serves. */
void
workers_withdraw(struct workers *all)
{
	for (size_t i = 0; i < all->crew.count; i++) {
		const struct seat *seat = &all->seats[i];

		if (seat->channel != -1 && all->current != NULL &&
		    all->offer != NULL && seat->offered == all->offer->number)
			say_go(seat);
	}
	all->offer = NULL;
	all->refusal[0] = '\0';
}

void
workers_use(struct workers *all)
{
	all->current = all->offer;
	all->offer = NULL;
	for (size_t i = 0; i < all->crew.count; i++) {
		struct seat *seat = &all->seats[i];

		if (seat->channel != -1)
			say_go(seat);
	}
}

bool
workers_ready(const struct workers *all)
{
	if (all->offer == NULL || workers_alive(all) == 0)
		return false;
	return workers_silent(all) == 0;
}

size_t
workers_silent(const struct workers *all)
{
	for (size_t i = 0; i < all->crew.count; i++) {
		const struct seat *seat = &all->seats[i];

		if (seat->pid != 0 && all->offer != NULL &&
		    seat->ready != all->offer->number)
			return i + 1;
	}
	return 0;
}

bool
workers_using(const struct workers *all)
{
	if (all->current == NULL || workers_alive(all) == 0)
		return false;
	for (size_t i = 0; i < all->crew.count; i++) {
		const struct seat *seat = &all->seats[i];

		if (seat->pid != 0 && seat->used != all->current->number)
			return false;
	}
	return true;
}

const char *
workers_refusal(const struct workers *all)
{
	return all->refusal[0] == '\0' ? NULL : all->refusal;
}

static void
tell_the_end(struct workers *all, enum message_kind kind)
{
	all->ending = true;
	for (size_t i = 0; i < all->crew.count; i++) {
		struct seat *seat = &all->seats[i];

		timer_rest(seat->back_off);
		if (seat->channel != -1)
			seat_say(seat, kind, 0);
	}
}

void
workers_drain(struct workers *all)
{
	tell_the_end(all, MESSAGE_DRAIN);
}

void
workers_stop(struct workers *all)
{
	tell_the_end(all, MESSAGE_STOP);
}

void
workers_kill(struct workers *all)
{
	all->ending = true;
	for (size_t i = 0; i < all->crew.count; i++)
		if (all->seats[i].pid != 0)
			kill(all->seats[i].pid, SIGKILL);
}

size_t
workers_alive(const struct workers *all)
{
	size_t alive = 0;

	for (size_t i = 0; i < all->crew.count; i++)
		if (all->seats[i].pid != 0)
			alive++;
	return alive;
}
