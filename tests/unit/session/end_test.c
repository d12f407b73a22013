/*
 * The table of ends: every end has a word, and each word is one end's.
 */
#include "session/end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_every_end_has_a_word_and_a_sentence(void **state)
{
	(void)state;
	for (int end = 0; end < ENDS; end++) {
		const struct end_rule *rule = end_rule((enum end)end);

		assert_non_null(rule->name);
		assert_true(rule->name[0] != '\0');
		assert_non_null(rule->sentence);
		assert_true(strlen(rule->sentence) > strlen(rule->name));
	}
}

static void
test_no_word_means_two_ends(void **state)
{
	(void)state;
	for (int a = 0; a < ENDS; a++)
		for (int b = a + 1; b < ENDS; b++)
			assert_string_not_equal(end_rule((enum end)a)->name,
			    end_rule((enum end)b)->name);
}

/* They stand between quotes in one log and in JSON in the other. */
static void
test_words_need_no_escaping(void **state)
{
	(void)state;
	for (int end = 0; end < ENDS; end++)
		for (const char *c = end_rule((enum end)end)->name; *c != '\0';
		     c++)
			assert_true(*c == ' ' || (*c >= 'a' && *c <= 'z'));
}

/* What administrators' scripts and our tests look for. */
static void
test_the_usual_words(void **state)
{
	(void)state;
	assert_string_equal(end_rule(END_ANSWERED)->name, "answered");
	assert_string_equal(end_rule(END_CLIENT_CLOSED)->name, "client closed");
	assert_string_equal(end_rule(END_SERVER_CLOSED)->name, "server closed");
	assert_string_equal(end_rule(END_SERVER_RESET)->name, "server reset");
	assert_string_equal(
	    end_rule(END_HEAD_TOO_LARGE)->name, "head too large");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_end_has_a_word_and_a_sentence),
	    cmocka_unit_test(test_no_word_means_two_ends),
	    cmocka_unit_test(test_words_need_no_escaping),
	    cmocka_unit_test(test_the_usual_words),
	};

	return cmocka_run_group_tests_name("end", tests, NULL, NULL);
}
