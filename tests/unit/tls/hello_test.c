/*
 * Hellos that OpenSSL's own client would not send, or sends twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>

#include "handshaking.h"
#include "shortage.h"

static const unsigned char secret[TICKET_SECRET_BYTES] = "one secret";
static struct issued mail;
static struct tls_listener *listener;

static int
make_all(void **state)
{
	struct problems problems = {0};

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	mail = issue(&(struct wish){
	    .common_name = "mail", .alternative = "DNS:mail.contoso.com"});
	listener = tls_listener_new(TLS_INTERMEDIATE, secret);
	give(listener, &mail, &problems);
	return tls_listener_ready(listener, NULL, (struct place){0}, &problems);
}

static int
free_all(void **state)
{
	(void)state;
	tls_listener_free(listener);
	issued_clear(&mail);
	return 0;
}

/* Bytes being put together; lengths are written once they are known. */
struct message {
	unsigned char bytes[512];
	size_t len;
};

static void
put(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

/* Two bytes that count what follows; gives their place. */
static size_t
begin(struct message *m)
{
	put(m, "\0\0", 2);
	return m->len;
}

static void
end(struct message *m, size_t from)
{
	m->bytes[from - 2] = (unsigned char)((m->len - from) >> 8);
	m->bytes[from - 1] = (unsigned char)(m->len - from);
}

/* A ClientHello of TLS 1.2 (RFC 5246 7.4.1.2) with that extension
 * server_name. */
static struct message
hello_with(const void *name, size_t len)
{
	struct message m = {0};
	size_t record, handshake, list;

	put(&m, "\x16\x03\x01", 3);
	record = begin(&m);
	put(&m, "\x01\0", 2);
	handshake = begin(&m);
	put(&m, "\x03\x03", 2);
	m.len += 32; /* random */
	put(&m, "\0", 1);
	put(&m, "\0\x02\xc0\x2b\x01\0", 6); /* a suite, no compression */
	list = begin(&m);
	put(&m, "\0\0", 2);
	{
		size_t extension = begin(&m);

		put(&m, name, len);
		end(&m, extension);
	}
	put(&m, "\0\x0a\0\x04\0\x02\0\x17", 8);   /* P-256 */
	put(&m, "\0\x0d\0\x04\0\x02\x04\x03", 8); /* ECDSA, SHA-256 */
	end(&m, list);
	end(&m, handshake);
	end(&m, record);
	return m;
}

/* What one flight of ours comes to after this hello. */
static enum io
answer(struct meeting *m, const void *name, size_t len)
{
	struct message hello = hello_with(name, len);

	prepare(m, &(struct client_wish){0});
	assert_int_equal(tls_conn_accept(&m->conn, listener), 0);
	assert_int_equal(
	    write(m->client_fd, hello.bytes, hello.len), (ssize_t)hello.len);
	return tls_conn_handshake(&m->conn);
}

#define ANSWER(m, literal) answer(m, literal, sizeof(literal) - 1)

static void
a_name_in_a_hello_of_our_own_is_read(void **state)
{
	struct meeting m;

	(void)state;
	assert_int_equal(
	    ANSWER(&m, "\0\x17\0\0\x14mail.contoso.com.xyz"), IO_AGAIN);
	assert_true(
	    text_equals(tls_conn_sni(&m.conn), TEXT("mail.contoso.com.xyz")));
	part(&m);
}

/* OpenSSL refuses the hello; we take no half of a name from it before. */
static void
names_that_are_badly_framed_are_none(void **state)
{
	struct meeting m;

	(void)state;
	assert_int_equal(ANSWER(&m, ""), IO_FAILED);
	assert_int_equal(tls_conn_sni(&m.conn).len, 0);
	part(&m);
	assert_int_equal(ANSWER(&m, "\0\x02\0\0"), IO_FAILED);
	assert_int_equal(tls_conn_sni(&m.conn).len, 0);
	part(&m);
	/* one byte too many or too few */
	assert_int_equal(ANSWER(&m, "\0\x07\0\0\x05mail"), IO_FAILED);
	assert_int_equal(tls_conn_sni(&m.conn).len, 0);
	part(&m);
	assert_int_equal(ANSWER(&m, "\0\x07\0\0\x03mail"), IO_FAILED);
	assert_int_equal(tls_conn_sni(&m.conn).len, 0);
	part(&m);
	/* no host name */
	assert_int_equal(ANSWER(&m, "\0\x07\x01\0\x04mail"), IO_FAILED);
	assert_int_equal(tls_conn_sni(&m.conn).len, 0);
	part(&m);
}

/* It offers a key of a group we don't do first (RFC 8446 4.1.4). */
static void
a_hello_that_is_asked_for_again_keeps_its_name(void **state)
{
	struct meeting m;

	(void)state;
	meet(&m, listener,
	    &(struct client_wish){
		.sni = "mail.contoso.com", .groups = "X448:P-256"});
	assert_int_equal(m.server, IO_DONE);
	assert_true(
	    text_equals(tls_conn_sni(&m.conn), TEXT("mail.contoso.com")));
	part(&m);
}

static bool
meet_without_memory(void *with)
{
	struct meeting m;
	bool met;

	meet(&m, listener, with);
	met = m.server == IO_DONE;
	part(&m);
	return met;
}

static void
without_memory_the_handshake_ends(void **state)
{
	struct client_wish wish = {.sni = "mail.contoso.com"};

	(void)state;
	shortage_sweep(meet_without_memory, &wish);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_in_a_hello_of_our_own_is_read),
	    cmocka_unit_test(names_that_are_badly_framed_are_none),
	    cmocka_unit_test(a_hello_that_is_asked_for_again_keeps_its_name),
	    cmocka_unit_test(without_memory_the_handshake_ends),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
