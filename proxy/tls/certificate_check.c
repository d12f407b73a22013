/*
 * What is doubtful about a certificate.
 */
#include "tls/certificate_check.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

#define DAY_S 86400
#define RSA_BITS_MIN 2048
#define ECDSA_BITS_MIN 224

static const char *
weak_signature(const X509 *certificate)
{
	int digest = NID_undef;

	if (X509_get_signature_info(
		(X509 *)certificate, &digest, NULL, NULL, NULL) != 1)
		return NULL;
	if (digest == NID_sha1 || digest == NID_md5)
		return digest == NID_sha1 ? "SHA-1" : "MD5";
	return NULL;
}

static bool
weak_key(const X509 *certificate, int *bits)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);

	if (key == NULL) /* of a kind that OpenSSL does not know */
		return false;
	*bits = EVP_PKEY_get_bits(key);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return *bits < RSA_BITS_MIN;
	case EVP_PKEY_EC:
		return *bits < ECDSA_BITS_MIN;
	default:
		return false;
	}
}

/* The leaf (0) and those in the chain. */
static X509 *
link_at(const struct certificate *c, int i)
{
	return i == 0 ? c->leaf : sk_X509_value(c->chain, i - 1);
}

bool
certificate_check_weak(const struct certificate *c)
{
	int bits;

	for (int i = 0; link_at(c, i) != NULL; i++)
		if (weak_key(link_at(c, i), &bits) ||
		    weak_signature(link_at(c, i)) != NULL)
			return true;
	return false;
}

static void
check_strength(const X509 *certificate, const char *what, struct place where,
    struct problems *problems)
{
	const char *signature = weak_signature(certificate);
	int bits;

	if (weak_key(certificate, &bits))
		problems_warn(problems, where,
		    "%s has a weak key of %d bits; clients refuse RSA below "
		    "%d bits",
		    what, bits, RSA_BITS_MIN);
	if (signature != NULL)
		problems_warn(problems, where,
		    "%s has a weak signature, %s; clients refuse it", what,
		    signature);
}

static void
check_dates(const X509 *certificate, const char *what, time_t now,
    struct place where, struct problems *problems)
{
	struct tm from, to;
	char date[16] = "";
	time_t expires;

	if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &from) != 1 ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &to) != 1) {
		problems_warn(problems, where,
		    "%s has dates that can't be read; clients refuse it", what);
		return;
	}
	if (timegm(&from) > now) {
		strftime(date, sizeof(date), "%Y-%m-%d", &from);
		problems_warn(problems, where,
		    "%s is not valid before %s; clients refuse it until then",
		    what, date);
	}
	expires = timegm(&to);
	strftime(date, sizeof(date), "%Y-%m-%d", &to);
	if (expires <= now)
		problems_warn(problems, where,
		    "%s expired on %s; clients refuse it", what, date);
	else if (expires - now < EXPIRY_WARNING_DAYS * DAY_S)
		problems_warn(problems, where, "%s expires in %lld days, on %s",
		    what, (long long)(expires - now) / DAY_S, date);
}

/*
 * Whether the issuer that is missing is a root, which nobody sends, can't be
 * seen: an issuer of intermediates usually is one, an issuer of servers'
 * certificates is not.
 */
static void
check_chain(const struct certificate *c, const char *what, const char *path,
    struct place where, struct problems *problems)
{
	char issuer[128] = "";

	if (X509_check_issued(c->leaf, c->leaf) == X509_V_OK) {
		problems_warn(problems, where,
		    "%s is self-signed; clients trust it only where it was "
		    "installed by hand",
		    what);
		return;
	}
	if (c->rooted || sk_X509_num(c->chain) > 0)
		return;
	X509_NAME_get_text_by_NID(X509_get_issuer_name(c->leaf), NID_commonName,
	    issuer, sizeof(issuer));
	problems_warn(problems, where,
	    "the chain in '%s' is incomplete: the certificate of its issuer "
	    "'%s' is missing; add it behind the server's own, unless it is a "
	    "root that clients have",
	    path, issuer);
}

static void
describe(X509 *certificate, const char *path, char *what, size_t size)
{
	char name[128] = "";

	X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
	    NID_commonName, name, sizeof(name));
	snprintf(what, size, "the certificate of '%s' in '%s'", name, path);
}

void
certificate_check(const struct certificate *c, const char *path, time_t now,
    struct place where, struct problems *problems)
{
	char what[400];

	for (int i = 0; link_at(c, i) != NULL; i++) {
		describe(link_at(c, i), path, what, sizeof(what));
		check_dates(link_at(c, i), what, now, where, problems);
		check_strength(link_at(c, i), what, where, problems);
	}
	describe(c->leaf, path, what, sizeof(what));
	check_chain(c, what, path, where, problems);
	if (c->name_count == 0)
		problems_warn(problems, where,
		    "%s names no host; no client will accept it", what);
	if ((X509_get_extended_key_usage(c->leaf) & XKU_SSL_SERVER) == 0)
		problems_warn(problems, where,
		    "%s is not meant for servers (extended key usage); "
		    "clients refuse it",
		    what);
}
