/*
 * One non-blocking byte stream to a peer, and what is waited for on it.
 *
 * The ordinary path makes no epoll_ctl(): the event for reading stays in the
 * loop while nobody wants it, until it fires; the one for writing is there
 * only while a write fell short. Both are level-triggered.
 *
 * A peer that has gone shows as EPOLLHUP or EPOLLERR, which libevent reports
 * as both events. When neither is in the loop, an owner that asked for it
 * (`tells_gone`) is told by an edge-triggered event for reading: the bytes we
 * don't read raise it once each time some come, which the receive window ends
 * soon, so that it cannot spin. libevent does not mix edges and levels on one
 * descriptor, so it makes room for any other.
 */
#include "net/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#define KEEPALIVE_IDLE_S 120
#define KEEPALIVE_INTERVAL_S 30
#define KEEPALIVE_PROBES 4

struct conn_events {
	enum listening { NOT, LEVEL, EDGE } listening;
	bool wants_read, wants_write; /* of the socket */
	bool connecting;
	bool decided; /* the attempt is over: it was writable once */
	bool running; /* `ready` is on the stack */
	bool closed;  /* by it */
	struct event read;
	struct event *write; /* owned; NULL while none is needed */
	struct task again;
};

/* One allocation for both. */
struct whole {
	struct conn conn; /* the first */
	struct conn_events events;
};

static void
set_number(int fd, int level, int option, int number)
{
	setsockopt(fd, level, option, &number, sizeof(number));
}

static void
keep_alive(int fd)
{
	set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

static void
send_at_once(int fd)
{
	set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* Without them a connection works as well, only slower: a socket of another
 * kind refuses them. */
void
conn_tune(int fd)
{
	send_at_once(fd);
	keep_alive(fd);
}

void
conn_keep_alive(struct conn *conn)
{
	if (!conn->kept_alive)
		keep_alive(conn->fd);
	conn->kept_alive = true;
}

static void
run(struct conn *conn)
{
	struct conn_events *e = conn->events;

	e->running = true;
	conn->ready(conn->owner);
	e->running = false;
	if (e->closed)
		free(conn);
}

static void
on_again(void *owner)
{
	run(owner);
}

struct conn *
conn_new(struct loop *loop, int fd, void (*ready)(void *owner), void *owner)
{
	void *memory = calloc(1, sizeof(struct whole));
	struct whole *whole = memory;
	struct conn *conn = memory;

	if (memory == NULL)
		return NULL;
	conn->loop = loop;
	conn->fd = fd;
	conn->stream = &conn_plain;
	conn->ready = ready;
	conn->owner = owner;
	conn->events = &whole->events;
	conn->events->again = (struct task){.run = on_again, .owner = conn};
	return conn;
}

struct conn *
conn_open(struct loop *loop, const struct address *to,
    void (*ready)(void *owner), void *owner)
{
	int fd = socket(to->sa.any.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct conn *conn = NULL;
	int error;

	if (fd == -1)
		return NULL;
	send_at_once(fd);
	if (connect(fd, &to->sa.any, to->len) == -1 && errno != EINPROGRESS)
		goto fail;
	conn = conn_new(loop, fd, ready, owner);
	if (conn == NULL)
		goto fail;
	conn->events->connecting = true;
	return conn;
fail:
	error = errno;
	close(fd);
	errno = error;
	return NULL;
}

enum io
conn_connected(struct conn *conn)
{
	socklen_t len = sizeof(conn->error);

	if (!conn->events->connecting)
		return IO_DONE;
	if (!conn->events->decided)
		return IO_AGAIN;
	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &conn->error, &len) ==
	    -1)
		conn->error = errno;
	if (conn->error != 0)
		return IO_FAILED;
	conn->events->connecting = false;
	return IO_DONE;
}

enum io
conn_read(struct conn *conn, void *to, size_t len, size_t *moved)
{
	enum io io = conn->stream->read(conn, to, len, moved);

	if (io == IO_DONE)
		conn->read_bytes += *moved;
	return io;
}

enum io
conn_write(struct conn *conn, const void *from, size_t len, size_t *moved)
{
	enum io io = conn->stream->write(conn, from, len, moved);

	if (io == IO_DONE)
		conn->written_bytes += *moved;
	return io;
}

bool
conn_holds(struct conn *conn)
{
	return conn->stream->holds(conn);
}

enum io
conn_flush(struct conn *conn)
{
	return conn->stream->flush(conn);
}

static void
part(struct conn *conn, bool follows)
{
	if (!conn->parted)
		conn->stream->part(conn, follows);
	conn->parted = true;
}

enum io
conn_send(struct conn *conn, struct buffer *from, bool last)
{
	while (from->len > 0) {
		size_t moved;
		enum io io = conn_write(conn, from->at, from->len, &moved);

		if (io != IO_DONE)
			return io;
		buffer_drop(from, moved);
	}
	buffer_clear(from);
	if (last)
		part(conn, true);
	return conn_flush(conn);
}

void
conn_part(struct conn *conn)
{
	part(conn, false);
}

void
conn_end(struct conn *conn)
{
	part(conn, true);
	shutdown(conn->fd, SHUT_WR);
}

static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);

/* Without memory the loop cannot tell us of anything: the owner is asked to
 * try again, so that it meets its time limit rather than silence. */
static void
add(struct conn *conn, struct event *event)
{
	if (event_add(event, NULL) == -1)
		conn_again(conn);
}

static void
listen_for(struct conn *conn, enum listening listening)
{
	struct conn_events *e = conn->events;
	short what = EV_READ | EV_PERSIST;

	if (e->listening == listening)
		return;
	if (e->listening != NOT)
		event_del(&e->read);
	e->listening = listening;
	if (listening == NOT)
		return;
	if (listening == EDGE)
		what |= EV_ET;
	event_assign(
	    &e->read, conn->loop->base, conn->fd, what, on_readable, conn);
	add(conn, &e->read);
}

/* The write event is there only while it is needed: an idle channel has
 * none. While connecting it reads, too: the read event that follows then is no
 * change for the kernel. */
static void
want_to_write(struct conn *conn, bool wants)
{
	struct conn_events *e = conn->events;
	short what = e->connecting ? EV_READ | EV_WRITE : EV_WRITE;

	if (e->wants_write == wants)
		return;
	if (!wants) {
		event_free(e->write);
		e->write = NULL;
	} else {
		e->write = event_new(conn->loop->base, conn->fd,
		    what | EV_PERSIST, on_writable, conn);
		if (e->write == NULL) {
			conn_again(conn);
			return;
		}
		add(conn, e->write);
	}
	e->wants_write = wants;
}

void
conn_wait(struct conn *conn, bool to_read, bool to_write)
{
	struct conn_events *e = conn->events;
	bool write = conn->unsent || (to_write && !conn->write_wants_read) ||
	    (to_read && conn->read_wants_write);

	e->wants_read = (to_read && !conn->read_wants_write) ||
	    (to_write && conn->write_wants_read);
	if (e->wants_read)
		listen_for(conn, LEVEL);
	else if (write && e->listening == EDGE)
		listen_for(conn, NOT);
	want_to_write(conn, write);
	if (!e->wants_read && !write && conn->tells_gone && !conn->gone &&
	    e->listening == NOT)
		listen_for(conn, EDGE);
}

void
conn_again(struct conn *conn)
{
	loop_soon(conn->loop, &conn->events->again);
}

static bool
has_gone(const struct conn *conn)
{
	struct pollfd p = {.fd = conn->fd};

	return poll(&p, 1, 0) == 1;
}

/* It fired although nobody wants to read. */
static void
hold_back(struct conn *conn)
{
	bool watch = conn->tells_gone && !conn->events->wants_write;

	if (watch && has_gone(conn)) {
		listen_for(conn, NOT);
		conn->gone = true;
		run(conn);
		return;
	}
	listen_for(conn, watch ? EDGE : NOT);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *conn = arg;

	(void)fd;
	(void)what;
	loop_wake(conn->loop);
	if (conn->events->wants_read)
		run(conn);
	else
		hold_back(conn);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *conn = arg;

	(void)fd;
	(void)what;
	loop_wake(conn->loop);
	conn->events->decided = true;
	if (conn->unsent)
		conn_flush(conn);
	run(conn);
}

/* Less the conn itself, if its `ready` is what closes it: run() frees it. */
void
conn_close(struct conn *conn, bool abort)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct conn_events *e;

	if (conn == NULL)
		return;
	e = conn->events;
	conn->stream->free(conn);
	loop_forget(&e->again);
	listen_for(conn, NOT);
	if (e->write != NULL)
		event_free(e->write);
	if (abort)
		setsockopt(
		    conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(conn->fd);
	if (e->running)
		e->closed = true;
	else
		free(conn);
}
