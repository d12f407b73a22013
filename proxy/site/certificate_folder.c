/*
 * Certificates and keys as files, alone or in a folder.
 */
#include "site/certificate_folder.h"

#include <stdlib.h>
#include <string.h>

/* Whether a file must be secret is seen only in its contents. */
static int
read_file(struct source *source, const char *path, struct text *contents,
    struct problem *why)
{
	if (source->read(source, path, false, contents, why) == -1)
		return -1;
	if (!tls_file_has_key(*contents))
		return 0;
	return source->read(source, path, true, contents, why);
}

void
certificate_file_add(struct tls_listener *listener, const char *path,
    const char *key, struct place where, struct source *source,
    struct problems *problems)
{
	struct tls_file chain_file = {.path = path}, key_file = {.path = key};
	struct problem why = {0};

	if (read_file(source, path, &chain_file.contents, &why) == -1 ||
	    (key != NULL &&
		read_file(source, key, &key_file.contents, &why) == -1)) {
		problems_add(problems, where, "%s", why.sentence);
		return;
	}
	tls_listener_add(listener, &chain_file, key != NULL ? &key_file : NULL,
	    where, problems);
}

static bool
ends_with(struct text path, const char *end)
{
	struct text with = text_of(end);

	return path.len > with.len &&
	    text_equals_fold(
		(struct text){path.at + path.len - with.len, with.len}, with);
}

static bool
is_listed(struct text paths, const char *path)
{
	struct text one;

	while (text_split(&paths, '\n', &one))
		if (text_equals(one, text_of(path)))
			return true;
	return false;
}

/* True when it was one that has a key. */
static bool
add_one(struct tls_listener *listener, const char *path, const char *key,
    struct place where, struct source *source, struct problems *problems)
{
	struct text contents;
	struct problem why = {0};

	if (source->read(source, path, false, &contents, &why) == -1) {
		problems_add(problems, where, "%s", why.sentence);
		return true;
	}
	if (key == NULL && !tls_file_has_key(contents)) {
		problems_warn(problems, where,
		    "'%s' is passed over: it holds no key, and no file of the "
		    "same name that ends in .key is beside it",
		    path);
		return false;
	}
	certificate_file_add(listener, path,
	    tls_file_has_key(contents) ? NULL : key, where, source, problems);
	return true;
}

/* Its key may be in NAME.key for NAME.pem; all three endings have as many
 * letters. True as above. */
static bool
add_with_key_beside(struct tls_listener *listener, struct text path,
    struct text paths, struct place where, struct source *source,
    struct problems *problems)
{
	char *name = text_dup(path), *key = text_dup(path);
	bool has_key = true;

	if (name != NULL && key != NULL) {
		memcpy(key + path.len - 4, ".key", 4);
		has_key =
		    add_one(listener, name, is_listed(paths, key) ? key : NULL,
			where, source, problems);
	} else {
		problems_add(
		    problems, where, "no memory for '%.*s'", TEXT_ARG(path));
	}
	free(name);
	free(key);
	return has_key;
}

void
certificate_folder_add(struct tls_listener *listener, const char *folder,
    struct text paths, struct place where, struct source *source,
    struct problems *problems)
{
	struct text rest = paths, path;
	bool any = false;

	while (text_split(&rest, '\n', &path))
		if (ends_with(path, ".pem") || ends_with(path, ".crt") ||
		    ends_with(path, ".cer"))
			any |= add_with_key_beside(
			    listener, path, paths, where, source, problems);
	if (!any)
		problems_add(problems, where,
		    "no certificate with its key is in the folder '%s'",
		    folder);
}
