/*
 * Any bytes as a file with a certificate and its key: they serve, or a
 * sentence says why not.
 */
#include <string.h>

#include "fuzz.h"
#include "tls/tls_listener.h"

static const unsigned char secret[TICKET_SECRET_BYTES];

static void
check_names(const struct tls_listener *listener)
{
	const char *name;

	for (size_t i = 0; (name = tls_listener_name(listener, i)); i++) {
		CHECK(name[0] != '\0');
		CHECK(tls_listener_covers(listener, text_of(name)));
	}
}

static void
check_sentences(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const char *sentence = problems->list[i].sentence;

		CHECK(sentence[0] != '\0');
		CHECK(strstr(sentence, "no memory") == NULL);
	}
}

/* `key` may be NULL: it is in the same file. */
static void
serve(const struct tls_file *chain, const struct tls_file *key)
{
	struct tls_listener *listener = tls_listener_new(TLS_MODERN, secret);
	struct problems problems = {0};

	tls_listener_add(listener, chain, key, (struct place){0}, &problems);
	if (problems.errors == 0) {
		if (tls_listener_ready(
			listener, NULL, (struct place){0}, &problems) == 0)
			check_names(listener);
		else
			CHECK(problems.errors > 0);
	}
	check_sentences(&problems);
	tls_listener_free(listener);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_file file = {"a.pem", {(const char *)data, size}};

	serve(&file, NULL);
	serve(&file, &file);
	return 0;
}
