/*
 * Certificates: what is read, what is refused, and what is warned of.
 */
#include "tls/tls_listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pkcs12.h>

#include "issuing.h"
#include "shortage.h"

static const unsigned char secret[TICKET_SECRET_BYTES] = "a secret";
static const struct listing conf = {
    "casgate.conf", {"listen 443 tls {\n\n\tcertificate chain.pem\n}\n", 41}};
static const struct place where = {&conf, 3, 2};

static struct issued root, intermediate, leaf, rsa;

static int
make_all(void **state)
{
	(void)state;
	root = issue(&(struct wish){.common_name = "Root", .authority = true});
	intermediate = issue(&(struct wish){
	    .common_name = "Intermediate", .authority = true, .by = &root});
	leaf = issue(&(struct wish){.common_name = "mail.contoso.com",
	    .alternative = "DNS:Mail.Contoso.com,DNS:*.contoso.com,"
			   "IP:192.0.2.1,email:me@contoso.com",
	    .by = &intermediate});
	rsa = issue(&(struct wish){.common_name = "mail.contoso.com",
	    .alternative = "DNS:mail.contoso.com",
	    .rsa_bits = 2048,
	    .by = &intermediate});
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	issued_clear(&root);
	issued_clear(&intermediate);
	issued_clear(&leaf);
	issued_clear(&rsa);
	return 0;
}

/* A listener of one certificate; `chain` and `key` are freed. */
static struct tls_listener *
listener_of(char *chain, char *key, struct problems *problems)
{
	struct tls_listener *listener =
	    tls_listener_new(TLS_INTERMEDIATE, secret);
	struct tls_file chain_file = {"chain.pem", text_of(chain)};
	struct tls_file key_file = {"key.pem", text_of(key)};

	assert_non_null(listener);
	tls_listener_add(listener, &chain_file, key == NULL ? NULL : &key_file,
	    where, problems);
	free(chain);
	free(key);
	return listener;
}

/* What is said of these files, all sentences one after the other. */
static const char *
said_of(char *chain, char *key)
{
	static char all[4096];
	struct problems problems = {0};

	tls_listener_free(listener_of(chain, key, &problems));
	all[0] = '\0';
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *one = &problems.list[i];

		assert_int_equal(one->where.line, 3);
		strcat(all, one->warning ? "w: " : "e: ");
		strcat(all, one->sentence);
		strcat(all, "\n");
	}
	return all;
}

static void
assert_said(const char *said, const char *part)
{
	if (strstr(said, part) == NULL)
		fail_msg("'%s' is not said in:\n%s", part, said);
}

static void
a_good_chain_says_nothing(void **state)
{
	(void)state;
	assert_string_equal(
	    said_of(pem_of("ck1", &leaf, &intermediate), NULL), "");
	assert_string_equal(
	    said_of(pem_of("kc1", &leaf, &intermediate), NULL), "");
	assert_string_equal(
	    said_of(pem_of("c1", &leaf, &intermediate), pem_of("k", &leaf)),
	    "");
	assert_string_equal(said_of(pem_of("c12", &leaf, &intermediate, &root),
				pem_of("k", &leaf)),
	    "");
	/* The key twice, once in each file: the key file counts. */
	assert_string_equal(
	    said_of(pem_of("kc1", &leaf, &intermediate), pem_of("k", &leaf)),
	    "");
}

static void
order_is_mended_and_told(void **state)
{
	(void)state;
	assert_said(said_of(pem_of("1ck", &leaf, &intermediate), NULL),
	    "w: the certificates in 'chain.pem' are out of order");
	assert_said(said_of(pem_of("c21k", &leaf, &intermediate, &root), NULL),
	    "out of order");
	assert_said(said_of(pem_of("ck12", &leaf, &intermediate, &rsa), NULL),
	    "w: 'chain.pem' holds certificates that are no part of the chain (1)");
}

static void
a_chain_without_its_end_is_told(void **state)
{
	const char *said = said_of(pem_of("ck", &leaf), NULL);

	(void)state;
	assert_said(said, "w: the chain in 'chain.pem' is incomplete");
	assert_said(said, "'Intermediate'");
}

static void
a_key_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	assert_said(
	    said_of(pem_of("c1", &leaf, &intermediate), pem_of("k", &rsa)),
	    "e: the key in 'key.pem' does not fit the certificate of "
	    "'mail.contoso.com' in 'chain.pem'");
	assert_said(said_of(pem_of("c", &leaf), NULL),
	    "e: there is no private key in 'chain.pem'; put it there, or say "
	    "'certificate chain.pem key FILE'");
	assert_said(said_of(pem_of("c", &leaf), pem_of("c", &leaf)),
	    "e: there is no private key in 'key.pem'");
	assert_said(said_of(pem_of("k", &leaf), NULL),
	    "e: there is no certificate in 'chain.pem'");
	assert_said(
	    said_of(pem_of("ckk", &leaf), NULL), "holds more than one key");
}

static char *
encrypted(bool traditional)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long len;

	if (traditional)
		PEM_write_bio_PrivateKey_traditional(bio, rsa.key,
		    EVP_aes_128_cbc(), (unsigned char *)"secret", 6, NULL,
		    NULL);
	else
		PEM_write_bio_PKCS8PrivateKey(
		    bio, rsa.key, EVP_aes_256_cbc(), "secret", 6, NULL, NULL);
	len = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

static void
an_encrypted_key_is_refused_without_asking(void **state)
{
	(void)state;
	assert_said(said_of(pem_of("c", &rsa), encrypted(false)),
	    "e: the key in 'key.pem' is encrypted");
	assert_said(said_of(pem_of("c", &rsa), encrypted(true)),
	    "openssl pkey -in key.pem -out KEY.pem");
}

static const char *
said_of_der(unsigned char *der, int len)
{
	static char copy[512];
	struct problems problems = {0};
	struct tls_listener *listener =
	    tls_listener_new(TLS_INTERMEDIATE, secret);
	struct tls_file file = {
	    "win.pfx", {(char *)der, len > 0 ? (size_t)len : 0}};

	tls_listener_add(listener, &file, NULL, where, &problems);
	assert_int_equal(problems.errors, 1);
	snprintf(copy, sizeof(copy), "%s", problems.list[0].sentence);
	tls_listener_free(listener);
	OPENSSL_free(der);
	return copy;
}

static void
a_pfx_is_refused_with_the_way_out(void **state)
{
	PKCS12 *pfx = PKCS12_create(
	    "secret", "mail", leaf.key, leaf.certificate, NULL, 0, 0, 0, 0, 0);
	unsigned char *der = NULL;
	int len = i2d_PKCS12(pfx, &der);

	(void)state;
	PKCS12_free(pfx);
	assert_said(said_of_der(der, len), "is a PFX (PKCS #12) file");
	der = NULL;
	len = i2d_X509(leaf.certificate, &der);
	assert_said(said_of_der(der, len), "is a certificate in DER");
}

static void
junk_is_refused(void **state)
{
	char *damaged = pem_of("ck", &leaf);

	(void)state;
	assert_said(said_of(strdup(""), NULL), "is no PEM file");
	assert_said(said_of(strdup("hello\n"), NULL), "is no PEM file");
	assert_said(said_of(strdup("\xff\xfe-\n"), NULL), "UTF-16");
	memset(strstr(damaged, "CERTIFICATE-----\n") + 60, '!', 8);
	assert_said(said_of(damaged, NULL), "part 1 of 'chain.pem' is damaged");
	damaged = pem_of("c", &leaf);
	strcpy(strstr(damaged, "-----END"), "");
	assert_said(said_of(damaged, NULL), "e: ");
	assert_said(said_of(strdup("-----BEGIN CERTIFICATE-----\nAAAA\n"
				   "-----END CERTIFICATE-----\n"),
			NULL),
	    "certificate 1 in 'chain.pem' can't be read");
	assert_said(said_of(strdup("\xfe\xff-\n"), NULL), "UTF-16");
	assert_said(said_of(strdup("-----BEGIN CMS-----\nAAAA\n"
				   "-----END CMS-----\n"),
			NULL),
	    "openssl pkcs7");
	assert_said(said_of(strdup("-----BEGIN EC PRIVATE KEY-----\nAAAA\n"
				   "-----END EC PRIVATE KEY-----\n"),
			NULL),
	    "the key in 'chain.pem' can't be read");
	assert_said(said_of(strdup("-----BEGIN PKCS7-----\nAAAA\n"
				   "-----END PKCS7-----\n"),
			NULL),
	    "openssl pkcs7");
}

static void
a_byte_order_mark_is_no_matter(void **state)
{
	char *pem = pem_of("ck1", &leaf, &intermediate);
	char *marked = malloc(strlen(pem) + 4);

	(void)state;
	sprintf(marked, "\xef\xbb\xbf%s", pem);
	free(pem);
	assert_string_equal(said_of(marked, NULL), "");
}

static const char *
said_of_wish(const struct wish *wish)
{
	struct issued is = issue(wish);
	const char *said = said_of(pem_of("ck1", &is, &intermediate), NULL);

	issued_clear(&is);
	return said;
}

static void
doubtful_certificates_are_told(void **state)
{
	struct wish wish = {.common_name = "a.example",
	    .alternative = "DNS:a.example",
	    .by = &intermediate};
	struct wish one = wish;

	(void)state;
	assert_string_equal(said_of_wish(&wish), "");
	one.expires_days = 12;
	assert_said(said_of_wish(&one), " days, on 20");
	one.begins_days = -30;
	one.expires_days = -1;
	assert_said(said_of_wish(&one),
	    "w: the certificate of 'a.example' in 'chain.pem' expired on 20");
	one = wish;
	one.begins_days = 5;
	assert_said(said_of_wish(&one),
	    "w: the certificate of 'a.example' in "
	    "'chain.pem' is not valid before");
	one = wish;
	one.rsa_bits = 1024;
	assert_said(said_of_wish(&one), "weak key of 1024 bits");
	one = wish;
	one.digest = EVP_sha1();
	assert_said(said_of_wish(&one), "weak signature, SHA-1");
	one.digest = EVP_md5();
	one.by = &rsa;
	assert_said(said_of_wish(&one), "weak signature, MD5");
	one = wish;
	one.usage = "clientAuth";
	assert_said(said_of_wish(&one), "not meant for servers");
	one = wish;
	one.by = NULL;
	assert_said(said_of_wish(&one), "is self-signed");
	one = wish;
	one.common_name = one.alternative = NULL;
	assert_said(said_of_wish(&one), "names no host");
}

static void
keys_no_client_knows_are_refused(void **state)
{
	struct wish wish = {.common_name = "a.example",
	    .curve = "secp256k1",
	    .by = &intermediate};

	(void)state;
	assert_said(said_of_wish(&wish),
	    "e: the key in 'chain.pem' is on the "
	    "curve secp256k1");
}

static void
names_come_from_the_san(void **state)
{
	struct problems problems = {0};
	struct tls_listener *listener =
	    listener_of(pem_of("ck1", &leaf, &intermediate), NULL, &problems);

	(void)state;
	assert_string_equal(tls_listener_name(listener, 0), "mail.contoso.com");
	assert_string_equal(tls_listener_name(listener, 1), "*.contoso.com");
	assert_string_equal(tls_listener_name(listener, 2), "192.0.2.1");
	assert_null(tls_listener_name(listener, 3));
	assert_true(tls_listener_covers(listener, TEXT("MAIL.contoso.com.")));
	assert_true(tls_listener_covers(listener, TEXT("www.contoso.com")));
	assert_true(tls_listener_covers(listener, TEXT("192.0.2.1")));
	assert_false(tls_listener_covers(listener, TEXT("contoso.com")));
	assert_false(tls_listener_covers(listener, TEXT("a.b.contoso.com")));
	assert_false(tls_listener_covers(listener, TEXT(".contoso.com")));
	assert_false(tls_listener_covers(listener, TEXT("")));
	assert_false(tls_listener_covers(listener, TEXT("mail.fabrikam.com")));
	assert_int_equal(
	    tls_listener_ready(listener, NULL, where, &problems), 0);
	assert_true(text_equals(
	    tls_listener_fallback_cn(listener), TEXT("mail.contoso.com")));
	assert_in_range(tls_listener_expiry(listener), time(NULL) + 364 * DAY,
	    time(NULL) + 366 * DAY);
	assert_int_equal(problems.count, 0);
	tls_listener_free(listener);
}

static void
the_cn_is_the_name_without_a_san(void **state)
{
	struct issued old = issue(&(struct wish){
	    .common_name = "old.contoso.com", .by = &intermediate});
	struct problems problems = {0};
	struct tls_listener *listener =
	    listener_of(pem_of("ck1", &old, &intermediate), NULL, &problems);

	(void)state;
	assert_string_equal(tls_listener_name(listener, 0), "old.contoso.com");
	assert_null(tls_listener_name(listener, 1));
	tls_listener_free(listener);
	issued_clear(&old);
}

static void
a_fallback_must_be_covered(void **state)
{
	struct problems problems = {0};
	struct tls_listener *listener =
	    listener_of(pem_of("ck1", &leaf, &intermediate), NULL, &problems);

	(void)state;
	assert_int_equal(
	    tls_listener_ready(listener, "mail.fabrikam.com", where, &problems),
	    -1);
	assert_int_equal(problems.errors, 1);
	assert_said(problems.list[0].sentence,
	    "no certificate of this listen covers the fallback "
	    "'mail.fabrikam.com'");
	tls_listener_free(listener);
}

static void
refusing_leaves_no_fallback(void **state)
{
	struct problems problems = {0};
	struct tls_listener *listener =
	    listener_of(pem_of("ck1", &leaf, &intermediate), NULL, &problems);

	(void)state;
	assert_int_equal(
	    tls_listener_ready(listener, "refuse", where, &problems), 0);
	assert_int_equal(tls_listener_fallback_cn(listener).len, 0);
	tls_listener_free(listener);
}

static void
a_key_is_found_in_a_file(void **state)
{
	char *both = pem_of("ck", &leaf), *alone = pem_of("c", &leaf);

	(void)state;
	assert_true(tls_file_has_key(text_of(both)));
	assert_false(tls_file_has_key(text_of(alone)));
	free(both);
	free(alone);
}

static void
keys_that_clients_know_are_taken(void **state)
{
	struct wish wish = {.common_name = "a.example",
	    .alternative = "DNS:a.example",
	    .by = &intermediate};
	struct wish one = wish;

	(void)state;
	one.curve = "P-384";
	assert_string_equal(said_of_wish(&one), "");
	one.curve = "P-521";
	assert_string_equal(said_of_wish(&one), "");
	one = wish;
	one.edwards = true;
	assert_string_equal(said_of_wish(&one), "");
}

static void
keys_that_sign_nothing_are_refused(void **state)
{
	struct issued exchange_only = {
	    .key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519")};

	(void)state;
	assert_said(said_of(pem_of("c", &leaf), pem_of("k", &exchange_only)),
	    "e: the key in 'key.pem' is of the kind X25519");
	issued_clear(&exchange_only);
}

/* Renewed authorities keep their name. */
static void
a_namesake_of_the_issuer_is_no_issuer(void **state)
{
	struct issued namesake = issue(&(struct wish){
	    .common_name = "Intermediate", .authority = true, .by = &root});
	const char *said = said_of(pem_of("ck1", &leaf, &namesake), NULL);

	(void)state;
	assert_said(said, "the chain in 'chain.pem' is incomplete");
	assert_said(said, "no part of the chain (1)");
	issued_clear(&namesake);
}

/* As `is`, but by somebody else. */
static struct issued
sign_across(const struct issued *is, const struct issued *by)
{
	struct issued across = {X509_dup(is->certificate), NULL};

	X509_set_issuer_name(
	    across.certificate, X509_get_subject_name(by->certificate));
	X509_sign(across.certificate, by->key, EVP_sha256());
	return across;
}

static void
issuers_of_each_other_end_the_chain(void **state)
{
	struct issued across = sign_across(&root, &intermediate);
	const char *said =
	    said_of(pem_of("ck12", &leaf, &intermediate, &across), NULL);

	(void)state;
	assert_null(strstr(said, "e: "));
	assert_null(strstr(said, "no part of the chain"));
	issued_clear(&across);
}

/* Two files that do not belong together. */
struct two {
	struct tls_file chain, key;
};

static bool
say_without_memory(void *with)
{
	struct two *files = with;
	struct tls_listener *listener =
	    tls_listener_new(TLS_INTERMEDIATE, secret);
	struct problems problems = {0};

	if (listener == NULL)
		return false;
	tls_listener_add(
	    listener, &files->chain, &files->key, where, &problems);
	assert_int_equal(problems.errors, 1);
	tls_listener_free(listener);
	return !shortage_struck();
}

static void
what_is_wrong_is_told_without_memory_too(void **state)
{
	char *chain = pem_of("c", &leaf), *key = pem_of("k", &rsa);
	struct two files = {
	    {"chain.pem", text_of(chain)}, {"key.pem", text_of(key)}};

	(void)state;
	shortage_sweep(say_without_memory, &files);
	free(chain);
	free(key);
}

/* Puts `part` in front of it; frees it. */
static char *
behind(const char *part, char *pem)
{
	char *both = malloc(strlen(part) + strlen(pem) + 1);

	sprintf(both, "%s%s", part, pem);
	free(pem);
	return both;
}

/* `openssl ecparam -genkey` writes them in front of the key. */
static void
parts_that_are_neither_are_passed_over(void **state)
{
	(void)state;
	assert_string_equal(said_of(behind("-----BEGIN EC PARAMETERS-----\n"
					   "BggqhkjOPQMBBw==\n"
					   "-----END EC PARAMETERS-----\n",
					pem_of("kc1", &leaf, &intermediate)),
				NULL),
	    "");
}

static void
a_certificate_may_be_trusted_or_old(void **state)
{
	static const char *const kinds[] = {
	    "TRUSTED CERTIFICATE", "X509 CERTIFICATE"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		BIO *bio = BIO_new(BIO_s_mem());
		unsigned char *der = NULL;
		int len = i == 0 ? i2d_X509_AUX(leaf.certificate, &der)
				 : i2d_X509(leaf.certificate, &der);
		char *data, *text;
		long size;

		PEM_write_bio(bio, kinds[i], "", der, len);
		size = BIO_get_mem_data(bio, &data);
		text = strndup(data, (size_t)size);
		BIO_free(bio);
		OPENSSL_free(der);
		assert_string_equal(
		    said_of(
			behind(text, pem_of("k1", &leaf, &intermediate)), NULL),
		    "");
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_chain_says_nothing),
	    cmocka_unit_test(order_is_mended_and_told),
	    cmocka_unit_test(a_chain_without_its_end_is_told),
	    cmocka_unit_test(a_key_that_does_not_fit_is_refused),
	    cmocka_unit_test(an_encrypted_key_is_refused_without_asking),
	    cmocka_unit_test(a_pfx_is_refused_with_the_way_out),
	    cmocka_unit_test(junk_is_refused),
	    cmocka_unit_test(a_byte_order_mark_is_no_matter),
	    cmocka_unit_test(doubtful_certificates_are_told),
	    cmocka_unit_test(keys_no_client_knows_are_refused),
	    cmocka_unit_test(names_come_from_the_san),
	    cmocka_unit_test(the_cn_is_the_name_without_a_san),
	    cmocka_unit_test(a_fallback_must_be_covered),
	    cmocka_unit_test(refusing_leaves_no_fallback),
	    cmocka_unit_test(a_key_is_found_in_a_file),
	    cmocka_unit_test(keys_that_clients_know_are_taken),
	    cmocka_unit_test(keys_that_sign_nothing_are_refused),
	    cmocka_unit_test(a_namesake_of_the_issuer_is_no_issuer),
	    cmocka_unit_test(issuers_of_each_other_end_the_chain),
	    cmocka_unit_test(what_is_wrong_is_told_without_memory_too),
	    cmocka_unit_test(parts_that_are_neither_are_passed_over),
	    cmocka_unit_test(a_certificate_may_be_trusted_or_old),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
