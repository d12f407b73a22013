/*
 * Host names and what each of them stands for.
 */
#include "base/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A name from outside may hold a NUL: lengths are compared, never ends. */
struct entry {
	char *name; /* owned; folded */
	size_t len;
	void *stands_for;
};

/* The entries in their order, and a table of their numbers (from 1; 0 is
 * free) by hash: a power of two, at least twice as large as it is full. */
struct names {
	struct entry *entries;
	size_t count, room;
	uint32_t *table;
	size_t slots;
};

struct names *
names_new(void)
{
	return calloc(1, sizeof(struct names));
}

void
names_free(struct names *names)
{
	if (names == NULL)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->entries[i].name);
	free(names->entries);
	free(names->table);
	free(names);
}

size_t
names_fold(struct text name, char *to)
{
	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	if (name.len > NAME_BYTES_MAX)
		name.len = 0;
	for (size_t i = 0; i < name.len; i++)
		to[i] = text_lower(name.at[i]);
	to[name.len] = '\0';
	return name.len;
}

/* FNV-1a. The names in the table are the administrator's own: no stranger
 * can make them collide. */
static uint64_t
hash(const char *name, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3;
	return h ^ h >> 32;
}

/* The slot the folded name is in, or the free one it belongs into. */
static uint32_t *
slot(const struct names *names, const char *name, size_t len)
{
	size_t mask = names->slots - 1;
	size_t i = hash(name, len) & mask;

	while (names->table[i] != 0) {
		const struct entry *other =
		    &names->entries[names->table[i] - 1];

		if (other->len == len && memcmp(other->name, name, len) == 0)
			break;
		i = (i + 1) & mask;
	}
	return &names->table[i];
}

static int
grow(struct names *names)
{
	size_t room = names->room == 0 ? 8 : names->room * 2;
	struct entry *entries;
	uint32_t *table;

	entries = realloc(names->entries, room * sizeof(*entries));
	if (entries == NULL)
		return -1;
	names->entries = entries;
	table = calloc(room * 2, sizeof(*table));
	if (table == NULL)
		return -1;
	free(names->table);
	names->table = table;
	names->slots = room * 2;
	names->room = room;
	for (size_t i = 0; i < names->count; i++) {
		*slot(names, entries[i].name, entries[i].len) =
		    (uint32_t)(i + 1);
	}
	return 0;
}

void **
names_add(struct names *names, struct text name)
{
	char folded[NAME_BYTES_MAX + 1];
	size_t len = names_fold(name, folded);
	struct entry *entry;
	uint32_t *at;

	if (len == 0 || (names->count == names->room && grow(names) == -1))
		return NULL;
	at = slot(names, folded, len);
	if (*at != 0)
		return &names->entries[*at - 1].stands_for;
	entry = &names->entries[names->count];
	entry->name = text_dup((struct text){folded, len});
	entry->len = len;
	entry->stands_for = NULL;
	if (entry->name == NULL)
		return NULL;
	*at = (uint32_t)++names->count;
	return &entry->stands_for;
}

static void *
find(const struct names *names, const char *name, size_t len)
{
	uint32_t number;

	if (len == 0 || names->slots == 0)
		return NULL;
	number = *slot(names, name, len);
	return number == 0 ? NULL : names->entries[number - 1].stands_for;
}

void *
names_find(const struct names *names, struct text name)
{
	char folded[NAME_BYTES_MAX + 1];

	return find(names, folded, names_fold(name, folded));
}

void *
names_cover(const struct names *names, struct text name)
{
	char folded[NAME_BYTES_MAX + 1];
	size_t len = names_fold(name, folded);
	void *is = find(names, folded, len);
	char *rest;

	if (is != NULL)
		return is;
	rest = memchr(folded, '.', len);
	if (rest == NULL || rest == folded)
		return NULL;
	*--rest = '*';
	return find(names, rest, len - (size_t)(rest - folded));
}

const char *
names_at(const struct names *names, size_t i)
{
	return i < names->count ? names->entries[i].name : NULL;
}

void *
names_stands_for(const struct names *names, size_t i)
{
	return i < names->count ? names->entries[i].stands_for : NULL;
}
