/*
 * Bytes that are no bundle are refused, whatever they are.
 */
#include "daemon/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const unsigned char secret[TICKET_SECRET_BYTES] = "the ticket secret";

/* A good bundle with three answers, as bytes on the heap. */
static char *
make_bytes(size_t *len)
{
	struct answers answers = STAILQ_HEAD_INITIALIZER(answers);
	struct problem why;
	const char *mapped;
	char *bytes;
	int fd;

	answers_add(&answers, ASKED_READ, TEXT("/etc/a.pem"), true)->contents =
	    TEXT("certificate");
	answers_add(&answers, ASKED_LIST, TEXT("/etc/*.pem"), true);
	answers_add(&answers, ASKED_RESOLVE, TEXT("cas1:80"), true)->contents =
	    TEXT("10.0.0.1:80\n");
	fd = sealed_write(secret, &answers, &why);
	assert_int_not_equal(fd, -1);
	mapped = sealed_map(fd, len, &why);
	assert_non_null(mapped);
	bytes = malloc(*len);
	memcpy(bytes, mapped, *len);
	sealed_unmap(mapped, *len);
	close(fd);
	answers_clear(&answers);
	return bytes;
}

/* From a copy of just that size, so that a sanitizer sees any step beyond. */
static bool
is_accepted(const char *bytes, size_t len)
{
	struct answers answers = STAILQ_HEAD_INITIALIZER(answers);
	unsigned char found[TICKET_SECRET_BYTES];
	char *copy = malloc(len == 0 ? 1 : len);
	bool accepted;

	memcpy(copy, bytes, len);
	accepted = sealed_read((struct text){copy, len}, found, &answers);
	answers_clear(&answers);
	free(copy);
	return accepted;
}

static void
test_whole_bundle_is_accepted(void **state)
{
	size_t len;
	char *bytes = make_bytes(&len);

	(void)state;
	assert_true(is_accepted(bytes, len));
	free(bytes);
}

static void
test_every_shortened_bundle_is_refused(void **state)
{
	size_t len;
	char *bytes = make_bytes(&len);

	(void)state;
	for (size_t cut = 0; cut < len; cut++)
		assert_false(is_accepted(bytes, cut));
	free(bytes);
}

static void
test_surplus_is_refused(void **state)
{
	size_t len;
	char *bytes = make_bytes(&len);

	(void)state;
	bytes = realloc(bytes, len + 1);
	bytes[len] = 0;
	assert_false(is_accepted(bytes, len + 1));
	free(bytes);
}

/* Each byte takes each of a few values: most lengths become absurd. That none
 * of them leads out of the bytes is the sanitizers' to see. */
static void
test_damaged_bundle_is_never_believed_too_far(void **state)
{
	static const unsigned char values[] = {0, 1, 3, 0x7f, 0x80, 0xff};
	size_t len, refused = 0;
	char *bytes = make_bytes(&len);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		char was = bytes[i];

		for (size_t v = 0; v < sizeof(values); v++) {
			bytes[i] = (char)values[v];
			if (!is_accepted(bytes, len))
				refused++;
		}
		bytes[i] = was;
	}
	assert_true(refused > 0);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_bundle_is_accepted),
	    cmocka_unit_test(test_every_shortened_bundle_is_refused),
	    cmocka_unit_test(test_surplus_is_refused),
	    cmocka_unit_test(test_damaged_bundle_is_never_believed_too_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
