/*
 * How text is cut into words and marks.
 */
#include "config_test.h"

#include "config/lexer.h"

/* Writes the tokens as one line: words in <>, ends of lines as "|". */
static const char *
cut(const char *text)
{
	static struct buffer line;
	const struct listing file = {"test", text_of(text)};
	struct lexer lexer;
	struct token token;

	buffer_clear(&line);
	lexer_init(&lexer, &file);
	do {
		token = lexer_next(&lexer);
		switch (token.kind) {
		case TOKEN_WORD:
			buffer_printf(&line, "<%.*s>", TEXT_ARG(token.text));
			break;
		case TOKEN_OPEN:
		case TOKEN_CLOSE:
		case TOKEN_SEMICOLON:
			buffer_add_text(&line, token.text);
			break;
		case TOKEN_LINE_END:
			buffer_add_string(&line, "|");
			break;
		case TOKEN_WRONG:
			buffer_printf(&line, "!%u:%u", token.where.line,
			    token.where.column);
			break;
		case TOKEN_FILE_END:
			break;
		}
	} while (token.kind != TOKEN_FILE_END);
	buffer_add(&line, "", 1);
	return line.at;
}

static void
test_words_and_marks(void **state)
{
	(void)state;
	assert_string_equal(cut(""), "");
	assert_string_equal(cut("a"), "<a>");
	assert_string_equal(cut(" \ta  b\t\n"), "<a><b>|");
	assert_string_equal(cut("a{b c;d}"), "<a>{<b><c>;<d>}");
	assert_string_equal(cut("a\r\nb\r\n"), "<a>|<b>|");
	assert_string_equal(cut("\n\n"), "||");
}

static void
test_comments_start_where_words_could(void **state)
{
	(void)state;
	assert_string_equal(cut("# a { b\nc"), "|<c>");
	assert_string_equal(cut("a # b"), "<a>");
	assert_string_equal(cut("a {# b\n}# c"), "<a>{|}");
	assert_string_equal(cut("http://a/#b"), "<http://a/#b>");
	assert_string_equal(cut("# a\r\nb"), "|<b>");
}

static void
test_quotes(void **state)
{
	(void)state;
	assert_string_equal(cut("\"a b\" c"), "<a b><c>");
	assert_string_equal(cut("\"\""), "<>");
	assert_string_equal(cut("\"{};#'\"}"), "<{};#'>}");
	assert_string_equal(cut("a \"b\nc"), "<a>!1:3|<c>");
	assert_string_equal(cut("\"a\"b\nc"), "!1:4|<c>");
	assert_string_equal(cut("a\"b\"\nc"), "!1:2|<c>");
	assert_string_equal(cut("'a'\n"), "!1:1|");
	assert_string_equal(cut("it's"), "<it's>");
}

static void
test_a_brace_at_the_end_survives_an_open_quote(void **state)
{
	(void)state;
	assert_string_equal(cut("a \"b {\nc\n}"), "<a>!1:3{|<c>|}");
	assert_string_equal(cut("a \"b {\r\nc"), "<a>!1:3{|<c>");
}

static void
test_columns_count_characters(void **state)
{
	(void)state;
	assert_string_equal(cut("\xc3\xa4\xe2\x82\xac \"b\n"), "<ä€>!1:4|");
	assert_string_equal(cut("\n\n  a\xc2\xa0"
				"b"),
	    "||!3:4");
}

static bool
is_text(const char *bytes, size_t len, unsigned line, unsigned column)
{
	const struct listing file = {"test", {bytes, len}};
	struct place where;
	const char *wrong;
	bool is = lexer_can_read(&file, &where, &wrong);

	if (!is) {
		assert_int_equal(where.line, line);
		assert_int_equal(where.column, column);
		assert_non_null(wrong);
	}
	return is;
}

#define IS_TEXT(literal, line, column)                                         \
	is_text(literal, sizeof(literal) - 1, line, column)

static void
test_what_is_text(void **state)
{
	(void)state;
	assert_true(IS_TEXT("", 0, 0));
	assert_true(IS_TEXT("a\tb\r\n\xc3\xa4\xf0\x9f\x93\xa7", 0, 0));
	assert_false(IS_TEXT("a\nb\0c", 2, 2));
	assert_false(IS_TEXT("a\x7f", 1, 2));
	assert_false(IS_TEXT("a\rb", 1, 2));
	assert_false(IS_TEXT("a\r", 1, 2));
	assert_false(IS_TEXT("\xe4", 1, 1));
	assert_false(IS_TEXT("ab\xc3", 1, 3));
	assert_false(IS_TEXT("\xc0\x80", 1, 1));         /* overlong */
	assert_false(IS_TEXT("\xed\xa0\x80", 1, 1));     /* a surrogate */
	assert_false(IS_TEXT("\xf4\x90\x80\x80", 1, 1)); /* above U+10FFFF */
}

static void
test_what_is_a_character_is_exact(void **state)
{
	(void)state;
	assert_true(IS_TEXT("\xc2\x80\xe1\x80\x80\xf1\x80\x80\x80", 0, 0));
	assert_false(IS_TEXT("\xc2\xc0", 1, 1));
	assert_false(IS_TEXT("\xe2\x7f\x80", 1, 1));
	assert_false(IS_TEXT("\xe2\x82x", 1, 1));
	assert_false(IS_TEXT("\xf0\x9f\x93", 1, 1));
	assert_false(IS_TEXT("\xf0\x9f\x93x", 1, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_and_marks),
	    cmocka_unit_test(test_comments_start_where_words_could),
	    cmocka_unit_test(test_quotes),
	    cmocka_unit_test(test_a_brace_at_the_end_survives_an_open_quote),
	    cmocka_unit_test(test_columns_count_characters),
	    cmocka_unit_test(test_what_is_text),
	    cmocka_unit_test(test_what_is_a_character_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
