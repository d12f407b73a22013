/*
 * What the library can do, and that the machine's openssl.cnf changes none of
 * what a profile says.
 */
#include "tls/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tls/tls_library.h"

static char conf[] = "/tmp/casgate-openssl-XXXXXX";

/* As strange as an administrator or a distribution may have made it; before
 * OpenSSL reads it for the first time. */
static int
spoil_defaults(void **state)
{
	static const char words[] =
	    "openssl_conf = start\n"
	    "[start]\nssl_conf = ssl\n"
	    "[ssl]\nsystem_default = words\n"
	    "[words]\n"
	    "MinProtocol = TLSv1.3\n"
	    "CipherString = AES128-SHA:@SECLEVEL=5\n"
	    "Ciphersuites = TLS_CHACHA20_POLY1305_SHA256\n"
	    "Groups = P-521\n"
	    "SignatureAlgorithms = RSA+SHA512\n"
	    "Options = -SessionTicket,UnsafeLegacyRenegotiation\n";
	int fd = mkstemp(conf);

	(void)state;
	if (fd == -1 || write(fd, words, sizeof(words) - 1) == -1)
		return -1;
	close(fd);
	return setenv("OPENSSL_CONF", conf, 1);
}

static int
clean_up(void **state)
{
	(void)state;
	return unlink(conf);
}

static bool
has_suite(const SSL_CTX *context, const char *name)
{
	STACK_OF(SSL_CIPHER) *suites = SSL_CTX_get_ciphers(context);

	for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++)
		if (strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(suites, i)),
			name) == 0)
			return true;
	return false;
}

/* The test is worth something only if the file is read at all. */
static void
the_file_is_in_force(void **state)
{
	SSL_CTX *bare = SSL_CTX_new(TLS_server_method());

	(void)state;
	assert_int_equal(SSL_CTX_get_min_proto_version(bare), TLS1_3_VERSION);
	assert_int_equal(SSL_CTX_get_security_level(bare), 5);
	SSL_CTX_free(bare);
}

static void
profiles_say_everything_themselves(void **state)
{
	static const struct {
		int version, level, suites;
	} wanted[] = {
	    [TLS_MODERN] = {TLS1_2_VERSION, 2, 9},
	    [TLS_INTERMEDIATE] = {TLS1_2_VERSION, 2, 13},
	    [TLS_LEGACY] = {TLS1_VERSION, 0, 15},
	};

	(void)state;
	for (enum tls_profile profile = TLS_MODERN; profile <= TLS_LEGACY;
	     profile++) {
		SSL_CTX *context = policy_context(profile, false);
		uint64_t options = SSL_CTX_get_options(context);

		assert_int_equal(SSL_CTX_get_min_proto_version(context),
		    wanted[profile].version);
		assert_int_equal(SSL_CTX_get_max_proto_version(context), 0);
		assert_int_equal(
		    SSL_CTX_get_security_level(context), wanted[profile].level);
		assert_int_equal(
		    sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(context)),
		    wanted[profile].suites);
		assert_true(has_suite(context, "TLS_AES_256_GCM_SHA384"));
		assert_true(has_suite(context, "ECDHE-RSA-AES128-GCM-SHA256"));
		assert_int_equal(has_suite(context, "ECDHE-RSA-AES128-SHA"),
		    profile != TLS_MODERN);
		assert_int_equal(
		    has_suite(context, "AES128-SHA"), profile == TLS_LEGACY);
		assert_true((options & SSL_OP_NO_RENEGOTIATION) != 0);
		assert_true((options & SSL_OP_NO_COMPRESSION) != 0);
		assert_true((options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0);
		assert_true((options & SSL_OP_NO_TICKET) == 0);
		assert_true(
		    (options & SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION) == 0);
		assert_int_equal(SSL_CTX_get_session_cache_mode(context),
		    SSL_SESS_CACHE_OFF);
		assert_int_equal(SSL_CTX_get_num_tickets(context), 1);
		assert_int_equal(SSL_CTX_get_max_early_data(context), 0);
		SSL_CTX_free(context);
	}
}

static void
only_a_weak_context_is_weak(void **state)
{
	SSL_CTX *weak = policy_context(TLS_MODERN, true);
	SSL_CTX *strong = policy_context(TLS_MODERN, false);

	(void)state;
	assert_int_equal(SSL_CTX_get_security_level(weak), 0);
	assert_int_equal(SSL_CTX_get_security_level(strong), 2);
	SSL_CTX_free(weak);
	SSL_CTX_free(strong);
}

static void
the_library_tells_what_it_has(void **state)
{
	char text[512] = "";
	FILE *to = fmemopen(text, sizeof(text), "w");

	(void)state;
	tls_library_print(to);
	fclose(to);
	assert_non_null(strstr(text, OpenSSL_version(OPENSSL_VERSION)));
	assert_non_null(strstr(text, "TLSv1.2 TLSv1.3\n"));
	assert_non_null(strstr(text, "weak suites:"));
}

/* Debian's OpenSSL has TLS 1.0, and neither RC4 nor 3DES. */
static void
only_legacy_promises_what_may_lack(void **state)
{
	struct problems problems = {0};

	(void)state;
	tls_library_check(TLS_MODERN, (struct place){0}, &problems);
	tls_library_check(TLS_INTERMEDIATE, (struct place){0}, &problems);
	assert_int_equal(problems.count, 0);
	tls_library_check(TLS_LEGACY, (struct place){0}, &problems);
	assert_int_equal(problems.errors, 0);
	assert_int_equal(problems.count, 2);
	assert_non_null(strstr(problems.list[0].sentence, "RC4"));
	assert_non_null(strstr(problems.list[1].sentence, "3DES"));
}

static void
random_bytes_differ(void **state)
{
	unsigned char a[32], b[32];

	(void)state;
	assert_int_equal(tls_library_random(a, sizeof(a)), 0);
	assert_int_equal(tls_library_random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_file_is_in_force),
	    cmocka_unit_test(profiles_say_everything_themselves),
	    cmocka_unit_test(only_a_weak_context_is_weak),
	    cmocka_unit_test(the_library_tells_what_it_has),
	    cmocka_unit_test(only_legacy_promises_what_may_lack),
	    cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, spoil_defaults, clean_up);
}
