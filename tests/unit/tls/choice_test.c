/*
 * Which of several certificates for the same name is taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/text.h"
#include "tls/certificates.h"

#define NOW 1000000

static struct certificate *
certificate(const char *name, enum key_kind kind, time_t begins, time_t expires)
{
	struct certificate *one = calloc(1, sizeof(*one));

	one->kind = kind;
	one->begins = begins;
	one->expires = expires;
	one->names = calloc(1, sizeof(char *));
	one->names[0] = text_dup(text_of(name));
	one->name_count = 1;
	return one;
}

/* Adds both, in that order; true if the second is taken for its name. */
static bool
takes_second(struct certificate *first, struct certificate *second)
{
	struct certificates all;
	const struct choice *choice;
	bool taken;

	assert_int_equal(certificates_init(&all), 0);
	assert_int_equal(certificates_add(&all, first, NOW), 0);
	assert_int_equal(certificates_add(&all, second, NOW), 0);
	choice = certificates_choose(&all, text_of(second->names[0]));
	assert_non_null(choice);
	taken = choice->of[second->kind] == second;
	assert_ptr_equal(
	    certificates_choose(&all, text_of(first->names[0])), all.first);
	certificates_clear(&all);
	return taken;
}

static bool
takes_second_of(
    time_t begins, time_t expires, time_t then_begins, time_t then_expires)
{
	return takes_second(certificate("a", KEY_RSA, begins, expires),
	    certificate("a", KEY_RSA, then_begins, then_expires));
}

static void
the_one_that_lasts_longer_is_taken(void **state)
{
	(void)state;
	assert_true(takes_second_of(1, NOW + 1, 1, NOW + 2));
	assert_false(takes_second_of(1, NOW + 2, 1, NOW + 1));
}

static void
of_equals_the_first_is_taken(void **state)
{
	(void)state;
	assert_false(takes_second_of(1, NOW + 1, 2, NOW + 1));
}

static void
one_that_is_valid_is_taken_before_one_that_is_not(void **state)
{
	(void)state;
	/* expired */
	assert_true(takes_second_of(1, NOW, 1, NOW + 1));
	assert_false(takes_second_of(1, NOW + 1, 1, NOW));
	/* not valid yet, though it lasts longer */
	assert_false(takes_second_of(1, NOW + 1, NOW + 1, NOW + 9));
	assert_true(takes_second_of(NOW + 1, NOW + 9, 1, NOW + 1));
	/* from this very second on */
	assert_true(takes_second_of(1, NOW + 1, NOW, NOW + 9));
	/* Where none is, the one that lasted longer. */
	assert_true(takes_second_of(1, NOW - 2, 1, NOW - 1));
	assert_false(takes_second_of(1, NOW - 1, 1, NOW - 2));
}

static void
kinds_of_key_and_names_do_not_compete(void **state)
{
	(void)state;
	assert_true(takes_second(certificate("a", KEY_RSA, 1, NOW + 9),
	    certificate("a", KEY_ECDSA, 1, NOW + 1)));
	assert_true(takes_second(certificate("a", KEY_RSA, 1, NOW + 9),
	    certificate("b", KEY_RSA, 1, NOW + 1)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_one_that_lasts_longer_is_taken),
	    cmocka_unit_test(of_equals_the_first_is_taken),
	    cmocka_unit_test(one_that_is_valid_is_taken_before_one_that_is_not),
	    cmocka_unit_test(kinds_of_key_and_names_do_not_compete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
