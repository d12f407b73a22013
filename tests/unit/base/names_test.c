/*
 * Host names and what each of them stands for.
 */
#include "base/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shortage.h"
#include <stdio.h>
#include <string.h>

static int one, two, three;

static struct names *
names_of_three(void)
{
	struct names *names = names_new();

	*names_add(names, TEXT("Mail.Contoso.com.")) = &one;
	*names_add(names, TEXT("*.contoso.com")) = &two;
	*names_add(names, TEXT("contoso.com")) = &three;
	return names;
}

static void
names_are_found_in_any_case(void **state)
{
	struct names *names = names_of_three();

	(void)state;
	assert_ptr_equal(names_find(names, TEXT("mail.contoso.com")), &one);
	assert_ptr_equal(names_find(names, TEXT("MAIL.CONTOSO.COM.")), &one);
	assert_null(names_find(names, TEXT("mail.contoso.co")));
	assert_null(names_find(names, TEXT("mail.contoso.comm")));
	assert_null(names_find(names, TEXT("mail.contoso.com..")));
	assert_null(names_find(names, TEXT("www.contoso.com")));
	assert_null(names_find(names, TEXT("")));
	assert_null(names_find(names, TEXT(".")));
	names_free(names);
}

static void
a_star_stands_for_one_label(void **state)
{
	struct names *names = names_of_three();

	(void)state;
	assert_ptr_equal(names_cover(names, TEXT("www.contoso.com")), &two);
	assert_ptr_equal(names_cover(names, TEXT("mail.contoso.com")), &one);
	assert_ptr_equal(names_cover(names, TEXT("contoso.com")), &three);
	assert_null(names_cover(names, TEXT("a.www.contoso.com")));
	assert_null(names_cover(names, TEXT(".contoso.com")));
	assert_null(names_cover(names, TEXT("www.contoso.com.evil")));
	assert_null(names_cover(names, TEXT("com")));
	assert_null(names_cover(names, TEXT("")));
	names_free(names);
}

static void
names_keep_their_order(void **state)
{
	struct names *names = names_of_three();

	(void)state;
	assert_ptr_equal(*names_add(names, TEXT("CONTOSO.com")), &three);
	assert_string_equal(names_at(names, 0), "mail.contoso.com");
	assert_string_equal(names_at(names, 1), "*.contoso.com");
	assert_string_equal(names_at(names, 2), "contoso.com");
	assert_ptr_equal(names_stands_for(names, 2), &three);
	assert_null(names_at(names, 3));
	assert_null(names_stands_for(names, 3));
	names_free(names);
}

static void
ten_thousand_names_are_kept_apart(void **state)
{
	struct names *names = names_new();
	char name[64];

	(void)state;
	for (uintptr_t i = 1; i <= 10000; i++) {
		int len = snprintf(name, sizeof(name), "n%zu.example", i);

		*names_add(names, (struct text){name, (size_t)len}) = (void *)i;
	}
	for (uintptr_t i = 1; i <= 10000; i++) {
		snprintf(name, sizeof(name), "N%zu.example.", i);
		assert_ptr_equal(names_find(names, text_of(name)), (void *)i);
	}
	assert_null(names_find(names, TEXT("n10001.example")));
	names_free(names);
}

static void
what_is_no_name_is_not_kept(void **state)
{
	struct names *names = names_new();
	char longest[NAME_BYTES_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	assert_null(names_find(names, TEXT("a")));
	assert_null(names_add(names, TEXT("")));
	assert_null(
	    names_add(names, (struct text){longest, NAME_BYTES_MAX + 1}));
	assert_non_null(
	    names_add(names, (struct text){longest, NAME_BYTES_MAX}));
	assert_null(
	    names_cover(names, (struct text){longest, sizeof(longest)}));
	names_free(names);
	names_free(NULL);
}

/* In a table so small, some of them start from the same slot. */
static void
names_that_begin_alike_are_kept_apart(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct names *names = names_new();
		char name[16], longer[32];

		snprintf(name, sizeof(name), "n%d", i);
		for (int j = 0; j < 8; j++) {
			snprintf(longer, sizeof(longer), "n%d%d", i, j);
			*names_add(names, text_of(longer)) = &one;
		}
		assert_null(names_find(names, text_of(name)));
		*names_add(names, text_of(name)) = &two;
		assert_ptr_equal(names_find(names, text_of(name)), &two);
		names_free(names);
	}
}

static bool
keep_many(void *with)
{
	struct names *names = names_new();
	bool all = names != NULL;
	char name[16];

	(void)with;
	for (int i = 0; all && i < 20; i++) {
		void **at;

		snprintf(name, sizeof(name), "n%d", i);
		at = names_add(names, text_of(name));
		if (at != NULL)
			*at = &one;
		all = at != NULL;
		assert_ptr_equal(
		    names_find(names, text_of(name)), all ? &one : NULL);
	}
	names_free(names);
	return all;
}

static void
without_memory_a_name_is_not_kept(void **state)
{
	(void)state;
	shortage_sweep(keep_many, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_found_in_any_case),
	    cmocka_unit_test(a_star_stands_for_one_label),
	    cmocka_unit_test(names_keep_their_order),
	    cmocka_unit_test(ten_thousand_names_are_kept_apart),
	    cmocka_unit_test(what_is_no_name_is_not_kept),
	    cmocka_unit_test(names_that_begin_alike_are_kept_apart),
	    cmocka_unit_test(without_memory_a_name_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
