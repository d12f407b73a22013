/*
 * A client's connection to 127.0.0.1, with TLS or without, non-blocking.
 */
#ifndef BENCH_LOAD_STREAM_H
#define BENCH_LOAD_STREAM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"

/* What all streams of a run have in common. */
struct target {
	uint16_t port;
	const char *name;     /* asked for with SNI; unused without TLS */
	SSL_CTX *tls;         /* NULL: plain */
	SSL_SESSION *session; /* owned; the newest one seen, if `resume` */
	bool resume;
};

struct stream {
	struct watcher watcher;
	SSL *ssl; /* owned; NULL: plain, or closed */
};

/* What one attempt came to. */
enum io { IO_DONE, IO_AGAIN, IO_EOF, IO_FAILED };

/* TLS 1.3, or 1.2 only; AES-256-GCM and X25519, as all are measured with. */
void target_init(struct target *target, bool tls, bool tls12);

/* Begins to connect. With a session of the target to resume, a copy of it:
 * connections at work at once must not share one. */
void stream_open(struct stream *stream, struct target *target,
    void (*ready)(struct watcher *));

/* Goes on with connecting and shaking hands; IO_DONE when that is over. */
enum io stream_shake(struct stream *stream);

enum io stream_read(struct stream *stream, void *to, size_t len, size_t *moved);
enum io stream_write(
    struct stream *stream, const void *from, size_t len, size_t *moved);

bool stream_resumed(const struct stream *stream);

/* Says goodbye if it can, and closes. A closed one may be closed again. */
void stream_close(struct stream *stream);

#endif
