/*
 * TLS on a conn.
 *
 * Beside the SSL an idle connection costs a few words: 14 KiB of the goal of
 * 16 are OpenSSL's.
 */
#include "tls/tls_conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "tls/hello.h"
#include "tls/leftovers.h"
#include "tls/tls_listener_private.h"
#include "tls/wire.h"

/* How often a client may change its keys, or ask to renegotiate, while it
 * sends one MiB (each costs us far more than it costs the client). */
#define REKEYS_MAX 32
#define REKEYS_WINDOW_BYTES (1 << 20)

struct tls {
	SSL *ssl; /* owned */
	struct wire wire;
	struct hello hello;
	const char *error;  /* a literal, or OpenSSL's; NULL: none */
	uint64_t window_at; /* conn->read_bytes when the counting began */
	uint16_t rekeys;
	/* OpenSSL's bytes don't make a record: only an event brings more. */
	bool starved;
	/* What a read came to after it had moved bytes: told by the next. */
	enum io later;
};

static const struct stream tls_stream;

/* Only for those that are asked of any conn. */
static const struct tls *
tls_of(const struct conn *conn)
{
	return conn->stream == &tls_stream ? conn->state : NULL;
}

/* An SSL that calls back is in a step of its conn's work. That it has no data
 * of its own saves an idle channel 96 bytes. */
static struct tls *
at_work(const SSL *ssl)
{
	return wire_at_work(SSL_get_rbio(ssl))->conn->state;
}

struct hello *
hello_of(const SSL *ssl)
{
	return &at_work(ssl)->hello;
}

/*
 * OpenSSL goes on reading for as long as such messages come, so the only way
 * to stop it in between is to give it nothing more to read.
 */
static void
count_rekey(struct tls *tls)
{
	if (++tls->rekeys > REKEYS_MAX && tls->error == NULL) {
		tls->error = "the client changed its keys too often";
		tls->wire.cut = true;
	}
}

/* An error left in the queue would pass for that of the next call. Clearing an
 * empty one costs more than looking. */
static void
forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

/* Called at each step of a handshake, and for what comes after one. */
static void
on_info(const SSL *ssl, int where, int value)
{
	bool refusing = (where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT &&
	    (value & 0xff) == SSL_AD_NO_RENEGOTIATION;

	if (refusing ||
	    ((where & SSL_CB_LOOP) != 0 &&
		SSL_get_state(ssl) == TLS_ST_SR_KEY_UPDATE))
		count_rekey(at_work(ssl));
}

int
tls_conn_accept(struct conn *conn, struct tls_listener *listener)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL)
		return -1;
	forget_errors();
	tls->wire.conn = conn;
	tls->ssl = tls_listener_ssl(listener);
	if (tls->ssl == NULL) {
		free(tls);
		return -1;
	}
	SSL_set_info_callback(tls->ssl, on_info);
	SSL_set_accept_state(tls->ssl);
	conn->stream = &tls_stream;
	conn->state = tls;
	return 0;
}

/* Where OpenSSL's own words would not help whoever reads the log. */
static const char *
explain(const struct tls *tls)
{
	unsigned long code = ERR_peek_error();
	const char *text;

	if (tls->hello.refused != NULL)
		return tls->hello.refused;
	switch (ERR_GET_REASON(code)) {
	case SSL_R_HTTP_REQUEST:
		return "plain HTTP came to a port for TLS";
	case SSL_R_WRONG_VERSION_NUMBER:
		return "what came is no TLS";
	case SSL_R_UNSUPPORTED_PROTOCOL:
		return "the client offers no TLS version of this profile";
	case SSL_R_NO_SHARED_CIPHER:
		return "the client offers no suite of this profile";
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
		return "the client does not trust our certificate";
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
		return "the client finds our certificate expired";
	}
	text = ERR_reason_error_string(code);
	return text != NULL ? text : "the client broke TLS";
}

static enum io
fail(struct conn *conn, int error)
{
	struct tls *tls = conn->state;

	if (error == 0 &&
	    ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE)
		error = ENOMEM;
	conn->error = error;
	if (tls->error == NULL && error == 0)
		tls->error = explain(tls);
	forget_errors();
	return IO_FAILED;
}

/* Before OpenSSL is called. */
static SSL *
begin(struct tls *tls)
{
	forget_errors();
	wire_take(&tls->wire, SSL_get_rbio(tls->ssl));
	return tls->ssl;
}

/* What OpenSSL meant when it did not do what it was asked. `wants_other` is
 * set when it needs `other` first, the opposite of what was tried. */
static enum io
outcome(struct conn *conn, int result, int other, bool *wants_other)
{
	struct tls *tls = conn->state;

	*wants_other = false;
	if (tls->error != NULL)
		return fail(conn, 0);
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		*wants_other = other == SSL_ERROR_WANT_READ;
		return IO_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		*wants_other = other == SSL_ERROR_WANT_WRITE;
		return IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	case SSL_ERROR_SYSCALL:
		if (tls->wire.error != 0)
			return fail(conn, tls->wire.error);
		/* Without a word it had no memory for one. */
		return tls->wire.ended ? IO_EOF : fail(conn, ENOMEM);
	default:
		return fail(conn, 0);
	}
}

/* What was tried reads and writes as OpenSSL needs it: a handshake, or a read
 * that answers a change of keys. */
static enum io
settle(struct conn *conn, int result)
{
	struct tls *tls = conn->state;

	if (result == 1 && tls->error == NULL) {
		conn->read_wants_write = false;
		return IO_DONE;
	}
	return outcome(
	    conn, result, SSL_ERROR_WANT_WRITE, &conn->read_wants_write);
}

enum io
tls_conn_handshake(struct conn *conn)
{
	struct tls *tls = conn->state;
	enum io io = settle(conn, SSL_do_handshake(begin(tls)));

	if (io == IO_DONE)
		leftovers_drop(tls->ssl);
	/* An alert goes out, too. The client would wait for what is lost. */
	if (wire_send(&tls->wire) == IO_FAILED && io == IO_AGAIN)
		return fail(conn, tls->wire.error);
	return io;
}

/* Takes all the records that OpenSSL has at hand: with read_ahead, one
 * system call may have brought several. */
static enum io
read_all(struct conn *conn, unsigned char *to, size_t len, size_t *moved)
{
	struct tls *tls = conn->state;
	SSL *ssl = begin(tls);
	enum io io;

	*moved = 0;
	do {
		size_t piece;

		io = settle(
		    conn, SSL_read_ex(ssl, to + *moved, len - *moved, &piece));
		if (io != IO_DONE)
			break;
		*moved += piece;
	} while (*moved < len && SSL_has_pending(ssl));
	wire_send(&tls->wire);
	return io;
}

static enum io
tls_read(struct conn *conn, void *to, size_t len, size_t *moved)
{
	struct tls *tls = conn->state;
	enum io io = tls->later;

	if (io != IO_DONE)
		return io;
	if (conn->read_bytes - tls->window_at >= REKEYS_WINDOW_BYTES) {
		tls->window_at = conn->read_bytes;
		tls->rekeys = 0;
	}
	io = read_all(conn, to, len, moved);
	tls->starved = io == IO_AGAIN;
	if (*moved == 0)
		return io;
	if (io == IO_EOF || io == IO_FAILED)
		tls->later = io;
	return IO_DONE;
}

/* Makes records of as much as may wait to be sent; one a call
 * (SSL_MODE_ENABLE_PARTIAL_WRITE). */
static enum io
encrypt(struct conn *conn, const unsigned char *from, size_t len, size_t *done)
{
	struct tls *tls = conn->state;
	SSL *ssl = begin(tls);

	while (*done < len && wire_has_room(&tls->wire)) {
		size_t piece;
		int result =
		    SSL_write_ex(ssl, from + *done, len - *done, &piece);

		if (result != 1)
			return outcome(conn, result, SSL_ERROR_WANT_READ,
			    &conn->write_wants_read);
		*done += piece;
	}
	return IO_DONE;
}

/* Takes nothing before what the kernel refused has gone. The last of it waits
 * for the flush, for more may come. */
static enum io
tls_write(struct conn *conn, const void *from, size_t len, size_t *moved)
{
	struct tls *tls = conn->state;
	enum io io = conn->unsent ? wire_send(&tls->wire) : IO_DONE;
	size_t done = 0;

	while (io == IO_DONE && done < len) {
		io = encrypt(conn, from, len, &done);
		if (io == IO_DONE && done < len)
			io = wire_send(&tls->wire);
	}
	if (io == IO_FAILED && tls->wire.error != 0)
		return fail(conn, tls->wire.error);
	if (io == IO_EOF)
		return fail(conn, EPIPE);
	*moved = done;
	return done > 0 ? IO_DONE : io;
}

static enum io
tls_flush(struct conn *conn)
{
	struct tls *tls = conn->state;
	enum io io = wire_send(&tls->wire);

	return io == IO_FAILED ? fail(conn, tls->wire.error) : io;
}

static bool
tls_holds(struct conn *conn)
{
	const struct tls *tls = conn->state;

	return tls->later != IO_DONE ||
	    (!tls->starved && SSL_has_pending(tls->ssl));
}

static void
tls_part(struct conn *conn, bool follows)
{
	struct tls *tls = conn->state;

	if (!SSL_in_init(tls->ssl))
		SSL_shutdown(begin(tls));
	if (follows)
		wire_send_last(&tls->wire);
	else
		wire_send(&tls->wire);
	forget_errors();
}

static void
tls_free(struct conn *conn)
{
	struct tls *tls = conn->state;

	wire_clear(&tls->wire);
	SSL_free(tls->ssl);
	free(tls->hello.sni);
	free(tls);
	conn->state = NULL;
}

static const struct stream tls_stream = {
    .read = tls_read,
    .write = tls_write,
    .flush = tls_flush,
    .holds = tls_holds,
    .part = tls_part,
    .free = tls_free,
};

struct text
tls_conn_sni(const struct conn *conn)
{
	const struct tls *tls = tls_of(conn);

	return text_of(tls != NULL ? tls->hello.sni : NULL);
}

const char *
tls_conn_version(const struct conn *conn)
{
	const struct tls *tls = tls_of(conn);

	return tls != NULL && SSL_is_init_finished(tls->ssl)
	    ? SSL_get_version(tls->ssl)
	    : "";
}

const char *
tls_conn_suite(const struct conn *conn)
{
	const struct tls *tls = tls_of(conn);
	const SSL_CIPHER *suite =
	    tls != NULL ? SSL_get_current_cipher(tls->ssl) : NULL;

	return suite != NULL ? SSL_CIPHER_get_name(suite) : "";
}

const char *
tls_conn_error(const struct conn *conn)
{
	const struct tls *tls = tls_of(conn);

	if (tls == NULL)
		return "";
	if (tls->error == NULL && conn->error != 0)
		return strerror(conn->error);
	return tls->error != NULL ? tls->error : "";
}
