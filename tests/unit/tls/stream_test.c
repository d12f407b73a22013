/*
 * Bytes over TLS: what is moved, what is held, and how it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "handshaking.h"

#define MIB (1 << 20)

static struct issued any;
static struct tls_listener *listener;
static unsigned char sent[MIB], got[MIB];

static int
make_all(void **state)
{
	struct problems problems = {0};

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	any = issue(&(struct wish){
	    .common_name = "any", .alternative = "DNS:any.example"});
	listener = tls_listener_new(
	    TLS_INTERMEDIATE, (unsigned char[TICKET_SECRET_BYTES]){1});
	give(listener, &any, &problems);
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (unsigned char)(i * 31 + i / 256);
	return tls_listener_ready(listener, NULL, (struct place){0}, &problems);
}

static int
free_all(void **state)
{
	(void)state;
	tls_listener_free(listener);
	issued_clear(&any);
	return 0;
}

static void
meet_version(struct meeting *m, int version)
{
	meet(m, listener,
	    &(struct client_wish){
		.version_min = version, .version_max = version});
	assert_int_equal(m->server, IO_DONE);
}

static enum io
read_some(struct meeting *m, size_t len, size_t *moved)
{
	enum io io = m->conn.stream->read(&m->conn, got, len, moved);

	/* As conn_read() does. */
	if (io == IO_DONE)
		m->conn.read_bytes += *moved;
	return io;
}

/* A step of writing. */
static enum io
write_some(struct meeting *m, const void *from, size_t len, size_t *moved)
{
	enum io io = m->conn.stream->write(&m->conn, from, len, moved);

	if (io == IO_DONE)
		m->conn.written_bytes += *moved;
	if (m->conn.stream->flush(&m->conn) == IO_FAILED)
		return IO_FAILED;
	return io;
}

static void
small_messages_pass_both_ways(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct meeting m;
	size_t moved;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		meet_version(&m, versions[i]);
		assert_int_equal(read_some(&m, 100, &moved), IO_AGAIN);
		assert_false(m.conn.read_wants_write);
		assert_int_equal(SSL_write(m.client, "ping", 4), 4);
		assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
		assert_int_equal(moved, 4);
		assert_memory_equal(got, "ping", 4);
		assert_int_equal(read_some(&m, 100, &moved), IO_AGAIN);
		assert_int_equal(write_some(&m, "pong", 4, &moved), IO_DONE);
		assert_int_equal(moved, 4);
		assert_int_equal(SSL_read(m.client, got, 100), 4);
		part(&m);
	}
}

/* What does not fit into what is read to is held, and told of. */
static void
what_is_held_is_told(void **state)
{
	struct meeting m;
	size_t moved;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	assert_false(m.conn.stream->holds(&m.conn));
	SSL_write(m.client, "one", 3);
	SSL_write(m.client, "two", 3);
	assert_int_equal(read_some(&m, 2, &moved), IO_DONE);
	assert_int_equal(moved, 2);
	assert_true(m.conn.stream->holds(&m.conn));
	/* Several records at once. */
	assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
	assert_int_equal(moved, 4);
	assert_memory_equal(got, "etwo", 4);
	assert_false(m.conn.stream->holds(&m.conn));
	part(&m);
}

/* A part of a record raises no promise: it would make the loop spin. */
static void
a_part_of_a_record_is_not_held(void **state)
{
	unsigned char record[100];
	struct meeting m;
	BIO *memory = BIO_new(BIO_s_mem());
	size_t moved;
	int len;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	SSL_set0_wbio(m.client, memory);
	SSL_write(m.client, "ping", 4);
	len = BIO_read(memory, record, sizeof(record));
	assert_int_equal(write(m.client_fd, record, 10), 10);
	assert_int_equal(read_some(&m, 100, &moved), IO_AGAIN);
	assert_false(m.conn.stream->holds(&m.conn));
	assert_int_equal(
	    write(m.client_fd, record + 10, (size_t)len - 10), len - 10);
	assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
	assert_int_equal(moved, 4);
	part(&m);
}

static void
much_passes_to_us(void **state)
{
	struct meeting m;
	size_t there = 0, here = 0;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	SSL_set_mode(m.client, SSL_MODE_ENABLE_PARTIAL_WRITE);
	memset(got, 0, sizeof(got));
	while (here < MIB) {
		size_t moved = 0;

		if (there < MIB &&
		    SSL_write_ex(m.client, sent + there,
			there + 50000 < MIB ? 50000 : MIB - there, &moved) == 1)
			there += moved;
		while (m.conn.stream->read(
			   &m.conn, got + here, MIB - here, &moved) == IO_DONE)
			here += moved;
	}
	assert_memory_equal(sent, got, MIB);
	part(&m);
}

/* A client that does not read stops us; the bytes go on from where they
 * stopped, and from wherever they are kept by then. */
static void
much_passes_to_the_client(void **state)
{
	struct meeting m;
	unsigned char *elsewhere = malloc(MIB);
	size_t there = 0, here = 0, moved, stops = 0;

	(void)state;
	meet_version(&m, TLS1_2_VERSION);
	while (there < MIB) {
		const unsigned char *from = sent;
		int len;

		if (stops % 2 == 1) {
			memcpy(elsewhere, sent, MIB);
			from = elsewhere;
		}
		switch (write_some(&m, from + here, MIB - here, &moved)) {
		case IO_DONE:
			here += moved;
			stops += here < MIB;
			break;
		case IO_AGAIN:
			assert_false(m.conn.write_wants_read);
			break;
		case IO_EOF:
		case IO_FAILED:
			fail_msg("%s", tls_conn_error(&m.conn));
		}
		while ((len = SSL_read(
			    m.client, got + there, (int)(MIB - there))) > 0)
			there += (size_t)len;
		ERR_clear_error();
		if (here == MIB)
			break;
	}
	while (there < MIB) {
		int len = SSL_read(m.client, got + there, (int)(MIB - there));

		assert_true(len > 0);
		there += (size_t)len;
	}
	assert_true(stops > 1);
	assert_memory_equal(sent, got, MIB);
	free(elsewhere);
	part(&m);
}

/* Fills the socket until records stay with us. */
static size_t
get_stuck(struct meeting *m)
{
	size_t here = 0, moved;

	while (!m->conn.unsent) {
		assert_int_equal(
		    write_some(m, sent + here, MIB - here, &moved), IO_DONE);
		here += moved;
	}
	assert_int_equal(write_some(m, sent, 1, &moved), IO_AGAIN);
	return here;
}

/* Reads so much on the client's side, while ours sends what it kept. */
static void
get_unstuck(struct meeting *m, size_t len)
{
	size_t there = 0;
	int n;

	while (there < len) {
		while ((n = SSL_read(
			    m->client, got + there, (int)(len - there))) > 0)
			there += (size_t)n;
		ERR_clear_error();
		assert_int_not_equal(
		    m->conn.stream->flush(&m->conn), IO_FAILED);
	}
	assert_false(m->conn.unsent);
	assert_memory_equal(sent, got, len);
}

/* OpenSSL by itself takes the connection for broken when it is to answer a
 * second change while a record of ours is stuck. */
static void
keys_may_change_while_the_client_does_not_read(void **state)
{
	struct meeting m;
	size_t len, moved;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	len = get_stuck(&m);
	for (int i = 0; i < 20; i++) {
		SSL_key_update(m.client, SSL_KEY_UPDATE_REQUESTED);
		SSL_write(m.client, "ping", 4);
		assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
		assert_int_equal(moved, 4);
	}
	get_unstuck(&m, len);
	assert_int_equal(write_some(&m, "pong", 4, &moved), IO_DONE);
	assert_int_equal(SSL_read(m.client, got, 100), 4);
	part(&m);
}

static void
a_reset_is_met_by_what_is_not_yet_sent(void **state)
{
	struct meeting m;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	get_stuck(&m);
	close(m.client_fd);
	assert_int_equal(m.conn.stream->flush(&m.conn), IO_FAILED);
	assert_int_not_equal(m.conn.error, 0);
	assert_false(m.conn.unsent);
	assert_int_equal(m.conn.stream->flush(&m.conn), IO_FAILED);
	m.client_fd = open("/dev/null", 0);
	part(&m);
}

static void
both_ways_of_leaving_are_an_end(void **state)
{
	struct meeting m;
	size_t moved;

	(void)state;
	for (int notify = 0; notify < 2; notify++) {
		meet_version(&m, TLS1_3_VERSION);
		SSL_write(m.client, "last", 4);
		if (notify == 1)
			SSL_shutdown(m.client);
		shutdown(m.client_fd, SHUT_WR);
		assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
		assert_int_equal(moved, 4);
		assert_int_equal(read_some(&m, 100, &moved), IO_EOF);
		assert_int_equal(read_some(&m, 100, &moved), IO_EOF);
		/* The other direction goes on. */
		assert_int_equal(write_some(&m, "answer", 6, &moved), IO_DONE);
		SSL_set_shutdown(m.client, 0);
		assert_int_equal(SSL_read(m.client, got, 100), 6);
		part(&m);
	}
}

/* And nothing leaves before the step of writing ends. */
static void
the_end_comes_behind_the_last_words(void **state)
{
	struct buffer last = {0};
	struct meeting m;
	size_t moved;
	char byte;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	assert_int_equal(
	    m.conn.stream->write(&m.conn, "some ", 5, &moved), IO_DONE);
	assert_int_equal(SSL_read(m.client, got, 100), -1);
	buffer_add(&last, "words", 5);
	assert_int_equal(conn_send(&m.conn, &last, true), IO_DONE);
	assert_true(m.conn.parted);
	assert_int_equal(SSL_read(m.client, got, 100), 5);
	assert_int_equal(SSL_read(m.client, got, 100), 5);
	assert_memory_equal(got, "words", 5);
	assert_int_equal(SSL_read(m.client, got, 100), 0);
	assert_int_equal(SSL_get_error(m.client, 0), SSL_ERROR_ZERO_RETURN);
	conn_part(&m.conn);
	assert_int_equal(recv(m.client_fd, &byte, 1, MSG_DONTWAIT), -1);
	part(&m);
}

static void
our_end_is_close_notify(void **state)
{
	struct meeting m;
	size_t moved;
	char byte;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	m.conn.stream->part(&m.conn, false);
	assert_int_equal(SSL_read(m.client, &byte, 1), 0);
	assert_int_equal(SSL_get_error(m.client, 0), SSL_ERROR_ZERO_RETURN);
	/* What the client still sends arrives. */
	assert_int_equal(SSL_write(m.client, "late", 4), 4);
	assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
	assert_int_equal(moved, 4);
	part(&m);
}

static void
garbage_breaks_only_its_own_connection(void **state)
{
	struct meeting good, bad;
	size_t moved;

	(void)state;
	meet_version(&good, TLS1_3_VERSION);
	meet_version(&bad, TLS1_3_VERSION);
	SSL_write(bad.client, "first", 5);
	assert_int_equal(
	    write(bad.client_fd, "\x17\x03\x03\x00\x13garbage garbage gar", 24),
	    24);
	/* What came before it counts. */
	assert_int_equal(read_some(&bad, 100, &moved), IO_DONE);
	assert_int_equal(moved, 5);
	assert_true(bad.conn.stream->holds(&bad.conn));
	SSL_write(good.client, "ping", 4);
	assert_int_equal(read_some(&good, 100, &moved), IO_DONE);
	assert_int_equal(read_some(&bad, 100, &moved), IO_FAILED);
	assert_int_equal(bad.conn.error, 0);
	assert_string_not_equal(tls_conn_error(&bad.conn), "");
	assert_int_equal(read_some(&good, 100, &moved), IO_AGAIN);
	assert_string_equal(tls_conn_error(&good.conn), "");
	part(&good);
	part(&bad);
}

static void
a_reset_is_told_by_its_number(void **state)
{
	struct meeting m;
	size_t moved = 0;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	/* The socket of a socketpair is reset when unread bytes are lost. */
	assert_int_equal(write_some(&m, "unread", 6, &moved), IO_DONE);
	close(m.client_fd);
	assert_int_equal(read_some(&m, 100, &moved), IO_FAILED);
	assert_int_equal(m.conn.error, ECONNRESET);
	assert_int_equal(write_some(&m, "more", 4, &moved), IO_FAILED);
	assert_int_equal(m.conn.error, ECONNRESET);
	m.client_fd = open("/dev/null", 0);
	part(&m);
}

static void
change_keys(struct meeting *m, unsigned times)
{
	while (times-- > 0) {
		assert_int_equal(
		    SSL_key_update(m->client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(m->client), 1);
	}
}

static void
keys_may_change_now_and_then(void **state)
{
	struct meeting m;
	size_t moved;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	for (unsigned round = 0; round < 3; round++) {
		size_t here = 0;

		change_keys(&m, 30);
		while (here < MIB) {
			SSL_write(m.client, sent, 16384);
			assert_int_equal(
			    read_some(&m, sizeof(got), &moved), IO_DONE);
			here += moved;
		}
	}
	/* One that asks for ours to change as well. */
	SSL_key_update(m.client, SSL_KEY_UPDATE_REQUESTED);
	SSL_write(m.client, "ping", 4);
	assert_int_equal(read_some(&m, 100, &moved), IO_DONE);
	assert_int_equal(write_some(&m, "pong", 4, &moved), IO_DONE);
	assert_int_equal(SSL_read(m.client, got, 100), 4);
	part(&m);
}

static void
a_flood_of_key_changes_is_an_end(void **state)
{
	struct meeting m;
	size_t moved;

	(void)state;
	meet_version(&m, TLS1_3_VERSION);
	change_keys(&m, 33);
	SSL_write(m.client, "ping", 4);
	assert_int_equal(read_some(&m, 100, &moved), IO_FAILED);
	assert_string_equal(
	    tls_conn_error(&m.conn), "the client changed its keys too often");
	assert_int_equal(m.conn.error, 0);
	part(&m);
}

static void
renegotiation_is_refused(void **state)
{
	struct meeting m;
	size_t moved;

	(void)state;
	meet_version(&m, TLS1_2_VERSION);
	assert_int_equal(SSL_renegotiate(m.client), 1);
	SSL_do_handshake(m.client);
	ERR_clear_error();
	assert_int_equal(read_some(&m, 100, &moved), IO_AGAIN);
	/* The client is told no, and may go on if it likes. */
	assert_int_equal(SSL_read(m.client, got, 1), -1);
	assert_int_equal(
	    ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	part(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_messages_pass_both_ways),
	    cmocka_unit_test(what_is_held_is_told),
	    cmocka_unit_test(a_part_of_a_record_is_not_held),
	    cmocka_unit_test(much_passes_to_us),
	    cmocka_unit_test(much_passes_to_the_client),
	    cmocka_unit_test(keys_may_change_while_the_client_does_not_read),
	    cmocka_unit_test(a_reset_is_met_by_what_is_not_yet_sent),
	    cmocka_unit_test(both_ways_of_leaving_are_an_end),
	    cmocka_unit_test(the_end_comes_behind_the_last_words),
	    cmocka_unit_test(our_end_is_close_notify),
	    cmocka_unit_test(garbage_breaks_only_its_own_connection),
	    cmocka_unit_test(a_reset_is_told_by_its_number),
	    cmocka_unit_test(keys_may_change_now_and_then),
	    cmocka_unit_test(a_flood_of_key_changes_is_an_end),
	    cmocka_unit_test(renegotiation_is_refused),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
