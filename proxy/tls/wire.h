/*
 * The socket under an SSL.
 *
 * OpenSSL reads and writes a record at a time, each with a system call. Here
 * what it writes is collected in a block, and the records of one step of work
 * leave together. What the kernel does not take stays in the block, so OpenSSL
 * is never stuck in the middle of a record: the conn is then `unsent`.
 */
#ifndef CASGATE_TLS_WIRE_H
#define CASGATE_TLS_WIRE_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/block.h"
#include "net/conn.h"

struct wire {
	struct conn *conn;   /* borrowed */
	struct block *block; /* records not yet sent; NULL: none */
	int error;           /* errno of what broke the socket; 0: nothing */
	bool dry;            /* the kernel has no more to read for now */
	bool ended;          /* the peer has ended its direction */
	bool cut;            /* nothing more is read from here */
};

/* One BIO serves any number of SSLs of a thread, each with a wire of its own:
 * for an idle channel that is 200 bytes less. */
struct wire_bio {
	BIO_METHOD *method; /* owned */
	BIO *bio;           /* owned; each SSL holds it, too */
};

/* 0, or -1 without memory; to be cleared in any case, after the last SSL. */
int wire_bio_init(struct wire_bio *wire_bio);
void wire_bio_clear(struct wire_bio *wire_bio);

/* Begins a step of work on this wire: until the next the BIO is this one's. */
void wire_take(struct wire *wire, BIO *bio);

/* That wire: where OpenSSL calls back, the one it works for. */
struct wire *wire_at_work(BIO *bio);

/* True while a record of any size fits in before something must be sent. */
bool wire_has_room(const struct wire *wire);

/* Sends what was collected: IO_DONE, IO_AGAIN (the conn is then unsent), or
 * IO_FAILED with `error` set. */
enum io wire_send(struct wire *wire);

/* The same, but the last packet may wait for the end of our direction, which
 * is to follow at once: it then carries it. */
enum io wire_send_last(struct wire *wire);

/* Drops what was not sent. */
void wire_clear(struct wire *wire);

#endif
