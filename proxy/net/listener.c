/*
 * A listening socket in the loop, and how one is bound.
 */
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/log.h"
#include "net/conn.h"

/* Between two batches those already connected have their turn: making a session
 * takes some 30 us, so that this takes as long as handshakes may. */
#define ACCEPTS_A_TURN 4

#define EXHAUSTED_MS 500
#define SAY_AGAIN_MS 60000

struct listener {
	struct loop *loop; /* borrowed */
	struct event event;
	void (*accepted)(int fd, const struct address *peer, void *owner);
	void *owner;           /* borrowed */
	struct timer *timer;   /* ends `exhausted` */
	bool paused;           /* by the owner */
	bool exhausted;        /* no descriptors or memory for a while */
	uint64_t say_after_ms; /* before that it is not said again */
};

/* The connection stays in the kernel's queue, and would raise an event at
 * once: so there is none for a moment. */
static void
rest(struct listener *listener)
{
	uint64_t now_ms = listener->loop->now_ms;

	if (now_ms >= listener->say_after_ms) {
		log_error("cannot accept connections for a moment: %s",
		    strerror(errno));
		listener->say_after_ms = now_ms + SAY_AGAIN_MS;
	}
	listener->exhausted = true;
	event_del(&listener->event);
	timer_aim(listener->timer, now_ms + EXHAUSTED_MS);
}

static void
update(struct listener *listener)
{
	if (listener->paused || listener->exhausted)
		event_del(&listener->event);
	else if (event_add(&listener->event, NULL) == -1)
		rest(listener);
}

static void
on_timer(void *owner)
{
	struct listener *listener = owner;

	listener->exhausted = false;
	update(listener);
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;

	(void)what;
	loop_wake(listener->loop);
	for (int i = 0; i < ACCEPTS_A_TURN && !listener->paused; i++) {
		struct address peer = {.len = sizeof(peer.sa)};
		int client = accept4(
		    fd, &peer.sa.any, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client != -1) {
			listener->accepted(client, &peer, listener->owner);
			continue;
		}
		switch (errno) {
		case EAGAIN:
			return;
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			rest(listener);
			return;
		case EBADF:
		case EINVAL:
		case ENOTSOCK:
		case EOPNOTSUPP:
			/* A bug, but one that must not spin. */
			rest(listener);
			return;
		default:
			/* Trouble of that one connection (accept(2)). */
			break;
		}
	}
}

struct listener *
listener_new(struct loop *loop, int fd,
    void (*accepted)(int fd, const struct address *peer, void *owner),
    void *owner)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL)
		return NULL;
	listener->loop = loop;
	listener->accepted = accepted;
	listener->owner = owner;
	event_assign(&listener->event, loop->base, fd, EV_READ | EV_PERSIST,
	    on_connection, listener);
	listener->timer = timer_new(loop, on_timer, listener);
	if (listener->timer == NULL ||
	    event_add(&listener->event, NULL) == -1) {
		listener_free(listener);
		return NULL;
	}
	return listener;
}

void
listener_pause(struct listener *listener)
{
	listener->paused = true;
	update(listener);
}

void
listener_resume(struct listener *listener)
{
	listener->paused = false;
	update(listener);
}

void
listener_free(struct listener *listener)
{
	if (listener == NULL)
		return;
	event_del(&listener->event);
	timer_free(listener->timer);
	free(listener);
}

/* Puts an IP address into a socket address. An IPv6 one of an administrator
 * is for IPv6 alone: `[::]:443` beside `0.0.0.0:443` is no conflict. */
static bool
take_address(struct address *to, const char *address, uint16_t port)
{
	struct sockaddr_in *v4 = &to->sa.v4;
	struct sockaddr_in6 *v6 = &to->sa.v6;

	*to = (struct address){0};
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		to->len = sizeof(*v4);
		return true;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	to->len = sizeof(*v6);
	return inet_pton(AF_INET6, address, &v6->sin6_addr) == 1;
}

static int
bind_to(const struct address *address, bool v6_only, bool shared)
{
	int fd, error, on = 1, only = v6_only;
	bool v6 = address->sa.any.sa_family == AF_INET6;

	fd = socket(address->sa.any.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	conn_tune(fd);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (!shared ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ==
		    0) &&
	    (!v6 ||
		setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0) &&
	    bind(fd, &address->sa.any, address->len) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int
bind_everywhere(uint16_t port, bool shared)
{
	struct address at;
	int fd;

	take_address(&at, "::", port);
	fd = bind_to(&at, false, shared);
	if (fd != -1 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
		return fd;
	take_address(&at, "0.0.0.0", port);
	return bind_to(&at, false, shared);
}

int
listener_bind(
    const char *address, uint16_t port, bool shared, struct problem *why)
{
	char text[ADDRESS_TEXT_MAX];
	struct address at;
	int fd;

	if (address == NULL) {
		fd = bind_everywhere(port, shared);
		if (fd == -1)
			problem_set(why,
			    "cannot listen on port %u of every address: %s",
			    port, strerror(errno));
		return fd;
	}
	if (!take_address(&at, address, port)) {
		problem_set(
		    why, "cannot listen on \"%s\": not an IP address", address);
		return -1;
	}
	fd = bind_to(&at, true, shared);
	if (fd == -1) {
		address_print(&at, text);
		problem_set(
		    why, "cannot listen on %s: %s", text, strerror(errno));
	}
	return fd;
}
