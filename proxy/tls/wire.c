/*
 * The socket under an SSL.
 */
#include "tls/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A full record with what any suite adds to it (RFC 8446 5.2, RFC 5246 6.2.3),
 * and the empty one that TLS 1.0 sends before it. */
#define RECORD_BYTES_MAX ((size_t)16896)

static size_t
room(const struct wire *wire)
{
	const struct block *block = wire->block;

	return block == NULL ? BLOCK_BYTES : BLOCK_BYTES - block->end;
}

bool
wire_has_room(const struct wire *wire)
{
	return room(wire) >= RECORD_BYTES_MAX;
}

static void
broke(struct wire *wire)
{
	wire->error = errno;
	wire_clear(wire);
}

static enum io
send_all(struct wire *wire, int flags)
{
	struct block *block = wire->block;

	if (wire->error != 0)
		return IO_FAILED;
	if (block == NULL)
		return IO_DONE;
	while (block->start < block->end) {
		ssize_t n = send(wire->conn->fd, block->bytes + block->start,
		    block->end - block->start, flags);

		if (n >= 0) {
			block->start += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN) {
			wire->conn->unsent = true;
			return IO_AGAIN;
		}
		broke(wire);
		return IO_FAILED;
	}
	wire_clear(wire);
	return IO_DONE;
}

enum io
wire_send(struct wire *wire)
{
	return send_all(wire, MSG_NOSIGNAL);
}

enum io
wire_send_last(struct wire *wire)
{
	return send_all(wire, MSG_NOSIGNAL | MSG_MORE);
}

void
wire_clear(struct wire *wire)
{
	block_return(wire->block);
	wire->block = NULL;
	wire->conn->unsent = false;
}

/* Some of it at least, or 0 when the socket must take some first. */
static size_t
collect(struct wire *wire, const char *from, size_t len)
{
	struct block *block = wire->block;

	if (block == NULL)
		block = block_borrow(&wire->conn->loop->blocks);
	if (block == NULL) {
		wire->error = ENOMEM;
		return 0;
	}
	wire->block = block;
	if (len > room(wire))
		len = room(wire);
	memcpy(block->bytes + block->end, from, len);
	block->end += len;
	return len;
}

static int
on_write(BIO *bio, const char *from, size_t len, size_t *written)
{
	struct wire *wire = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (room(wire) == 0 && wire_send(wire) == IO_AGAIN) {
		BIO_set_retry_write(bio);
		return -1;
	}
	if (wire->error != 0)
		return -1;
	*written = collect(wire, from, len);
	return *written > 0 ? 1 : -1;
}

/* A read that fell short has emptied the socket: the next would only say so.
 * An event tells of what comes later. */
static int
on_read(BIO *bio, char *to, size_t len, size_t *read)
{
	struct wire *wire = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (wire->cut)
		return 0;
	if (wire->dry) {
		BIO_set_retry_read(bio);
		return -1;
	}
	do
		n = recv(wire->conn->fd, to, len, 0);
	while (n == -1 && errno == EINTR);
	if (n > 0) {
		wire->dry = (size_t)n < len;
		*read = (size_t)n;
		return 1;
	}
	if (n == 0) {
		wire->ended = true;
		return 0;
	}
	if (errno == EAGAIN)
		BIO_set_retry_read(bio);
	else
		wire->error = errno;
	return -1;
}

static long
on_control(BIO *bio, int command, long number, void *pointer)
{
	const struct wire *wire = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH: /* the step of work ends with wire_send() */
		return 1;
	case BIO_CTRL_EOF:
		return wire->ended || wire->cut;
	default:
		return 0;
	}
}

int
wire_bio_init(struct wire_bio *wire_bio)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");

	*wire_bio = (struct wire_bio){.method = method};
	if (method == NULL || BIO_meth_set_write_ex(method, on_write) != 1 ||
	    BIO_meth_set_read_ex(method, on_read) != 1 ||
	    BIO_meth_set_ctrl(method, on_control) != 1)
		return -1;
	wire_bio->bio = BIO_new(method);
	if (wire_bio->bio == NULL)
		return -1;
	BIO_set_init(wire_bio->bio, 1);
	return 0;
}

void
wire_bio_clear(struct wire_bio *wire_bio)
{
	BIO_free(wire_bio->bio);
	BIO_meth_free(wire_bio->method);
}

void
wire_take(struct wire *wire, BIO *bio)
{
	wire->dry = false;
	BIO_set_data(bio, wire);
}

struct wire *
wire_at_work(BIO *bio)
{
	return BIO_get_data(bio);
}
