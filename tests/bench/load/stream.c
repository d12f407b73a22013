/*
 * A client's connection, over OpenSSL or plain.
 */
#include "load/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct target *target = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (!target->resume)
		return 0;
	/* A copy: the original is spoiled if its connection ends badly. */
	SSL_SESSION_free(target->session);
	target->session = SSL_SESSION_dup(session);
	return 0;
}

void
target_init(struct target *target, bool tls, bool tls12)
{
	SSL_CTX *ctx;
	int version = tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;

	memset(target, 0, sizeof(*target));
	if (!tls)
		return;
	ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL || !SSL_CTX_set_min_proto_version(ctx, version) ||
	    !SSL_CTX_set_max_proto_version(ctx, version) ||
	    !SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") ||
	    !SSL_CTX_set_cipher_list(ctx,
		"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384") ||
	    /* TLS 1.2 also looks here for the curve of the certificate. */
	    !SSL_CTX_set1_groups_list(ctx, tls12 ? "X25519:P-256" : "X25519")) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(
	    ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, keep_session);
	SSL_CTX_set_app_data(ctx, target);
	target->tls = ctx;
}

static SSL *
ssl_of(struct target *target, int fd)
{
	SSL *ssl = SSL_new(target->tls);

	if (ssl == NULL || !SSL_set_fd(ssl, fd) ||
	    !SSL_set_tlsext_host_name(ssl, target->name)) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_set_connect_state(ssl);
	if (target->session != NULL) {
		SSL_SESSION *session = SSL_SESSION_dup(target->session);

		SSL_set_session(ssl, session);
		SSL_SESSION_free(session);
	}
	return ssl;
}

void
stream_open(struct stream *stream, struct target *target,
    void (*ready)(struct watcher *))
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons(target->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd == -1)
		die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1 &&
	    errno != EINPROGRESS)
		die("connect");
	stream->ssl = target->tls != NULL ? ssl_of(target, fd) : NULL;
	loop_watch(&stream->watcher, fd, ready);
}

/* What became of a call of OpenSSL that moved nothing. */
static enum io
reason(struct stream *stream, int result)
{
	int error = SSL_get_error(stream->ssl, result);

	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	default:
		return IO_FAILED;
	}
}

enum io
stream_shake(struct stream *stream)
{
	int result;

	/* Until it is connected, a write would block: that is all to know. */
	if (stream->ssl == NULL)
		return IO_DONE;
	result = SSL_do_handshake(stream->ssl);
	return result == 1 ? IO_DONE : reason(stream, result);
}

/* What became of a call of the socket that moved nothing. */
static enum io
reason_plain(void)
{
	return errno == EAGAIN ? IO_AGAIN : IO_FAILED;
}

enum io
stream_read(struct stream *stream, void *to, size_t len, size_t *moved)
{
	ssize_t n;

	if (stream->ssl != NULL) {
		int result = SSL_read_ex(stream->ssl, to, len, moved);

		return result == 1 ? IO_DONE : reason(stream, result);
	}
	n = recv(stream->watcher.fd, to, len, 0);
	if (n == -1)
		return reason_plain();
	*moved = (size_t)n;
	return n == 0 ? IO_EOF : IO_DONE;
}

enum io
stream_write(struct stream *stream, const void *from, size_t len, size_t *moved)
{
	ssize_t n;

	if (stream->ssl != NULL) {
		int result = SSL_write_ex(stream->ssl, from, len, moved);

		return result == 1 ? IO_DONE : reason(stream, result);
	}
	n = send(stream->watcher.fd, from, len, MSG_NOSIGNAL);
	if (n == -1)
		return reason_plain();
	*moved = (size_t)n;
	return IO_DONE;
}

bool
stream_resumed(const struct stream *stream)
{
	return stream->ssl != NULL && SSL_session_reused(stream->ssl);
}

void
stream_close(struct stream *stream)
{
	if (stream->ssl != NULL) {
		SSL_shutdown(stream->ssl);
		ERR_clear_error();
		SSL_free(stream->ssl);
	}
	stream->ssl = NULL;
	loop_close(&stream->watcher);
}
