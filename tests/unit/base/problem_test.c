/*
 * What went wrong, for the person who has to mend it.
 */
#include "base/problem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct listing file = {
    "casgate.conf",
    TEXT("site {\n"
	 "  # caf\xc3\xa9\r\n"
	 "\tlisten caf\xc3\xa9 443;\n"
	 "}\n"),
};
static const struct place here = {&file, 3, 14};

static void
test_a_sentence(void **state)
{
	struct problem why;

	(void)state;
	memset(&why, 'x', sizeof(why));
	problem_set(&why, "port %d is not a port", 70000);
	assert_string_equal(why.sentence, "port 70000 is not a port");
	assert_int_equal(why.where.line, 0);
	assert_string_equal(why.excerpt, "");
	assert_false(why.warning);
	problem_set(NULL, "nobody asks");
}

static void
test_the_text_of_errno(void **state)
{
	struct problem why;

	(void)state;
	errno = ENOENT;
	problem_errno(&why, "mail.key");
	assert_string_equal(
	    why.sentence, "mail.key: No such file or directory");
}

static void
test_a_long_sentence_is_cut_off(void **state)
{
	struct problem why;
	char name[2000];

	(void)state;
	memset(name, 'n', sizeof(name));
	problem_set(&why, "%.*s", (int)sizeof(name), name);
	assert_int_equal(strlen(why.sentence), sizeof(why.sentence) - 1);
}

static void
test_errors_and_warnings_are_listed(void **state)
{
	static struct problems all;

	(void)state;
	problems_add(&all, here, "no such keyword: %s", "lissten");
	problems_warn(&all, here, "expires soon");
	assert_int_equal(all.count, 2);
	assert_int_equal(all.errors, 1);
	assert_string_equal(all.list[0].sentence, "no such keyword: lissten");
	assert_int_equal(all.list[0].where.line, 3);
	assert_int_equal(all.list[0].where.column, 14);
	assert_string_equal(all.list[0].where.file, "casgate.conf");
	assert_false(all.list[0].warning);
	assert_true(all.list[1].warning);
}

static void
test_the_list_is_cut_off_and_errors_count_on(void **state)
{
	static struct problems all;

	(void)state;
	for (int i = 0; i < 50; i++)
		problems_add(&all, here, "error %d", i);
	problems_warn(&all, here, "too late");
	assert_int_equal(all.count, PROBLEMS_MAX);
	assert_int_equal(all.errors, 50);
	assert_string_equal(all.list[0].sentence, "error 0");
	assert_string_equal(all.list[PROBLEMS_MAX - 1].sentence, "error 19");
}

static void
test_an_error_drives_out_a_warning(void **state)
{
	static struct problems all;

	(void)state;
	for (int i = 0; i < 50; i++)
		problems_warn(&all, here, "warning %d", i);
	problems_add(&all, here, "the reason");
	assert_int_equal(all.count, PROBLEMS_MAX);
	assert_int_equal(all.errors, 1);
	assert_string_equal(all.list[PROBLEMS_MAX - 1].sentence, "the reason");
	assert_false(all.list[PROBLEMS_MAX - 1].warning);
	assert_string_equal(all.list[0].sentence, "warning 0");
}

/* A column is a character, so the caret stands below its own: here "443". */
static void
test_a_caret_stands_below_its_character(void **state)
{
	static struct problems all;
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	problems_add(&all, here, "not an address");
	problem_print(&all.list[0], to);
	fclose(to);
	assert_string_equal(text,
	    "casgate.conf:3:14: not an address\n"
	    "    \tlisten caf\xc3\xa9 443;\n"
	    "    \t            ^\n");
	free(text);
}

static void
test_a_long_line_is_shown_around_its_place(void **state)
{
	static struct problems all;
	char line[1000];
	struct listing long_file = {"long.conf", {line, sizeof(line)}};

	(void)state;
	memset(line, 'a', sizeof(line));
	line[500] = 'X';
	problems_add(&all, (struct place){&long_file, 1, 501}, "X");
	assert_int_equal(all.list[0].excerpt[all.list[0].caret], 'X');
	assert_true(strlen(all.list[0].excerpt) < 100);
	memset(line, '\n', sizeof(line));
	assert_int_equal(all.list[0].excerpt[all.list[0].caret], 'X');
}

static void
test_a_place_past_the_end_shows_the_last_line(void **state)
{
	static struct problems all;

	(void)state;
	problems_add(&all, (struct place){&file, 5, 1}, "unexpected end");
	assert_string_equal(all.list[0].excerpt, "}");
	problems_add(&all, (struct place){0}, "no place");
	assert_int_equal(all.list[1].where.line, 0);
}

static void
test_errors_that_are_not_shown_are_told(void **state)
{
	static struct problems all;
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	problems_warn(&all, (struct place){0}, "old");
	for (int i = 0; i < 25; i++)
		problems_add(&all, (struct place){0}, "error %d", i);
	problems_print(&all, to);
	fclose(to);
	assert_non_null(strstr(text, "casgate: error 18\n"));
	assert_non_null(strstr(text, "casgate: 5 more errors are not shown\n"));
	free(text);
}

/* What is printed of them. */
static char *
printed(const struct problems *all)
{
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	problems_print(all, to);
	fclose(to);
	return text;
}

static void
test_a_warning_says_that_it_is_one(void **state)
{
	static struct problems all;
	char *text;

	(void)state;
	problems_warn(&all, (struct place){0}, "expires soon");
	text = printed(&all);
	assert_string_equal(text, "casgate: warning: expires soon\n");
	free(text);
}

static void
test_a_place_near_the_start_shows_the_start_of_a_long_line(void **state)
{
	static struct problems all;
	char line[1000];
	struct listing long_file = {"long.conf", {line, sizeof(line)}};

	(void)state;
	memset(line, 'a', sizeof(line));
	line[0] = 'X';
	problems_add(&all, (struct place){&long_file, 1, 3}, "a");
	assert_int_equal(all.list[0].excerpt[0], 'X');
	assert_int_equal(all.list[0].caret, 2);
	assert_non_null(strstr(all.list[0].excerpt, "aaa..."));
}

/* Wherever it is cut, the caret stays below its own character. */
static void
test_a_long_line_is_cut_between_characters(void **state)
{
	char line[1000];
	struct listing long_file = {"long.conf", {line, sizeof(line)}};

	(void)state;
	for (size_t i = 0; i + 2 <= sizeof(line); i += 2)
		memcpy(line + i, "\xc3\xa4", 2);
	for (size_t place = 500; place < 502; place++) {
		struct problems all = {0};
		const char *shown = all.list[0].excerpt;

		line[500] = line[501] = 'X';
		problems_add(&all,
		    (struct place){&long_file, 1, (unsigned)place - 249}, "X");
		assert_memory_equal(shown, "...\xc3\xa4", 5);
		assert_memory_equal(
		    shown + strlen(shown) - 5, "\xc3\xa4...", 5);
		assert_int_equal(all.list[0].caret, 3 + 24);
	}
}

/* It goes to terminals, and may be anything: a binary file, say. */
static void
test_control_characters_are_shown_as_question_marks(void **state)
{
	static struct problems all;
	static const struct listing odd = {
	    "odd.conf", TEXT("a\tb\x1b[2J\x7f!\0lost")};
	char *text;

	(void)state;
	problems_add(&all, (struct place){&odd, 1, 12}, "odd");
	text = printed(&all);
	assert_string_equal(text,
	    "odd.conf:1:12: odd\n"
	    "    a\tb?[2J?!\n"
	    "     \t         ^\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_sentence),
	    cmocka_unit_test(test_the_text_of_errno),
	    cmocka_unit_test(test_a_long_sentence_is_cut_off),
	    cmocka_unit_test(test_errors_and_warnings_are_listed),
	    cmocka_unit_test(test_the_list_is_cut_off_and_errors_count_on),
	    cmocka_unit_test(test_an_error_drives_out_a_warning),
	    cmocka_unit_test(test_a_caret_stands_below_its_character),
	    cmocka_unit_test(test_a_long_line_is_shown_around_its_place),
	    cmocka_unit_test(test_a_place_past_the_end_shows_the_last_line),
	    cmocka_unit_test(test_errors_that_are_not_shown_are_told),
	    cmocka_unit_test(test_a_warning_says_that_it_is_one),
	    cmocka_unit_test(
		test_a_place_near_the_start_shows_the_start_of_a_long_line),
	    cmocka_unit_test(test_a_long_line_is_cut_between_characters),
	    cmocka_unit_test(
		test_control_characters_are_shown_as_question_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
