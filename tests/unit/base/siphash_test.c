/*
 * SipHash-2-4 as the others have it: the values are those of its authors'
 * vectors_sip64, and of
 *     openssl mac -macopt hexkey:000102...0f -macopt size:8 SIPHASH
 */
#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
test_the_values_of_its_authors(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
	    {0, 0x726fdb47dd0e0e31},
	    {1, 0x74f839c593dc67fd},
	    {7, 0xab0200f58b01d137},
	    {8, 0x93f5f5799a932462},
	    {15, 0xa129ca6149be45e5},
	    {16, 0x3f2acc7f57c29bdb},
	    {63, 0x958a324ceb064572},
	};
	unsigned char key[SIPHASH_KEY_BYTES], bytes[64];

	(void)state;
	for (unsigned char i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (unsigned char i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(siphash(key, bytes, rows[i].len) == rows[i].hash);
	key[15] ^= 0x80;
	assert_true(siphash(key, bytes, 16) != 0x3f2acc7f57c29bdb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_values_of_its_authors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
