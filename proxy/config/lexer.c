/*
 * Cuts the text of a configuration file into words and marks.
 *
 * `{`, `}` and `;` are marks wherever they stand outside quotes; `#` starts a
 * comment only where a word could start, so that a URL may have one inside.
 */
#include "config/lexer.h"

#include <string.h>

static struct text
rest_of(const struct lexer *lexer)
{
	struct text text = lexer->file->text;

	return (struct text){text.at + lexer->at, text.len - lexer->at};
}

void
lexer_init(struct lexer *lexer, const struct listing *file)
{
	*lexer = (struct lexer){.file = file, .place = {file, 1, 1}};
}

/* Characters, not bytes, make a column. */
static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static char
peek(const struct lexer *lexer)
{
	struct text rest = rest_of(lexer);

	return rest.len == 0 ? '\0' : rest.at[0];
}

static void
step(struct lexer *lexer)
{
	char c = peek(lexer);

	lexer->at++;
	if (c == '\n') {
		lexer->place.line++;
		lexer->place.column = 1;
	} else if (!goes_on(c)) {
		lexer->place.column++;
	}
}

static bool
at_line_end(const struct lexer *lexer)
{
	struct text rest = rest_of(lexer);

	return rest.len == 0 || rest.at[0] == '\n' ||
	    text_starts(rest, TEXT("\r\n"));
}

static bool
is_mark(char c)
{
	return c == '{' || c == '}' || c == ';';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Leaves what cannot be read, a character at least, up to the end of the line;
 * but a `{` at that end still opens a block, or else all of its words would
 * seem misplaced. */
static struct token
give_up(struct lexer *lexer, struct token token, const char *wrong)
{
	struct text rest = rest_of(lexer), line = {rest.at, 0};

	text_split(&rest, '\n', &line);
	if (line.at[line.len - 1] == '\r')
		line.len--;
	line = text_trim(line);
	if (line.at[line.len - 1] == '{')
		line.len--;
	while (rest_of(lexer).at < line.at + line.len)
		step(lexer);
	lexer->wrong = wrong;
	token.kind = TOKEN_WRONG;
	return token;
}

static struct token
read_quoted(struct lexer *lexer, struct token token)
{
	struct lexer start = *lexer;

	step(lexer);
	token.text = (struct text){rest_of(lexer).at, 0};
	while (!at_line_end(lexer) && peek(lexer) != '"')
		step(lexer);
	token.text.len = (size_t)(rest_of(lexer).at - token.text.at);
	if (at_line_end(lexer)) {
		*lexer = start;
		return give_up(lexer, token,
		    "this quote is not closed on its line; a second `\"` is "
		    "missing");
	}
	step(lexer);
	if (!at_line_end(lexer) && !is_blank(peek(lexer)) &&
	    !is_mark(peek(lexer))) {
		token.where = lexer->place;
		return give_up(lexer, token,
		    "a space is missing behind the closing quote");
	}
	return token;
}

/* What word processors and web pages make of plain letters. */
static const struct lookalike {
	const char *bytes;
	const char *wrong;
} lookalikes[] = {
    {"\xc2\xa0", "this is a no-break space; write an ordinary one"},
    {"\xe2\x80\x9c", "this is a typographic quote; write a plain `\"`"},
    {"\xe2\x80\x9d", "this is a typographic quote; write a plain `\"`"},
    {"\xe2\x80\x9e", "this is a typographic quote; write a plain `\"`"},
    {"\xe2\x80\x8b", "an invisible character stands here; delete it"},
    {"\xef\xbb\xbf", "an invisible character stands here; delete it"},
};

static const char *
unreadable(const struct lexer *lexer, bool first)
{
	struct text rest = rest_of(lexer);

	if (rest.at[0] == '"')
		return "a quote stands only around a whole value";
	if (rest.at[0] == '\'' && first)
		return "values are quoted with `\"`, not with `'`";
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(*lookalikes); i++)
		if (text_starts(rest, text_of(lookalikes[i].bytes)))
			return lookalikes[i].wrong;
	return NULL;
}

static struct token
read_word(struct lexer *lexer, struct token token)
{
	token.text = (struct text){rest_of(lexer).at, 0};
	while (!at_line_end(lexer) && !is_blank(peek(lexer)) &&
	    !is_mark(peek(lexer))) {
		const char *wrong = unreadable(lexer, token.text.len == 0);

		if (wrong != NULL) {
			token.where = lexer->place;
			return give_up(lexer, token, wrong);
		}
		step(lexer);
		token.text.len = (size_t)(rest_of(lexer).at - token.text.at);
	}
	return token;
}

static struct token
read_mark(struct lexer *lexer, struct token token)
{
	char c = peek(lexer);

	token.kind = c == '{' ? TOKEN_OPEN
	    : c == '}'        ? TOKEN_CLOSE
			      : TOKEN_SEMICOLON;
	token.text = (struct text){rest_of(lexer).at, 1};
	step(lexer);
	return token;
}

struct token
lexer_next(struct lexer *lexer)
{
	struct token token = {.kind = TOKEN_WORD};

	while (is_blank(peek(lexer)))
		step(lexer);
	if (peek(lexer) == '#')
		while (!at_line_end(lexer))
			step(lexer);
	token.where = lexer->place;
	if (rest_of(lexer).len == 0) {
		token.kind = TOKEN_FILE_END;
		return token;
	}
	if (at_line_end(lexer)) {
		token.kind = TOKEN_LINE_END;
		if (peek(lexer) == '\r')
			step(lexer);
		step(lexer);
		return token;
	}
	if (is_mark(peek(lexer)))
		return read_mark(lexer, token);
	if (peek(lexer) == '"')
		return read_quoted(lexer, token);
	return read_word(lexer, token);
}

/* The bytes of the character at the front of `t`, or 0 if it is no UTF-8
 * (RFC 3629 4; surrogates and overlong forms are not). */
static size_t
character_bytes(struct text t)
{
	static const struct form {
		unsigned char first_min, first_max, second_min, second_max;
		size_t len;
	} forms[] = {
	    {0x00, 0x7f, 0, 0, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *at = (const unsigned char *)t.at;

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct form *f = &forms[i];

		if (at[0] < f->first_min || at[0] > f->first_max)
			continue;
		if (t.len < f->len)
			return 0;
		if (f->len > 1 &&
		    (at[1] < f->second_min || at[1] > f->second_max))
			return 0;
		for (size_t j = 2; j < f->len; j++)
			if (!goes_on(t.at[j]))
				return 0;
		return f->len;
	}
	return 0;
}

static const char *
what_else(struct text text)
{
	if (text_starts(text, TEXT("\xff\xfe")) ||
	    text_starts(text, TEXT("\xfe\xff")))
		return "this file is UTF-16; save it as UTF-8";
	if (text_starts(text, TEXT("\x30\x82")) ||
	    text_starts(text, TEXT("\x30\x80")))
		return "this is no text; it looks like a certificate or PFX "
		       "file";
	return NULL;
}

bool
lexer_can_read(
    const struct listing *file, struct place *where, const char **wrong)
{
	struct lexer lexer;

	lexer_init(&lexer, file);
	*where = lexer.place;
	*wrong = what_else(file->text);
	while (*wrong == NULL && rest_of(&lexer).len > 0) {
		unsigned char c = (unsigned char)peek(&lexer);
		size_t bytes = character_bytes(rest_of(&lexer));

		*where = lexer.place;
		if (bytes == 0)
			*wrong =
			    "this byte is no UTF-8; save the file as UTF-8";
		else if ((c < ' ' && c != '\t' && !at_line_end(&lexer)) ||
		    c == 0x7f)
			*wrong = "a control character stands here; this is no "
				 "text";
		for (; bytes > 0; bytes--)
			step(&lexer);
	}
	return *wrong == NULL;
}
