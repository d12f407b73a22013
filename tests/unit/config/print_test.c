/*
 * What -T and -H print.
 */
#include "config_test.h"

#include <jansson.h>
#include <unistd.h>

#include "config/grammar.h"

#define EVERYTHING                                                             \
	"workers 3\n"                                                          \
	"user mailgate\n"                                                      \
	"log error \"/var/log/cas gate/error.log\"\n"                          \
	"log access /var/log/casgate/access.log combined\n"                    \
	"limit connections 5000\n"                                             \
	"limit connections 64 per-address except 10.0.0.0/8 ::1\n"             \
	"limit handshakes 5/s per-address\n"                                   \
	"limit head 64k\n"                                                     \
	"timeout rpc 90m\n"                                                    \
	"listen [::1]:443 tls {\n"                                             \
	"    certificate /tls/chain.pem key /tls/mail.key\n"                   \
	"    certificate \"/tls/a {b}; #c\"\n"                                 \
	"    fallback refuse\n"                                                \
	"    profile modern\n"                                                 \
	"}\n"                                                                  \
	"listen 10.0.0.1:443 tls { certificate /tls/mail.pem }\n"              \
	"listen 81\n"                                                          \
	"listen 80 { autodiscover-redirect a.example; otherwise https }\n"     \
	"exchange cas { server one 10.0.0.11:80; server two [::2]:81 }\n"      \
	"exchange web { server web www.contoso.com:80 }\n"                     \
	"site mail.contoso.com * { forward cas }\n"                            \
	"site contoso.com { otherwise redirect https://www.contoso.com/ }\n"   \
	"site www.contoso.com { otherwise forward web }\n"                     \
	"sandbox off\n"

static char *
print(const struct config *config,
    void (*print_to)(const struct config *, FILE *))
{
	char *printed = NULL;
	size_t size;
	FILE *to = open_memstream(&printed, &size);

	print_to(config, to);
	fclose(to);
	return printed;
}

/* Less the remarks, which tell other lines. */
static void
strip_remarks(char *text)
{
	char *to = text;

	for (char *at = text; *at != '\0'; at++) {
		if (strncmp(at, " # ", 3) == 0)
			at += strcspn(at, "\n");
		while (*at == '\n' && to > text && to[-1] == ' ')
			to--;
		*to++ = *at;
	}
	*to = '\0';
}

static void
test_what_is_printed_reads_back_the_same(void **state)
{
	struct config *config = right_config(EVERYTHING);
	char *first = print(config, config_print), *second;

	(void)state;
	config_free(config);
	config = right_config(first);
	second = print(config, config_print);
	config_free(config);
	strip_remarks(first);
	strip_remarks(second);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void
test_every_word_is_printed(void **state)
{
	struct config *config = right_config(EVERYTHING);
	char *printed = print(config, config_print);

	(void)state;
	config_free(config);
	for (size_t i = 0; i < grammar_count; i++)
		if (strcmp(grammar[i].name, "include") != 0)
			assert_non_null(strstr(printed, grammar[i].name));
	free(printed);
}

static bool
has_line(const char *printed, const char *start, const char *end)
{
	const char *line = strstr(printed, start);

	if (line == NULL)
		return false;
	line += strcspn(line, "\n");
	return strncmp(line - strlen(end), end, strlen(end)) == 0;
}

static void
test_each_value_tells_where_it_is_from(void **state)
{
	struct config *config = right_config(EVERYTHING);
	char *printed = print(config, config_print);

	(void)state;
	config_free(config);
	assert_true(has_line(printed, "workers 3", " # casgate.conf:1"));
	assert_true(has_line(printed, "timeout rpc 90m", " # casgate.conf:9"));
	assert_true(has_line(printed, "timeout ews 35m", " # default"));
	assert_true(has_line(printed, "    profile modern", "casgate.conf:14"));
	assert_true(has_line(printed, "sandbox off", "casgate.conf:24"));
	assert_true(has_line(printed, "    profile intermediate", "# default"));
	free(printed);
}

static void
test_relative_paths_are_printed_whole(void **state)
{
	struct config *config =
	    right_config("listen 443 tls { certificate a.pem }\n"
			 "site * { otherwise 404 }\nlog error ./e.log\n");
	char *printed = print(config, config_print);
	char here[1000], expected[1100];

	(void)state;
	config_free(config);
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(expected, sizeof(expected), "certificate %s/a.pem", here);
	assert_non_null(strstr(printed, expected));
	snprintf(expected, sizeof(expected), "log error %s/./e.log", here);
	assert_non_null(strstr(printed, expected));
	free(printed);
}

static void
test_json(void **state)
{
	struct config *config = right_config(EVERYTHING);
	char *printed = print(config, config_print_json);
	json_t *all = json_loads(printed, 0, NULL);
	const char *address, *file, *from, *target, *silence_from;
	int port, workers, silence, tls, fallback_is_null;
	json_t *connections;
	int sandbox;

	(void)state;
	config_free(config);
	free(printed);
	assert_non_null(all);
	assert_int_equal(
	    json_unpack(all, "{s:{s:b}}", "sandbox", "value", &sandbox), 0);
	assert_false(sandbox);
	assert_int_equal(
	    json_unpack(all, "{s:s, s:{s:i, s:s}, s:{s:{s:i, s:s}}, s:{s:o}}",
		"file", &file, "workers", "value", &workers, "from", &from,
		"timeout", "ews", "seconds", &silence, "from", &silence_from,
		"limit", "connections", &connections),
	    0);
	assert_string_equal(file, "casgate.conf");
	assert_int_equal(workers, 3);
	assert_string_equal(from, "casgate.conf:1");
	assert_int_equal(silence, 2100);
	assert_string_equal(silence_from, "default");
	assert_int_equal(
	    json_unpack(json_array_get(json_object_get(all, "listen"), 0),
		"{s:s, s:i, s:b}", "address", &address, "port", &port, "tls",
		&tls),
	    0);
	assert_string_equal(address, "::1");
	assert_int_equal(port, 443);
	assert_true(tls);
	fallback_is_null = json_is_null(json_object_get(
	    json_object_get(
		json_array_get(json_object_get(all, "listen"), 1), "fallback"),
	    "value"));
	assert_true(fallback_is_null);
	assert_int_equal(
	    json_unpack(json_array_get(json_object_get(all, "site"), 1),
		"{s:{s:s}}", "otherwise", "target", &target),
	    0);
	assert_string_equal(target, "https://www.contoso.com/");
	json_decref(all);
}

static char *
help(const char *word, int expected)
{
	char *printed = NULL;
	size_t size;
	FILE *to = open_memstream(&printed, &size);
	int result = config_help(word, to);

	fclose(to);
	assert_int_equal(result, expected);
	return printed;
}

static void
test_help_has_a_line_for_each_word(void **state)
{
	char *printed = help(NULL, 0);
	size_t lines = 0;

	(void)state;
	for (const char *c = printed; *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, grammar_count);
	for (const char *line = printed; *line != '\0';) {
		assert_true(strcspn(line, "\n") <= 79);
		line += strcspn(line, "\n") + 1;
	}
	free(printed);
}

static void
test_help_for_a_word(void **state)
{
	char *printed = help("Fallback", 0);

	(void)state;
	assert_memory_equal(printed, "fallback NAME | refuse\n", 23);
	free(printed);
	printed = help("timeout ews", 0);
	assert_non_null(strstr(printed, "Default: 35m."));
	assert_null(strstr(printed, "timeout rpc"));
	free(printed);
	printed = help("timeout", 0);
	assert_non_null(strstr(printed, "timeout rpc"));
	free(printed);
	printed = help("server", 0);
	assert_non_null(strstr(
	    printed, "Stands inside `exchange { }`, as often as wanted.\n"));
	free(printed);
	printed = help("forward", 0);
	assert_non_null(strstr(
	    printed, "Stands inside `site { }` or a plain `listen { }`.\n"));
	free(printed);
	printed = help("xyzzy", -1);
	assert_string_equal(printed, "unknown word 'xyzzy'\n");
	free(printed);
	printed = help("lisetn", -1);
	assert_string_equal(
	    printed, "unknown word 'lisetn'; did you mean 'listen'?\n");
	free(printed);
}

static void
test_what_is_off_is_printed_as_off(void **state)
{
	struct config *config = right_config("listen 80 { otherwise 404 }\n"
					     "log access off\nuser \"\"\n");
	char *printed = print(config, config_print);

	(void)state;
	config_free(config);
	assert_true(has_line(printed, "log access off", " # casgate.conf:2"));
	assert_true(has_line(printed, "user \"\"", " # casgate.conf:3"));
	assert_null(strstr(printed, "log access off exchange"));
	free(printed);
}

static void
test_a_long_line_has_its_remark_behind_it(void **state)
{
	struct config *config = right_config(
	    "listen 80 { otherwise redirect https://www.contoso.com/a/path/"
	    "longer/than/what/stands/before/the/remarks }\n");
	char *printed = print(config, config_print);

	(void)state;
	config_free(config);
	assert_non_null(strstr(printed, "the/remarks # casgate.conf:1\n"));
	free(printed);
}

/* It may have been removed meanwhile. */
static void
test_without_a_current_folder_paths_stay_as_they_are(void **state)
{
	struct config *config = right_config(
	    "listen 80 { otherwise 404 }\nlog error ./error.log\n");
	char folder[] = "/tmp/casgate-test-XXXXXX", *printed;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(rmdir(folder), 0);
	printed = print(config, config_print);
	assert_int_equal(chdir("/"), 0);
	config_free(config);
	assert_non_null(strstr(printed, "log error ./error.log"));
	free(printed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_printed_reads_back_the_same),
	    cmocka_unit_test(test_every_word_is_printed),
	    cmocka_unit_test(test_each_value_tells_where_it_is_from),
	    cmocka_unit_test(test_relative_paths_are_printed_whole),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_help_has_a_line_for_each_word),
	    cmocka_unit_test(test_help_for_a_word),
	    cmocka_unit_test(test_what_is_off_is_printed_as_off),
	    cmocka_unit_test(test_a_long_line_has_its_remark_behind_it),
	    cmocka_unit_test(
		test_without_a_current_folder_paths_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
