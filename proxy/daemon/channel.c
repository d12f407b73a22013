/*
 * Messages between the parent and a worker.
 */
#include "daemon/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 100

/* What goes over the wire; the descriptors travel beside it. */
struct letter {
	unsigned kind;
	unsigned edition;
	size_t fd_count;
	char why[512];
};

/* Aligned as the kernel's headers of ancillary data must be. */
union descriptors {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(MESSAGE_FDS_MAX * sizeof(int))];
};

int
channel_open(int ends[2])
{
	/* SEQPACKET: a message is whole or not there, and the end is seen. */
	return socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

/* A message lost leaves the other side waiting for it, so that this one waits a
 * little while the kernel has no memory. */
static bool
is_worth_waiting(unsigned *patience_ms)
{
	if ((errno != ENOBUFS && errno != ENOMEM) || *patience_ms == 0)
		return false;
	*patience_ms -= 1;
	poll(NULL, 0, 1);
	return true;
}

int
channel_send(int end, const struct message *message)
{
	struct letter letter = {.kind = message->kind,
	    .edition = message->edition,
	    .fd_count = message->fd_count};
	struct iovec text = {&letter, sizeof(letter)};
	struct msghdr header = {.msg_iov = &text, .msg_iovlen = 1};
	size_t fds_bytes = message->fd_count * sizeof(int);
	union descriptors beside = {0};
	unsigned patience = PATIENCE_MS;
	ssize_t n;

	memcpy(letter.why, message->why, sizeof(letter.why));
	if (message->fd_count > 0) {
		header.msg_control = &beside;
		header.msg_controllen = CMSG_SPACE(fds_bytes);
		beside.header.cmsg_level = SOL_SOCKET;
		beside.header.cmsg_type = SCM_RIGHTS;
		beside.header.cmsg_len = CMSG_LEN(fds_bytes);
		memcpy(CMSG_DATA(&beside.header), message->fds, fds_bytes);
	}
	do
		n = sendmsg(end, &header, MSG_NOSIGNAL);
	while (n == -1 && (errno == EINTR || is_worth_waiting(&patience)));
	return n == -1 ? -1 : 0;
}

static void
collect(struct msghdr *header, struct message *message)
{
	message->fd_count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL;
	     c = CMSG_NXTHDR(header, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    bytes > sizeof(message->fds))
			continue;
		memcpy(message->fds, CMSG_DATA(c), bytes);
		message->fd_count = bytes / sizeof(int);
	}
}

static void
close_all(struct message *message)
{
	while (message->fd_count > 0)
		close(message->fds[--message->fd_count]);
}

enum channel_got
channel_receive(int end, struct message *message)
{
	struct letter letter;
	struct iovec text = {&letter, sizeof(letter)};
	union descriptors beside = {0};
	struct msghdr header = {.msg_iov = &text,
	    .msg_iovlen = 1,
	    .msg_control = &beside,
	    .msg_controllen = sizeof(beside)};
	ssize_t n;

	/* A reset is told once, before what was said in front of it: the other
	 * side has died without hearing all we said. */
	do
		n = recvmsg(end, &header, MSG_CMSG_CLOEXEC);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1 && errno == EAGAIN)
		return CHANNEL_NOTHING;
	if (n <= 0)
		return CHANNEL_ENDED;
	collect(&header, message);
	if (n != sizeof(letter) || letter.kind >= MESSAGE_KINDS) {
		close_all(message);
		return CHANNEL_ENDED;
	}
	message->kind = letter.kind;
	message->edition = letter.edition;
	memcpy(message->why, letter.why, sizeof(message->why));
	message->why[sizeof(message->why) - 1] = '\0';
	/* Some get lost when this process is out of descriptors; then none
	 * is of use, and the reader sees that they are missing. */
	if (message->fd_count != letter.fd_count)
		close_all(message);
	return CHANNEL_MESSAGE;
}
