/*
 * What the tests of http share: cmocka, and bytes of a literal that may hold
 * NUL.
 */
#ifndef CASGATE_HTTP_TEST_H
#define CASGATE_HTTP_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "http/guard.h"

#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define assert_text_equal(t, expected)                                         \
	do {                                                                   \
		struct text wanted_ = text_of(expected);                       \
		struct text got_ = (t);                                        \
		if (!text_equals(got_, wanted_))                               \
			fail_msg("\"%.*s\" is not \"%.*s\"", TEXT_ARG(got_),   \
			    TEXT_ARG(wanted_));                                \
	} while (0)

static const struct guard_limits default_limits = {131072, 128, 16384};

#endif
