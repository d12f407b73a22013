/*
 * Host names and what each of them stands for: hashed, so that the ten
 * thousandth name costs what the first one does.
 *
 * A name is put in and looked up in any ASCII letter case, with or without
 * the dot at its end.
 */
#ifndef CASGATE_BASE_NAMES_H
#define CASGATE_BASE_NAMES_H

#include <stddef.h>

#include "base/text.h"

/* The longest name of a host, less the dot at its end (RFC 1035 2.3.4). */
#define NAME_BYTES_MAX ((size_t)253)

struct names;

struct names *names_new(void);        /* NULL without memory */
void names_free(struct names *names); /* NULL is fine */

/*
 * The place for what `name` stands for, holding NULL when the name is new.
 * Good until the next names_add(). NULL without memory, and for a name that
 * is empty or too long.
 */
void **names_add(struct names *names, struct text name);

/* What the name stands for, or NULL. */
void *names_find(const struct names *names, struct text name);

/* The same, or else what "*.contoso.com" stands for when the name has exactly
 * one label in place of the star (RFC 6125 6.4.3). */
void *names_cover(const struct names *names, struct text name);

/* The names in the order they were added, lower case; NULL at the end. */
const char *names_at(const struct names *names, size_t i);
void *names_stands_for(const struct names *names, size_t i);

/*
 * Writes the name as it is compared: lower case, no dot at its end, and a
 * NUL. `to` has NAME_BYTES_MAX + 1 bytes. Its length; 0 for a name that is
 * empty or too long.
 */
size_t names_fold(struct text name, char *to);

#endif
