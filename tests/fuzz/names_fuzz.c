/*
 * Names of hosts, each found as a plain list would find it: lines that begin
 * with '+' are names that are added, all others are asked for.
 */
#include <string.h>

#include "base/names.h"
#include "fuzz.h"

#define ADDED_MAX 64

struct added {
	char name[NAME_BYTES_MAX + 1];
	size_t len;
};

static struct added added[ADDED_MAX];
static size_t added_count;

static struct added *
look_for(struct text name)
{
	for (size_t i = 0; i < added_count; i++)
		if (text_equals(
			(struct text){added[i].name, added[i].len}, name))
			return &added[i];
	return NULL;
}

static struct text
fold(struct text name, char *to)
{
	struct text folded = {to, names_fold(name, to)};

	CHECK(folded.len <= NAME_BYTES_MAX && to[folded.len] == '\0');
	for (size_t i = 0; i < folded.len; i++)
		CHECK(to[i] < 'A' || to[i] > 'Z');
	return folded;
}

static void
add(struct names *names, struct text name)
{
	char to[NAME_BYTES_MAX + 1];
	struct text folded = fold(name, to);
	struct added *one = look_for(folded);
	void **at;

	if (added_count == ADDED_MAX)
		return;
	at = names_add(names, name);
	CHECK((at == NULL) == (folded.len == 0));
	if (at == NULL)
		return;
	CHECK(*at == one);
	if (one == NULL) {
		*at = one = &added[added_count++];
		memcpy(one->name, folded.at, folded.len);
		one->len = folded.len;
	}
}

/* "*.contoso.com" for one label in place of the star. */
static struct added *
look_for_wildcard(struct text folded)
{
	char star[NAME_BYTES_MAX + 1] = "*";
	const char *dot = memchr(folded.at, '.', folded.len);
	size_t len;

	if (dot == NULL || dot == folded.at)
		return NULL;
	len = folded.len - (size_t)(dot - folded.at);
	memcpy(star + 1, dot, len);
	return look_for((struct text){star, len + 1});
}

static void
ask(const struct names *names, struct text name)
{
	char to[NAME_BYTES_MAX + 1];
	struct text folded = fold(name, to);
	struct added *is = look_for(folded);

	CHECK(names_find(names, name) == is);
	if (is == NULL)
		is = look_for_wildcard(folded);
	CHECK(names_cover(names, name) == is);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size}, line;
	struct names *names = names_new();

	added_count = 0;
	while (text_split(&rest, '\n', &line))
		if (text_starts(line, TEXT("+")))
			add(names, (struct text){line.at + 1, line.len - 1});
		else
			ask(names, line);
	for (size_t i = 0; i < added_count; i++)
		CHECK(names_stands_for(names, i) == &added[i]);
	CHECK(names_at(names, added_count) == NULL);
	names_free(names);
	return 0;
}
