/*
 * One non-blocking byte stream to a peer: a socket, plain or with TLS on it.
 *
 * How bytes get over the socket is the conn's `stream`: the plain one is in
 * net/plain, the one for TLS in tls/tls_conn. Every event calls the owner's one
 * function; the owner moves what can be moved and says what to wait for.
 */
#ifndef CASGATE_NET_CONN_H
#define CASGATE_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "net/address.h"
#include "net/loop.h"

/* What one attempt to move bytes came to. */
enum io {
	IO_DONE,  /* some were moved */
	IO_AGAIN, /* not now: wait for an event */
	IO_EOF,   /* the peer has ended its direction */
	IO_FAILED /* the connection is broken; conn->error says how */
};

struct conn;

struct stream {
	/* Moves up to `len` bytes. `moved` is set with IO_DONE only. What is
	 * written may wait for the flush. */
	enum io (*read)(struct conn *conn, void *to, size_t len, size_t *moved);
	enum io (*write)(
	    struct conn *conn, const void *from, size_t len, size_t *moved);
	/* Sends what was written and has not left. */
	enum io (*flush)(struct conn *conn);
	/* Bytes already here that raise no event (inside OpenSSL). */
	bool (*holds)(struct conn *conn);
	/* Tells the peer that no more is written (close_notify). If the end of
	 * our direction `follows` at once, the last packet waits for it. */
	void (*part)(struct conn *conn, bool follows);
	/* Frees what the stream keeps in conn->state. */
	void (*free)(struct conn *conn);
};

struct conn {
	struct loop *loop; /* borrowed */
	int fd;
	int error; /* errno of IO_FAILED; 0: the peer broke TLS, see stream */
	const struct stream *stream;
	void *state; /* the stream's own: an SSL */
	void (*ready)(void *owner);
	void *owner;                        /* borrowed */
	uint64_t read_bytes, written_bytes; /* of payload, so far */
	bool parted;                        /* conn_part() was called */
	/* The kernel did not take all that was flushed: the conn sends the rest
	 * by itself, and the owner gets ready. */
	bool unsent;
	bool kept_alive; /* conn_keep_alive() was called */
	/* Set by the owner: wake it when the peer has gone, even while nothing
	 * is waited for. It then finds `gone` set: nothing it writes will
	 * arrive. Costs system calls while the conn is held back. */
	bool tells_gone;
	bool gone;
	/* A TLS stream may need the opposite event to go on. */
	bool read_wants_write, write_wants_read;
	/* Private to conn.c: the libevent events and what is waited for. */
	struct conn_events *events;
};

/* Sets TCP_NODELAY and keepalive (120 s idle) where the socket has them. What
 * a listening socket was given, those it accepts have too. */
void conn_tune(int fd);

/* The keepalive alone, once, for a conn that was opened and lives on. */
void conn_keep_alive(struct conn *conn);

/*
 * Takes a connected, non-blocking socket, tuned already. NULL without memory;
 * the fd is then still the caller's.
 */
struct conn *conn_new(
    struct loop *loop, int fd, void (*ready)(void *owner), void *owner);

/*
 * Starts connecting. NULL when it failed at once: errno tells.
 * The conn gets ready (to write) when the attempt is over: ask
 * conn_connected().
 */
struct conn *conn_open(struct loop *loop, const struct address *to,
    void (*ready)(void *owner), void *owner);

/* IO_DONE: connected. IO_AGAIN: still trying. IO_FAILED: conn->error. */
enum io conn_connected(struct conn *conn);

/* As in struct stream; a read counts conn->read_bytes, a write
 * conn->written_bytes. */
enum io conn_read(struct conn *conn, void *to, size_t len, size_t *moved);
enum io conn_write(
    struct conn *conn, const void *from, size_t len, size_t *moved);
bool conn_holds(struct conn *conn);

/* Ends a step of writing. IO_DONE when all of it has gone to the kernel,
 * IO_AGAIN while some of it waits; IO_FAILED. */
enum io conn_flush(struct conn *conn);

/* Writes what is in the buffer off it, and flushes: answers as conn_flush(). An
 * empty one is fine. If it is the `last`, conn_part() goes with it, and
 * conn_end() is to follow in the same step once all has gone. */
enum io conn_send(struct conn *conn, struct buffer *from, bool last);

/* Says that no more is written, once: before conn_close(), which ends our
 * direction. */
void conn_part(struct conn *conn);

/* The same, and ends our direction while the other one goes on. */
void conn_end(struct conn *conn);

/*
 * What to wait for from now on; ask again after each attempt to move bytes,
 * for TLS may have come to want the opposite. Costs no system call while it
 * stays what it was, and reading that is no longer wanted is taken out of the
 * loop only when it would raise an event.
 */
void conn_wait(struct conn *conn, bool to_read, bool to_write);

/* Runs `ready` again in the next turn although no event is due, because the
 * stream holds bytes. */
void conn_again(struct conn *conn);

/* Closes the socket (with a reset if `abort`) and frees; NULL is fine. May be
 * called by the `ready` of this very conn. */
void conn_close(struct conn *conn, bool abort);

/* The plain stream. */
extern const struct stream conn_plain;

#endif
