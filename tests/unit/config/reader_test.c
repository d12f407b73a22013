/*
 * A configuration is read whole or not at all, however little memory there is.
 */
#include "config_test.h"

#include "shortage.h"

/* Whatever allocates, more names than a table starts with, more words than a
 * statement starts with, and values that are replaced. */
static const char everything[] =
    "workers 3\n"
    "user mailgate\n"
    "log error ./error.log\n"
    "log access off\n"
    "limit connections 100 per-address except 10.0.0.0/8 ::1\n"
    "timeout rpc 2h\n"
    "listen [::1]:443 tls {\n"
    "    certificate chain.pem key mail.key\n"
    "    certificate folder\n"
    "    fallback mail.contoso.com\n"
    "}\n"
    "listen 80 { autodiscover-redirect a.example; otherwise https }\n"
    "exchange cas { server one 10.0.0.11:80; server two [::2]:81 }\n"
    "exchange web { server one 10.0.0.12:80 }\n"
    "site a b c d e f g h i j k l m n o p q r s t u v w x y z { forward cas }\n"
    "site contoso.com { otherwise redirect https://www.contoso.com/ }\n"
    "site www.contoso.com { otherwise forward web }\n"
    "include more.conf\n";

static const char *const lines_of_memory[] = {
    "no memory for the configuration", "no memory for the sites"};

static bool
read_everything(void *with)
{
	struct problems problems;
	struct config *config = memory_config(with, &problems);

	if (config != NULL) {
		assert_int_equal(problems.count, 0);
		config_free(config);
		return true;
	}
	assert_int_equal(problems.errors, 1);
	assert_true(
	    strcmp(problems.list[0].sentence, lines_of_memory[0]) == 0 ||
	    strcmp(problems.list[0].sentence, lines_of_memory[1]) == 0);
	return false;
}

static void
test_a_lack_of_memory_is_the_only_thing_told(void **state)
{
	struct memory memory = {.files = {{"casgate.conf", everything},
				    {"more.conf", "limit head 64k\n"}}};

	(void)state;
	shortage_sweep(read_everything, &memory);
}

/* Mistakes are told as far as memory goes. */
static bool
read_mistakes(void *with)
{
	struct problems problems;

	assert_null(text_config(with, &problems));
	assert_true(problems.errors > 0);
	return !shortage_struck();
}

static void
test_mistakes_are_told_without_memory_too(void **state)
{
	char text[] =
	    "listen 80 {\n  profile old\n}\nlimit what 5\nlimit\n"
	    "exchange cas {\n}\nexchange cas { server cas1 10.0.0.1:80 }\n"
	    "listen 443 tls { certificate a.pem; certificate a.pem }\n"
	    "site a { forward nobody }\nsite a { forward cas }\n";

	(void)state;
	shortage_sweep(read_mistakes, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_lack_of_memory_is_the_only_thing_told),
	    cmocka_unit_test(test_mistakes_are_told_without_memory_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
