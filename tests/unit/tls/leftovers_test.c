/*
 * What OpenSSL keeps of a handshake, and what becomes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <signal.h>

#include "handshaking.h"
#include "tls/leftovers.h"
#include "tls/policy.h"

/* Less than the smallest keys take, in OpenSSL 3.0 to 3.5. */
#define TWO_KEYS_BYTES 300

static struct issued ecdsa, rsa;
static const struct issued *const kinds[] = {&ecdsa, &rsa};
static size_t live; /* bytes of OpenSSL's */
static unsigned allocations;

static void *
count_malloc(size_t bytes, const char *file, int line)
{
	void *at = malloc(bytes);

	(void)file, (void)line;
	live += malloc_usable_size(at);
	allocations++;
	return at;
}

static void *
count_realloc(void *old, size_t bytes, const char *file, int line)
{
	size_t before = malloc_usable_size(old);
	void *at = realloc(old, bytes);

	(void)file, (void)line;
	live += malloc_usable_size(at) - before;
	allocations++;
	return at;
}

static void
count_free(void *old, const char *file, int line)
{
	(void)file, (void)line;
	live -= malloc_usable_size(old);
	free(old);
}

static int
make_all(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	ecdsa = issue(&(struct wish){
	    .common_name = "ecdsa", .alternative = "DNS:any.example"});
	rsa = issue(&(struct wish){.common_name = "rsa",
	    .alternative = "DNS:any.example",
	    .rsa_bits = 2048});
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	issued_clear(&ecdsa);
	issued_clear(&rsa);
	return 0;
}

/* A client and an SSL without a conn, but with our policy. */
struct pair {
	SSL *client, *server;
	int fds[2];
};

static SSL_CTX *
context_of(const struct issued *is)
{
	SSL_CTX *context = policy_context(TLS_INTERMEDIATE, false);

	assert_int_equal(SSL_CTX_use_certificate(context, is->certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, is->key), 1);
	/* Any will do as the next of a chain: nobody looks. */
	assert_int_equal(SSL_CTX_add1_chain_cert(context, is->certificate), 1);
	return context;
}

static void
join(struct pair *p, SSL_CTX *context, const struct client_wish *wish)
{
	int client, server;
	char byte;

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p->fds);
	p->client = client_new(wish, p->fds[0]);
	p->server = SSL_new(context);
	SSL_set_fd(p->server, p->fds[1]);
	SSL_set_accept_state(p->server);
	for (int i = 0; i < 3; i++) {
		client = SSL_do_handshake(p->client);
		server = SSL_do_handshake(p->server);
	}
	assert_true(client == 1 && server == 1);
	SSL_read(p->client, &byte, 1); /* takes the ticket */
	ERR_clear_error();
}

static void
split(struct pair *p)
{
	/* Without it OpenSSL takes the session for a broken one. */
	SSL_set_shutdown(p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(p->client);
	SSL_free(p->server);
	close(p->fds[0]);
	close(p->fds[1]);
}

static void
talk(SSL *from, SSL *to)
{
	char text[5];

	assert_int_equal(SSL_write(from, "hello", 5), 5);
	assert_int_equal(SSL_read(to, text, 5), 5);
	assert_memory_equal(text, "hello", 5);
}

/* All that an SSL still has to do. */
static void
go_on(struct pair *p)
{
	talk(p->client, p->server);
	talk(p->server, p->client);
	if (SSL_version(p->client) == TLS1_3_VERSION) {
		SSL_key_update(p->client, SSL_KEY_UPDATE_REQUESTED);
		talk(p->client, p->server);
		talk(p->server, p->client);
		SSL_key_update(p->server, SSL_KEY_UPDATE_REQUESTED);
		talk(p->server, p->client);
		talk(p->client, p->server);
	}
	SSL_shutdown(p->server);
	assert_int_equal(SSL_shutdown(p->client), 0);
}

/* How many bytes an SSL takes less. Nothing can fail that needs none. */
static size_t
dropped(SSL *ssl)
{
	unsigned until = allocations;
	size_t before = live;

	leftovers_drop(ssl);
	assert_int_equal(allocations, until);
	assert_int_equal(ERR_peek_error(), 0);
	return before - live;
}

/* The second time the session of the first is resumed. */
static void
drop_full_and_resumed(
    const struct issued *is, struct client_wish wish, size_t least)
{
	SSL_CTX *context = context_of(is);
	struct pair p;

	for (int resumed = 0; resumed <= 1; resumed++) {
		join(&p, context, &wish);
		assert_int_equal(SSL_session_reused(p.server), resumed);
		assert_true(dropped(p.server) >= least);
		go_on(&p);
		SSL_SESSION_free(wish.session);
		wish.session = SSL_get1_session(p.client);
		split(&p);
	}
	SSL_SESSION_free(wish.session);
	SSL_CTX_free(context);
}

static void
keys_of_every_exchange_are_dropped(void **state)
{
	static const char *const groups[] = {
	    "X25519", "P-256", "P-384", "P-521", "ffdhe2048"};

	(void)state;
	for (size_t kind = 0; kind < 2; kind++)
		for (size_t i = 0; i < 5; i++)
			drop_full_and_resumed(kinds[kind],
			    (struct client_wish){.groups = groups[i]},
			    TWO_KEYS_BYTES);
}

/* Their keys OpenSSL drops itself, but no certificate. */
static void
old_versions_go_on_too(void **state)
{
	static const char *const groups[] = {"X25519:P-256", "P-256"};

	(void)state;
	for (size_t kind = 0; kind < 2; kind++)
		for (size_t i = 0; i < 2; i++)
			drop_full_and_resumed(kinds[kind],
			    (struct client_wish){.groups = groups[i],
				.version_max = TLS1_2_VERSION},
			    1);
}

/* The private half is not in the SSL any more. */
static void
our_private_key_is_gone(void **state)
{
	SSL_CTX *context = context_of(&ecdsa);
	unsigned char private[32];
	size_t len = sizeof(private);
	EVP_PKEY *key = NULL;
	struct pair p;

	(void)state;
	join(&p, context, &(struct client_wish){.groups = "X25519"});
	assert_int_equal(SSL_get_tmp_key(p.server, &key), 1);
	assert_int_equal(EVP_PKEY_get_raw_private_key(key, private, &len), 1);
	leftovers_drop(p.server);
	assert_int_not_equal(
	    EVP_PKEY_get_raw_private_key(key, private, &len), 1);
	assert_int_equal(EVP_PKEY_get_bits(key), 253);
	ERR_clear_error();
	EVP_PKEY_free(key);
	split(&p);
	SSL_CTX_free(context);
}

static struct tls_listener *
new_listener(void)
{
	struct tls_listener *listener = tls_listener_new(
	    TLS_INTERMEDIATE, (unsigned char[TICKET_SECRET_BYTES]){1});
	struct problems problems = {0};

	give(listener, &ecdsa, &problems);
	assert_int_equal(
	    tls_listener_ready(listener, NULL, (struct place){0}, &problems),
	    0);
	return listener;
}

static void
a_conn_takes_less_than_a_bare_ssl(void **state)
{
	struct tls_listener *listener = new_listener();
	SSL_CTX *context = context_of(&ecdsa);
	struct client_wish wish = {0};
	size_t before, of_conn, of_ssl;
	struct meeting m;
	struct pair p;

	(void)state;
	before = live;
	meet(&m, listener, &wish);
	assert_int_equal(m.server, IO_DONE);
	of_conn = live - before;
	part(&m);
	before = live;
	join(&p, context, &wish);
	of_ssl = live - before;
	split(&p);
	assert_true(of_conn + TWO_KEYS_BYTES < of_ssl);
	SSL_CTX_free(context);
	tls_listener_free(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_of_every_exchange_are_dropped),
	    cmocka_unit_test(old_versions_go_on_too),
	    cmocka_unit_test(our_private_key_is_gone),
	    cmocka_unit_test(a_conn_takes_less_than_a_bare_ssl),
	};

	if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) !=
	    1)
		return 1;
	return cmocka_run_group_tests(tests, make_all, free_all);
}
