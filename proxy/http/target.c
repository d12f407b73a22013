#include "http/target.h"

#include <string.h>

#include "http/bytes.h"

/* Takes the next character off the front, decoded if it is an escape. */
static char
take(struct text *path)
{
	char c = path->at[0];
	size_t len = 1;

	if (c == '%' && path->len > 2) {
		unsigned high = byte_digit((unsigned char)path->at[1]);
		unsigned low = byte_digit((unsigned char)path->at[2]);

		if (high < NO_DIGIT && low < NO_DIGIT) {
			c = (char)(high << 4 | low);
			len = 3;
		}
	}
	path->at += len;
	path->len -= len;
	return c == '\\' ? '/' : text_lower(c);
}

/* Where the last segment of a path begins: behind its last slash. */
static size_t
last_segment(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len;
}

/* Ends the last segment; a dot segment goes, `..` with the one before it
 * (RFC 3986 5.2.4). */
static size_t
end_segment(const char *path, size_t len)
{
	size_t begin = last_segment(path, len);
	struct text segment = {path + begin, len - begin};

	if (text_equals(segment, TEXT(".")))
		return begin;
	if (!text_equals(segment, TEXT("..")))
		return len;
	return begin > 1 ? last_segment(path, begin - 1) : begin;
}

size_t
target_path(struct text target, char *to)
{
	struct text path = target;
	size_t len = 0;

	path.len -= target_query(target).len;
	if (path.len > 0 && path.at[path.len - 1] == '?')
		path.len--;
	while (path.len > 0) {
		char c = take(&path);

		if (c == '/')
			len = end_segment(to, len);
		if (c != '/' || len == 0 || to[len - 1] != '/')
			to[len++] = c;
	}
	return end_segment(to, len);
}

struct text
target_query(struct text target)
{
	const char *mark = memchr(target.at, '?', target.len);
	struct text none = {target.at + target.len, 0};

	if (mark == NULL)
		return none;
	mark++;
	return (struct text){mark, (size_t)(target.at + target.len - mark)};
}

bool
target_is_under(struct text path, struct text folder)
{
	if (folder.len > 0 && folder.at[folder.len - 1] == '/')
		folder.len--;
	return text_starts(path, folder) &&
	    (path.len == folder.len || path.at[folder.len] == '/');
}
