/*
 * Which names a certificate is for, however odd it is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "issuing.h"
#include "tls/certificate.h"

static struct issued issuer;

static int
make_issuer(void **state)
{
	(void)state;
	issuer =
	    issue(&(struct wish){.common_name = "Root", .authority = true});
	return 0;
}

static int
free_issuer(void **state)
{
	(void)state;
	issued_clear(&issuer);
	return 0;
}

/* A name of the SAN, byte for byte. */
struct odd {
	int type; /* GEN_DNS, GEN_IPADD, GEN_EMAIL */
	const char *bytes;
	int len;
};

static void
name(struct issued *is, const struct odd *odd, size_t count)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (size_t i = 0; i < count; i++) {
		GENERAL_NAME *one = GENERAL_NAME_new();
		ASN1_STRING *value = odd[i].type == GEN_IPADD
		    ? ASN1_OCTET_STRING_new()
		    : ASN1_IA5STRING_new();

		ASN1_STRING_set(value, odd[i].bytes, odd[i].len);
		GENERAL_NAME_set0_value(one, odd[i].type, value);
		sk_GENERAL_NAME_push(names, one);
	}
	X509_add1_ext_i2d(is->certificate, NID_subject_alt_name, names, 0, 0);
	GENERAL_NAMES_free(names);
	X509_sign(is->certificate, issuer.key, EVP_sha256());
}

/* Reads it as it would stand in a file; frees it. */
static struct certificate *
read_issued(struct issued *is, struct problems *problems)
{
	char *pem = pem_of("ck1", is, &issuer);
	struct tls_file file = {"one.pem", text_of(pem)};
	struct certificate *certificate =
	    certificate_read(&file, NULL, (struct place){0}, problems);

	free(pem);
	issued_clear(is);
	return certificate;
}

static struct certificate *
read_right(struct issued *is)
{
	struct problems problems = {0};
	struct certificate *certificate = read_issued(is, &problems);

	assert_non_null(certificate);
	assert_int_equal(problems.count, 0);
	return certificate;
}

#define NAME(type, literal)                                                    \
	{                                                                      \
		type, literal, sizeof(literal) - 1                             \
	}

/* A NUL inside would make "mail.contoso.com\0.evil.example" look like ours to
 * whoever stops there. */
static void
names_that_are_none_are_left_out(void **state)
{
	static const struct odd odd[] = {
	    NAME(GEN_DNS, "mail.contoso.com\0.evil.example"),
	    NAME(GEN_DNS, ""),
	    NAME(GEN_EMAIL, "me@contoso.com"),
	    NAME(GEN_IPADD, "\x0a\0\0"),
	    NAME(GEN_IPADD, "\x0a\0\0\x01"),
	    NAME(GEN_IPADD, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
	    NAME(GEN_DNS, "Mail.Contoso.COM."),
	};
	struct issued is =
	    issue(&(struct wish){.common_name = "cn.example", .by = &issuer});
	struct certificate *certificate;

	(void)state;
	name(&is, odd, sizeof(odd) / sizeof(*odd));
	certificate = read_right(&is);
	assert_int_equal(certificate->name_count, 3);
	assert_string_equal(certificate->names[0], "10.0.0.1");
	assert_string_equal(certificate->names[1], "2001:db8::1");
	assert_string_equal(certificate->names[2], "mail.contoso.com");
	certificate_free(certificate);
}

/* Its CN is of that ASN.1 type, and just these bytes. */
static struct issued
issue_cn(int type, const char *bytes, int len)
{
	struct issued is = issue(&(struct wish){.by = &issuer});
	X509_NAME *subject = X509_NAME_new();
	ASN1_STRING *cn;

	X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_ASC, (const unsigned char *)"x", 1, -1, 0);
	cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, 0));
	ASN1_STRING_set(cn, bytes, len);
	cn->type = type;
	X509_set_subject_name(is.certificate, subject);
	X509_NAME_free(subject);
	X509_sign(is.certificate, issuer.key, EVP_sha256());
	return is;
}

static void
assert_no_cn(int type, const char *bytes, int len)
{
	struct issued is = issue_cn(type, bytes, len);
	struct problems problems = {0};
	struct certificate *certificate = read_issued(&is, &problems);

	assert_non_null(certificate);
	assert_string_equal(certificate->common_name, "");
	assert_int_equal(certificate->name_count, 0);
	assert_non_null(strstr(problems.list[0].sentence, "names no host"));
	certificate_free(certificate);
}

static void
a_cn_that_is_no_text_is_none(void **state)
{
	(void)state;
	assert_no_cn(V_ASN1_UTF8STRING, "a.example\0.evil.example", 23);
	assert_no_cn(V_ASN1_BMPSTRING, "a", 1);
	assert_no_cn(V_ASN1_UTF8STRING, "\xff\xfe", 2);
}

static void
a_cn_in_utf_16_is_read(void **state)
{
	struct issued is = issue_cn(V_ASN1_BMPSTRING, "\0A\0.\0b", 6);
	struct certificate *certificate = read_right(&is);

	(void)state;
	assert_string_equal(certificate->common_name, "A.b");
	assert_string_equal(certificate->names[0], "a.b");
	certificate_free(certificate);
}

/* As long as a date is: OpenSSL 3.5 reads no certificate with a shorter one. */
static void
dates_that_cannot_be_read_are_never_now(void **state)
{
	for (int end = 0; end < 2; end++) {
		struct issued is = issue(
		    &(struct wish){.common_name = "a.example", .by = &issuer});
		struct problems problems = {0};
		struct certificate *certificate;

		(void)state;
		ASN1_STRING_set(end ? X509_getm_notAfter(is.certificate)
				    : X509_getm_notBefore(is.certificate),
		    "some day soon", 13);
		X509_sign(is.certificate, issuer.key, EVP_sha256());
		certificate = read_issued(&is, &problems);
		assert_non_null(certificate);
		assert_int_equal(problems.count, 1);
		assert_true(problems.list[0].warning);
		assert_non_null(strstr(
		    problems.list[0].sentence, "has dates that can't be read"));
		assert_false(certificate_is_valid(certificate, time(NULL)));
		certificate_free(certificate);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_that_are_none_are_left_out),
	    cmocka_unit_test(a_cn_that_is_no_text_is_none),
	    cmocka_unit_test(a_cn_in_utf_16_is_read),
	    cmocka_unit_test(dates_that_cannot_be_read_are_never_now),
	};

	return cmocka_run_group_tests(tests, make_issuer, free_issuer);
}
