/*
 * What the OpenSSL we run with can do.
 */
#include "tls/tls_library.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "base/reserve.h"

static const struct version {
	const char *name;
	int number;
} versions[] = {
    {"TLSv1.0", TLS1_VERSION},
    {"TLSv1.1", TLS1_1_VERSION},
    {"TLSv1.2", TLS1_2_VERSION},
    {"TLSv1.3", TLS1_3_VERSION},
};

/* Suites that only very old clients need, as OpenSSL and as the world calls
 * them. */
static const struct weak {
	const char *list, *name;
} weak[] = {
    {"RC4-SHA", "RC4"},
    {"DES-CBC3-SHA", "3DES"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
has_version(int number)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	bool has = context != NULL &&
	    SSL_CTX_set_min_proto_version(context, number) == 1 &&
	    SSL_CTX_set_max_proto_version(context, number) == 1;

	SSL_CTX_free(context);
	ERR_clear_error();
	return has;
}

static bool
has_suite(const char *list)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	bool has = context != NULL;

	if (has) {
		SSL_CTX_set_security_level(context, 0);
		has = SSL_CTX_set_cipher_list(context, list) == 1;
	}
	SSL_CTX_free(context);
	ERR_clear_error();
	return has;
}

static unsigned long lacks;
static bool started; /* before that an error has no place to be kept in */

/* OpenSSL 3.5 does not say itself that there was no memory, nor always 3.0. For
 * no file it wants memory to tell of an error: that is not told of. */
static void *
tell(void *memory, const char *file)
{
	lacks += memory == NULL;
	if (memory == NULL && file != NULL && started)
		ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE);
	return memory;
}

unsigned long
tls_library_lacks(void)
{
	return lacks;
}

/* As OpenSSL does it by itself: nothing is NULL. */
static void *
allocate(size_t size, const char *file, int line)
{
	(void)line;
	return size == 0 ? NULL : tell(reserve_malloc(size), file);
}

static void *
reallocate(void *at, size_t size, const char *file, int line)
{
	void *memory = reserve_realloc(at, size);

	(void)line;
	return size == 0 ? memory : tell(memory, file);
}

static void
release(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	free(at);
}

int
tls_library_start(void)
{
	if (reserve_matters())
		CRYPTO_set_mem_functions(allocate, reallocate, release);
	/* OpenSSL 3.0 crashes later where its default context is missing. */
	started = OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1 &&
	    OSSL_LIB_CTX_get0_global_default() != NULL;
	ERR_clear_error();
	return started ? 0 : -1;
}

void
tls_library_print(FILE *to)
{
	bool any = false;

	fprintf(to, "%s (built with %s)\n", OpenSSL_version(OPENSSL_VERSION),
	    OPENSSL_VERSION_STR);
	fputs("TLS versions:", to);
	for (size_t i = 0; i < COUNT(versions); i++)
		if (has_version(versions[i].number))
			fprintf(to, " %s", versions[i].name);
	fputs("\nweak suites:", to);
	for (size_t i = 0; i < COUNT(weak); i++) {
		if (!has_suite(weak[i].list))
			continue;
		fprintf(to, " %s", weak[i].name);
		any = true;
	}
	fputs(any ? "\n" : " none (neither RC4 nor 3DES)\n", to);
}

/* Only legacy promises what a library may lack. */
void
tls_library_check(
    enum tls_profile profile, struct place where, struct problems *problems)
{
	if (profile != TLS_LEGACY)
		return;
	for (size_t i = 0; versions[i].number != TLS1_2_VERSION; i++)
		if (!has_version(versions[i].number))
			problems_warn(problems, where,
			    "%s has no %s, which the profile legacy is for",
			    OpenSSL_version(OPENSSL_VERSION), versions[i].name);
	for (size_t i = 0; i < COUNT(weak); i++)
		if (!has_suite(weak[i].list))
			problems_warn(problems, where,
			    "%s has no %s: clients that know nothing better, "
			    "as Windows XP, can't connect",
			    OpenSSL_version(OPENSSL_VERSION), weak[i].name);
}

int
tls_library_random(void *to, size_t len)
{
	return RAND_bytes(to, (int)len) == 1 ? 0 : -1;
}
