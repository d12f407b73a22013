/*
 * The place of one worker: a number and a share of the sockets, which
 * outlive the process that has them.
 */
#ifndef CASGATE_DAEMON_SEAT_H
#define CASGATE_DAEMON_SEAT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/channel.h"
#include "daemon/edition.h"
#include "daemon/log_files.h"
#include "daemon/privileges.h"
#include "net/callers.h"
#include "net/loop.h"

/* What all workers have in common. */
struct crew {
	struct loop *loop; /* borrowed, as are the next three */
	struct log_files *logs;
	struct callers *callers;
	const char *file; /* of the configuration */
	struct identity identity;
	bool sandboxed;
	size_t count;
};

struct seat {
	const struct crew *crew; /* borrowed */
	void *owner;             /* borrowed; the workers */
	size_t number;           /* from 0 */
	pid_t pid;               /* 0: empty */
	int channel;             /* -1: none, or ended */
	struct watch *watch;
	unsigned offered, ready, used; /* editions; 0: none */
	uint64_t born_ms;
	unsigned early_deaths; /* one after the other */
	struct timer *back_off;
};

/* Forks a worker into the seat; `heard` is called when its channel has
 * something. 0, or -1 and why. */
int seat_start(
    struct seat *seat, void (*heard)(int fd, void *seat), struct problem *why);

/* Closes the channel: to the worker that is STOP. */
void seat_hang_up(struct seat *seat);

/* As channel_send(). */
int seat_say(const struct seat *seat, enum message_kind kind, unsigned edition);
int seat_offer(struct seat *seat, const struct edition *edition);

#endif
