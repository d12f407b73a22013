/*
 * What the parent and a worker say to each other, over a socket pair.
 *
 *     parent                          worker
 *       SITE 3  bundle, sockets ->              build it, keep it ready
 *                               <-  READY 3     (or REFUSED 3 and why)
 *       GO 3                    ->              use it: new connections
 *                               <-  USING 3
 *       DRAIN, STOP             ->              end, sooner or later
 *
 * The number is that of the edition. A start, a restart after a crash and a
 * reload are the same talk; GO is said when every worker is ready, so either
 * all of them change or none does. The end of the channel is STOP.
 */
#ifndef CASGATE_DAEMON_CHANNEL_H
#define CASGATE_DAEMON_CHANNEL_H

#include <stddef.h>

/* Descriptors in one message: the kernel passes 253 (SCM_MAX_FD). */
#define MESSAGE_FDS_MAX 250

enum message_kind {
	MESSAGE_SITE,
	MESSAGE_READY,
	MESSAGE_REFUSED,
	MESSAGE_GO,
	MESSAGE_USING,
	MESSAGE_DRAIN,
	MESSAGE_STOP,
	MESSAGE_KINDS
};

struct message {
	enum message_kind kind;
	unsigned edition;
	char why[512]; /* REFUSED */
	size_t fd_count;
	int fds[MESSAGE_FDS_MAX]; /* lent to channel_send(), taken from
				     channel_receive() */
};

enum channel_got {
	CHANNEL_MESSAGE,
	CHANNEL_NOTHING, /* not now */
	CHANNEL_ENDED    /* the other side is gone, or talks nonsense */
};

/* Two ends, neither of which waits for the other. 0, or -1 with errno. */
int channel_open(int ends[2]);

/* 0, or -1 with errno; EAGAIN when the other side does not listen. Waits for
 * 100 ms at most, and only for memory. */
int channel_send(int end, const struct message *message);

enum channel_got channel_receive(int end, struct message *message);

#endif
