/*
 * Certificates without memory, ours and OpenSSL's: each allocation fails in
 * turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "issuing.h"
#include "shortage.h"
#include "tls/certificates.h"
#include "tls/policy.h"
#include "tls/tls_library.h"

static struct issued root, intermediate, leaf;
static char *pem;

static int
make_all(void **state)
{
	(void)state;
	root = issue(&(struct wish){.common_name = "Root", .authority = true});
	intermediate = issue(&(struct wish){
	    .common_name = "Intermediate", .authority = true, .by = &root});
	leaf = issue(&(struct wish){.common_name = "mail.contoso.com",
	    .alternative = "DNS:mail.contoso.com,DNS:*.contoso.com",
	    .by = &intermediate});
	pem = pem_of("ck12", &leaf, &intermediate, &root);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	free(pem);
	issued_clear(&root);
	issued_clear(&intermediate);
	issued_clear(&leaf);
	return 0;
}

static struct certificate *
read_one(void)
{
	struct tls_file file = {"chain.pem", text_of(pem)};
	struct problems problems = {0};
	struct certificate *certificate =
	    certificate_read(&file, NULL, (struct place){0}, &problems);

	assert_int_equal(certificate == NULL, problems.errors > 0);
	/* What was read is all there is: a chain cut short is sent as such. */
	if (certificate != NULL) {
		assert_int_equal(sk_X509_num(certificate->chain), 1);
		assert_true(certificate->rooted);
		assert_int_equal(certificate->name_count, 2);
		assert_true(certificate->expires > 0);
	}
	return certificate;
}

static bool
read_and_free(void *with)
{
	struct certificate *certificate = read_one();

	(void)with;
	certificate_free(certificate);
	return certificate != NULL;
}

static void
a_certificate_is_read_or_told_of(void **state)
{
	(void)state;
	shortage_survive(read_and_free, NULL, 3);
}

static SSL_CTX *
make(bool weak, void *owner)
{
	(void)weak, (void)owner;
	return SSL_CTX_new(TLS_server_method());
}

static bool
add_and_make_ready(void *with)
{
	struct certificates all;
	struct certificate *certificate;
	bool ready;

	(void)with;
	if (certificates_init(&all) == -1)
		return false;
	certificate = read_one();
	ready = certificate != NULL &&
	    certificates_add(&all, certificate, time(NULL)) == 0 &&
	    certificates_ready(&all, make, NULL) == 0;
	certificates_clear(&all);
	return ready;
}

static void
a_choice_is_ready_or_not(void **state)
{
	(void)state;
	shortage_survive(add_and_make_ready, NULL, 31);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_is_read_or_told_of),
	    cmocka_unit_test(a_choice_is_ready_or_not),
	};

	if (shortage_limit() == -1 || tls_library_start() == -1)
		return 1;
	return cmocka_run_group_tests(tests, make_all, free_all);
}
