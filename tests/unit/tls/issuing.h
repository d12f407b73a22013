/*
 * Certificates for tests, made when they are needed.
 */
#ifndef CASGATE_TESTS_ISSUING_H
#define CASGATE_TESTS_ISSUING_H

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400

struct issued {
	X509 *certificate;
	EVP_PKEY *key;
};

/* What may differ; all zero is an ECDSA certificate of a server, valid from
 * yesterday on for a year, signed by itself. */
struct wish {
	const char *common_name;
	const char *alternative; /* "DNS:a.example,DNS:b.example"; or NULL */
	unsigned rsa_bits;       /* 0: ECDSA */
	const char *curve;       /* NULL: P-256 */
	bool edwards;            /* Ed25519 */
	int begins_days, expires_days; /* from now; 0: -1 and 365 */
	const struct issued *by;       /* NULL: itself */
	bool authority;
	const EVP_MD *digest; /* NULL: SHA-256 */
	const char *usage;    /* extended key usage; NULL: serverAuth */
};

static void
extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension == NULL)
		abort();
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static EVP_PKEY *
new_key(const struct wish *wish)
{
	if (wish->rsa_bits > 0)
		return EVP_RSA_gen(wish->rsa_bits);
	if (wish->edwards)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_EC_gen(wish->curve == NULL ? "P-256" : wish->curve);
}

/* Ed25519 has its own. */
static const EVP_MD *
digest_of(const struct wish *wish, const EVP_PKEY *key)
{
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return NULL;
	return wish->digest == NULL ? EVP_sha256() : wish->digest;
}

static struct issued
issue(const struct wish *wish)
{
	static long serial = 1;
	struct issued is = {.certificate = X509_new(), .key = new_key(wish)};
	const struct issued *by = wish->by == NULL ? &is : wish->by;
	X509_NAME *subject = X509_get_subject_name(is.certificate);
	int begins = wish->begins_days == 0 ? -1 : wish->begins_days;
	int expires = wish->expires_days == 0 ? 365 : wish->expires_days;

	X509_set_version(is.certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(is.certificate), serial++);
	X509_gmtime_adj(
	    X509_getm_notBefore(is.certificate), (long)begins * DAY);
	X509_gmtime_adj(
	    X509_getm_notAfter(is.certificate), (long)expires * DAY);
	if (wish->common_name != NULL)
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		    (const unsigned char *)wish->common_name, -1, -1, 0);
	X509_set_issuer_name(
	    is.certificate, X509_get_subject_name(by->certificate));
	X509_set_pubkey(is.certificate, is.key);
	extend(is.certificate, by->certificate, NID_basic_constraints,
	    wish->authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (!wish->authority)
		extend(is.certificate, by->certificate, NID_ext_key_usage,
		    wish->usage == NULL ? "serverAuth" : wish->usage);
	if (wish->alternative != NULL)
		extend(is.certificate, by->certificate, NID_subject_alt_name,
		    wish->alternative);
	if (X509_sign(is.certificate, by->key, digest_of(wish, by->key)) == 0)
		abort();
	return is;
}

static void
issued_clear(struct issued *is)
{
	X509_free(is->certificate);
	EVP_PKEY_free(is->key);
}

/* The PEM of the parts that `order` names: c and k of the first, 1 and 2 the
 * certificates of the next ones; free it. */
static char *
pem_of(const char *order, const struct issued *is, ...)
{
	const struct issued *others[2] = {0};
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	va_list args;
	long len;

	va_start(args, is);
	if (strchr(order, '1') != NULL)
		others[0] = va_arg(args, const struct issued *);
	if (strchr(order, '2') != NULL)
		others[1] = va_arg(args, const struct issued *);
	va_end(args);
	for (; *order != '\0'; order++)
		if (*order == 'k')
			PEM_write_bio_PrivateKey(
			    bio, is->key, NULL, NULL, 0, NULL, NULL);
		else
			PEM_write_bio_X509(bio,
			    *order == 'c' ? is->certificate
					  : others[*order - '1']->certificate);
	len = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

#endif
