/*
 * What OpenSSL is told when there is no memory.
 */
#include "tls/tls_library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cmocka.h>

#include "shortage.h"

static SSL_CTX *context;
static BIO *nothing; /* is read from it */

/* A step of a handshake: nothing came yet. That it fails must be known for
 * what it is, or a session would blame the client. */
static bool
step(void *unused)
{
	SSL *ssl = SSL_new(context);
	bool waits = false;

	(void)unused;
	if (ssl != NULL) {
		BIO_up_ref(nothing);
		SSL_set0_rbio(ssl, nothing);
		SSL_set_accept_state(ssl);
		waits = SSL_get_error(ssl, SSL_do_handshake(ssl)) ==
		    SSL_ERROR_WANT_READ;
	}
	SSL_free(ssl);
	if (shortage_struck())
		assert_int_equal(
		    ERR_GET_REASON(ERR_peek_error()), ERR_R_MALLOC_FAILURE);
	ERR_clear_error();
	return waits;
}

static void
no_memory_is_the_first_error(void **state)
{
	(void)state;
	shortage_sweep(step, NULL);
}

static void
nothing_is_asked_for_and_none_is_no_error(void **state)
{
	(void)state;
	assert_null(OPENSSL_malloc(0));
	assert_null(OPENSSL_realloc(OPENSSL_malloc(1), 0));
	assert_int_equal(ERR_peek_error(), 0);
}

static int
limit_memory(void **state)
{
	(void)state;
	if (shortage_limit() == -1 || tls_library_start() == -1)
		return -1;
	context = SSL_CTX_new(TLS_server_method());
	nothing = BIO_new(BIO_s_mem());
	return context == NULL || nothing == NULL ? -1 : 0;
}

static int
free_all(void **state)
{
	(void)state;
	BIO_free(nothing);
	SSL_CTX_free(context);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_memory_is_the_first_error),
	    cmocka_unit_test(nothing_is_asked_for_and_none_is_no_error),
	};

	return cmocka_run_group_tests(tests, limit_memory, free_all);
}
