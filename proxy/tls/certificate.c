/*
 * One certificate with its chain and its key.
 */
#include "tls/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "tls/certificate_check.h"
#include "tls/pem.h"
#include "tls/tls_library.h"

void
certificate_free(struct certificate *c)
{
	if (c == NULL)
		return;
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	EVP_PKEY_free(c->key);
	for (size_t i = 0; i < c->name_count; i++)
		free(c->names[i]);
	free(c->names);
	free(c->common_name);
	free(c);
}

static char *
common_name(const X509 *certificate)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	char *name;
	int len;

	if (at < 0)
		return text_dup(TEXT(""));
	len = ASN1_STRING_to_UTF8(
	    &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	/* A NUL inside would make one name look like another. */
	if (len < 0 || memchr(utf8, '\0', (size_t)len) != NULL)
		len = 0;
	name = text_dup((struct text){(char *)utf8, (size_t)len});
	OPENSSL_free(utf8);
	return name;
}

static int
add_name(struct certificate *c, struct text name)
{
	char folded[NAME_BYTES_MAX + 1];
	size_t len = 0;
	char **names;

	if (memchr(name.at, '\0', name.len) == NULL)
		len = names_fold(name, folded);
	if (len == 0)
		return 0;
	names = realloc(c->names, (c->name_count + 1) * sizeof(*names));
	if (names == NULL)
		return -1;
	c->names = names;
	names[c->name_count] = text_dup((struct text){folded, len});
	return names[c->name_count] == NULL ? -1 : (int)(c->name_count++, 0);
}

/* An address is a name like any other: clients that send it as one exist. */
static int
add_address(struct certificate *c, const ASN1_OCTET_STRING *address)
{
	int len = ASN1_STRING_length(address);
	char text[INET6_ADDRSTRLEN];

	if (len != 4 && len != 16)
		return 0;
	inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address),
	    text, sizeof(text));
	return add_name(c, text_of(text));
}

static int
add_alternative(struct certificate *c, const GENERAL_NAME *name)
{
	if (name->type == GEN_IPADD)
		return add_address(c, name->d.iPAddress);
	if (name->type != GEN_DNS)
		return 0;
	return add_name(c,
	    (struct text){(const char *)ASN1_STRING_get0_data(name->d.dNSName),
		(size_t)ASN1_STRING_length(name->d.dNSName)});
}

/* The CN counts only where there is no SAN (RFC 6125 6.4.4). */
static int
read_names(struct certificate *c)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(c->leaf, NID_subject_alt_name, NULL, NULL);
	int result = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(all) && result == 0; i++)
		result = add_alternative(c, sk_GENERAL_NAME_value(all, i));
	GENERAL_NAMES_free(all);
	c->common_name = common_name(c->leaf);
	if (c->common_name == NULL)
		return -1;
	if (result == 0 && c->name_count == 0)
		result = add_name(c, text_of(c->common_name));
	return result;
}

/* One whose dates can't be read is never valid: both stay 0. */
static void
read_dates(struct certificate *c)
{
	struct tm begins, expires;

	if (ASN1_TIME_to_tm(X509_get0_notBefore(c->leaf), &begins) != 1 ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(c->leaf), &expires) != 1)
		return;
	c->begins = timegm(&begins);
	c->expires = timegm(&expires);
}

/* True when TLS has a signature for this key; says why not. */
static bool
find_kind(struct certificate *c, const char *path, struct problem *why)
{
	char curve[32] = "";

	switch (EVP_PKEY_get_base_id(c->key)) {
	case EVP_PKEY_RSA:
		c->kind = KEY_RSA;
		return true;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		c->kind = KEY_EDWARDS;
		return true;
	case EVP_PKEY_EC:
		c->kind = KEY_ECDSA;
		EVP_PKEY_get_group_name(c->key, curve, sizeof(curve), NULL);
		if (strcmp(curve, "prime256v1") == 0 ||
		    strcmp(curve, "secp384r1") == 0 ||
		    strcmp(curve, "secp521r1") == 0)
			return true;
		problem_set(why,
		    "the key in '%s' is on the curve %s, which TLS clients "
		    "don't know; use P-256",
		    path, curve);
		return false;
	default:
		problem_set(why,
		    "the key in '%s' is of the kind %s, which TLS clients "
		    "don't know; use RSA or ECDSA",
		    path, EVP_PKEY_get0_type_name(c->key));
		return false;
	}
}

/* The certificate among them that the key belongs to, wherever it stands. */
static X509 *
find_leaf(const STACK_OF(X509) * given, EVP_PKEY *key)
{
	for (int i = 0; i < sk_X509_num(given); i++)
		if (EVP_PKEY_eq(
			X509_get0_pubkey(sk_X509_value(given, i)), key) == 1)
			return sk_X509_value(given, i);
	return NULL;
}

static bool
issued(X509 *issuer, X509 *certificate)
{
	return X509_check_issued(issuer, certificate) == X509_V_OK &&
	    X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

static X509 *
find_issuer(const STACK_OF(X509) * given, X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(given); i++) {
		X509 *other = sk_X509_value(given, i);

		if (X509_cmp(other, certificate) != 0 &&
		    issued(other, certificate))
			return other;
	}
	return NULL;
}

/*
 * Makes the chain of what was given, each certificate behind the one it
 * issued (RFC 8446 4.4.2). The root is left out: a client trusts its own
 * copy or none.
 */
static int
order(struct certificate *c, const STACK_OF(X509) * given, const char *path,
    struct place where, struct problems *problems)
{
	X509 *last = c->leaf;
	bool in_order = sk_X509_value(given, 0) == last;
	int used = 1;

	for (;;) {
		X509 *issuer = find_issuer(given, last);

		/* Two that issue each other would go round for ever. */
		if (issuer == NULL || used == sk_X509_num(given))
			break;
		in_order = in_order && sk_X509_value(given, used) == issuer;
		used++;
		last = issuer;
		if (X509_check_issued(last, last) == X509_V_OK) {
			c->rooted = true;
			break;
		}
		if (!X509_add_cert(c->chain, last, X509_ADD_FLAG_UP_REF))
			return -1;
	}
	if (used < sk_X509_num(given))
		problems_warn(problems, where,
		    "'%s' holds certificates that are no part of the chain "
		    "(%d); they are not sent",
		    path, sk_X509_num(given) - used);
	else if (!in_order)
		problems_warn(problems, where,
		    "the certificates in '%s' are out of order; they are sent "
		    "in the right one: first the server's own, then its "
		    "issuer, and so on",
		    path);
	return 0;
}

static int
read_key(struct certificate *c, struct pem *pem, const struct tls_file *key,
    const char *chain_path, struct problem *why)
{
	struct pem other = {0};

	if (key != NULL) {
		int result = pem_read(&other, key, why);

		EVP_PKEY_free(pem->key);
		pem->key = other.key;
		other.key = NULL;
		pem_clear(&other);
		if (result == -1)
			return -1;
	}
	if (pem->key == NULL && key != NULL) {
		problem_set(why, "there is no private key in '%s'", key->path);
		return -1;
	}
	if (pem->key == NULL) {
		problem_set(why,
		    "there is no private key in '%s'; put it there, or say "
		    "'certificate %s key FILE'",
		    chain_path, chain_path);
		return -1;
	}
	c->key = pem->key;
	pem->key = NULL;
	return 0;
}

static int
read_leaf(struct certificate *c, const struct pem *pem, const char *chain_path,
    const char *key_path, struct problem *why)
{
	char *name;

	c->leaf = find_leaf(pem->certificates, c->key);
	if (c->leaf != NULL) {
		X509_up_ref(c->leaf);
		return 0;
	}
	if (sk_X509_num(pem->certificates) == 0) {
		problem_set(why, "there is no certificate in '%s'", chain_path);
		return -1;
	}
	name = common_name(sk_X509_value(pem->certificates, 0));
	problem_set(why,
	    "the key in '%s' does not fit the certificate of '%s' in '%s'",
	    key_path, name == NULL ? "" : name, chain_path);
	free(name);
	return -1;
}

/* The parts of read that fail with one sentence. */
static int
read_parts(struct certificate *c, struct pem *pem, const struct tls_file *chain,
    const struct tls_file *key, struct problem *why)
{
	const char *key_path = key == NULL ? chain->path : key->path;

	if (pem_read(pem, chain, why) == -1 ||
	    read_key(c, pem, key, chain->path, why) == -1 ||
	    !find_kind(c, key_path, why) ||
	    read_leaf(c, pem, chain->path, key_path, why) == -1)
		return -1;
	c->chain = sk_X509_new_null();
	if (c->chain == NULL || read_names(c) == -1) {
		problem_set(why, "no memory to read '%s'", chain->path);
		return -1;
	}
	read_dates(c);
	return 0;
}

struct certificate *
certificate_read(const struct tls_file *chain, const struct tls_file *key,
    struct place where, struct problems *problems)
{
	struct certificate *c = calloc(1, sizeof(*c));
	unsigned long lacks = tls_library_lacks();
	struct problem why = {0};
	struct pem pem = {0};

	if (c == NULL) {
		problems_add(
		    problems, where, "no memory to read '%s'", chain->path);
		return NULL;
	}
	if (read_parts(c, &pem, chain, key, &why) == 0 &&
	    order(c, pem.certificates, chain->path, where, problems) == -1)
		problem_set(&why, "no memory to read '%s'", chain->path);
	pem_clear(&pem);
	ERR_clear_error();
	if (why.sentence[0] == '\0')
		c->weak = certificate_check_weak(c);
	/* What OpenSSL has no memory for looks to us as if it was not there: a
	 * chain would be cut short, and names be missing. */
	if (tls_library_lacks() != lacks)
		problem_set(&why, "no memory to read '%s'", chain->path);
	if (why.sentence[0] != '\0') {
		problems_add(problems, where, "%s", why.sentence);
		certificate_free(c);
		return NULL;
	}
	certificate_check(c, chain->path, time(NULL), where, problems);
	return c;
}

bool
certificate_is_valid(const struct certificate *certificate, time_t now)
{
	return certificate->begins <= now && now < certificate->expires;
}

int
certificate_use(const struct certificate *certificate, SSL_CTX *context)
{
	return SSL_CTX_use_cert_and_key(context, certificate->leaf,
		   certificate->key, certificate->chain, 1) == 1
	    ? 0
	    : -1;
}
