/*
 * What stands in a PEM file.
 *
 * The parts are taken apart with PEM_read_bio(), which never asks for a
 * password.
 */
#include "tls/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#define ENDS_PRIVATE_KEY "PRIVATE KEY"

/* One part, as PEM_read_bio() gives it. */
struct part {
	char *name;   /* "CERTIFICATE" */
	char *header; /* "Proc-Type: 4,ENCRYPTED ..." of old keys */
	unsigned char *data;
	long len;
};

static void
part_clear(struct part *part)
{
	OPENSSL_free(part->name);
	OPENSSL_free(part->header);
	OPENSSL_clear_free(part->data, (size_t)part->len);
}

static bool
is_key(const char *name)
{
	size_t len = strlen(name), of = strlen(ENDS_PRIVATE_KEY);

	return len >= of && strcmp(name + len - of, ENDS_PRIVATE_KEY) == 0;
}

static bool
is_certificate(const char *name)
{
	return strcmp(name, PEM_STRING_X509) == 0 ||
	    strcmp(name, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(name, PEM_STRING_X509_TRUSTED) == 0;
}

static int
take_key(struct pem *pem, const struct part *part, const char *path,
    struct problem *why)
{
	const unsigned char *data = part->data;

	if (strcmp(part->name, PEM_STRING_PKCS8) == 0 ||
	    strstr(part->header, "ENCRYPTED") != NULL) {
		problem_set(why,
		    "the key in '%s' is encrypted and nobody is asked for "
		    "its password; decrypt it with "
		    "'openssl pkey -in %s -out KEY.pem' and give that",
		    path, path);
		return -1;
	}
	if (pem->key != NULL) {
		problem_set(why,
		    "'%s' holds more than one key; put each certificate and "
		    "its key into a file of its own",
		    path);
		return -1;
	}
	pem->key = d2i_AutoPrivateKey(NULL, &data, part->len);
	if (pem->key == NULL) {
		problem_set(why, "the key in '%s' can't be read: %s", path,
		    ERR_reason_error_string(ERR_peek_last_error()));
		return -1;
	}
	return 0;
}

static int
take_certificate(struct pem *pem, const struct part *part, const char *path,
    struct problem *why)
{
	const unsigned char *data = part->data;
	X509 *certificate = strcmp(part->name, PEM_STRING_X509_TRUSTED) == 0
	    ? d2i_X509_AUX(NULL, &data, part->len)
	    : d2i_X509(NULL, &data, part->len);

	if (certificate == NULL || X509_get0_pubkey(certificate) == NULL) {
		problem_set(why, "certificate %d in '%s' can't be read: %s",
		    sk_X509_num(pem->certificates) + 1, path,
		    ERR_reason_error_string(ERR_peek_last_error()));
		X509_free(certificate);
		return -1;
	}
	if (sk_X509_push(pem->certificates, certificate) == 0) {
		X509_free(certificate);
		problem_set(why, "no memory for the certificates");
		return -1;
	}
	return 0;
}

static int
take(struct pem *pem, const struct part *part, const char *path,
    struct problem *why)
{
	if (is_certificate(part->name))
		return take_certificate(pem, part, path, why);
	if (is_key(part->name))
		return take_key(pem, part, path, why);
	if (strcmp(part->name, PEM_STRING_PKCS7) == 0 ||
	    strcmp(part->name, "CMS") == 0) {
		problem_set(why,
		    "'%s' is a PKCS #7 bundle; take the certificates out with "
		    "'openssl pkcs7 -in %s -print_certs -out CHAIN.pem'",
		    path, path);
		return -1;
	}
	return 0;
}

static bool
is_pfx(struct text t)
{
	const unsigned char *at = (const unsigned char *)t.at;
	PKCS12 *pfx = d2i_PKCS12(NULL, &at, (long)t.len);
	bool is = pfx != NULL;

	PKCS12_free(pfx);
	return is;
}

static bool
is_der_certificate(struct text t)
{
	const unsigned char *at = (const unsigned char *)t.at;
	X509 *certificate = d2i_X509(NULL, &at, (long)t.len);
	bool is = certificate != NULL;

	X509_free(certificate);
	return is;
}

/* Says what a file is in which not one part was found. */
static void
explain(const struct tls_file *file, struct problem *why)
{
	const char *path = file->path;
	struct text t = file->contents;

	if (is_pfx(t))
		problem_set(why,
		    "'%s' is a PFX (PKCS #12) file; make PEM of it with "
		    "'openssl pkcs12 -in %s -nodes -out FILE.pem' and give "
		    "that",
		    path, path);
	else if (is_der_certificate(t))
		problem_set(why,
		    "'%s' is a certificate in DER; make PEM of it with "
		    "'openssl x509 -inform DER -in %s -out FILE.pem' and give "
		    "that",
		    path, path);
	else if (text_starts(t, TEXT("\xff\xfe")) ||
	    text_starts(t, TEXT("\xfe\xff")))
		problem_set(why,
		    "'%s' is text in UTF-16; save it as ASCII or UTF-8", path);
	else
		problem_set(why,
		    "'%s' is no PEM file: no line begins with '-----BEGIN'",
		    path);
}

static int
read_parts(
    struct pem *pem, const struct tls_file *file, BIO *bio, struct problem *why)
{
	unsigned count = 0;
	int result = 0;

	while (result == 0) {
		struct part part = {0};

		ERR_clear_error();
		if (PEM_read_bio(bio, &part.name, &part.header, &part.data,
			&part.len) != 1)
			break;
		result = take(pem, &part, file->path, why);
		part_clear(&part);
		count++;
	}
	if (result == -1)
		return -1;
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		problem_set(why, "part %u of '%s' is damaged: %s", count + 1,
		    file->path, ERR_reason_error_string(ERR_peek_last_error()));
		return -1;
	}
	if (count == 0) {
		explain(file, why);
		return -1;
	}
	return 0;
}

int
pem_read(struct pem *pem, const struct tls_file *file, struct problem *why)
{
	struct text t = file->contents;
	BIO *bio;
	int result;

	/* Editors on Windows put a byte order mark in front. */
	if (text_starts(t, TEXT("\xef\xbb\xbf")))
		t = (struct text){t.at + 3, t.len - 3};
	pem->key = NULL;
	pem->certificates = sk_X509_new_null();
	bio = BIO_new_mem_buf(t.len > 0 ? t.at : "", (int)t.len);
	if (pem->certificates == NULL || bio == NULL) {
		BIO_free(bio);
		problem_set(why, "no memory to read '%s'", file->path);
		return -1;
	}
	result = read_parts(pem, file, bio, why);
	BIO_free(bio);
	ERR_clear_error();
	return result;
}

void
pem_clear(struct pem *pem)
{
	sk_X509_pop_free(pem->certificates, X509_free);
	EVP_PKEY_free(pem->key);
	*pem = (struct pem){0};
}

bool
tls_file_has_key(struct text contents)
{
	return text_contains_fold(contents, TEXT(ENDS_PRIVATE_KEY "-----"));
}
