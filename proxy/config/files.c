/*
 * The files of a configuration: the first, and those that are included: of a
 * glob, sorted, each once, no deeper than ten.
 */
#include "config/reader.h"

#include <stdlib.h>
#include <string.h>

#include "config/words.h"

#define DEPTH_MAX 10

/* Copies what the source lends. */
static struct config_file *
note_file(struct reader *r, const char *path, struct text text)
{
	struct config_file *file = reader_alloc(r, sizeof(*file));

	if (file == NULL)
		return NULL;
	STAILQ_INSERT_TAIL(&r->config->files, file, next);
	file->name = reader_dup(r, text_of(path));
	file->text = reader_dup(r, text);
	if (file->name == NULL || file->text == NULL)
		return NULL;
	file->listing = (struct listing){file->name, {file->text, text.len}};
	return file;
}

int
reader_file(struct reader *r, const char *path, const struct config_file *from,
    struct place where, struct block *whole)
{
	const struct text mark = TEXT("\xef\xbb\xbf"); /* of byte order */
	struct config_file *file;
	struct problem why;
	struct lexer lexer;
	struct text text;
	const char *wrong;

	if (r->source->read(r->source, path, false, &text, &why) == -1) {
		reader_error(r, where, "%s", why.sentence);
		return -1;
	}
	if (text_starts(text, mark))
		text = (struct text){text.at + mark.len, text.len - mark.len};
	file = note_file(r, path, text);
	if (file == NULL)
		return -1;
	file->where = where;
	file->from = from;
	file->depth = from == NULL ? 0 : from->depth + 1;
	if (!lexer_can_read(&file->listing, &where, &wrong)) {
		file->listing.text.len = 0; /* nobody wants to see it */
		reader_error(r, where, "%s", wrong);
		return -1;
	}
	lexer_init(&lexer, &file->listing);
	reader_block(r, &lexer, whole);
	file->end = lexer.place;
	return 0;
}

static struct config_file *
find(struct config *config, const char *name)
{
	struct config_file *file;

	STAILQ_FOREACH (file, &config->files, next)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}

/* Is `file` the one a word stands in, or one that led to it? */
static bool
leads_to(const struct config_file *file, const struct config_file *inner)
{
	while (inner != NULL && inner != file)
		inner = inner->from;
	return inner != NULL;
}

/* The file a place is in: one of those we have. */
static struct config_file *
file_of(struct config *config, struct place where)
{
	struct config_file *file = STAILQ_FIRST(&config->files);

	while (&file->listing != where.file)
		file = STAILQ_NEXT(file, next);
	return file;
}

static void
include(
    struct reader *r, const char *path, struct place where, struct block *whole)
{
	struct config_file *from = file_of(r->config, where);
	struct config_file *before = find(r->config, path);
	char place[PLACE_TEXT_MAX];

	if (before != NULL && leads_to(before, from))
		reader_error(r, where,
		    "includes go round in a circle: %s is being read already",
		    path);
	else if (before != NULL)
		reader_error(r, where,
		    "%s is included twice; %s has it already", path,
		    place_tell(before->where, where, place));
	else if (from->depth == DEPTH_MAX)
		reader_error(r, where,
		    "includes go no deeper than %d files, and %s would be one "
		    "more",
		    DEPTH_MAX, path);
	else
		reader_file(r, path, from, where, whole);
}

static bool
is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

void
read_include(struct reader *r, const struct statement *s, struct block *whole)
{
	char *pattern = path_take(r, &s->values[0]);
	struct place where = s->values[0].where;
	struct text paths, line;
	struct problem why;

	if (pattern == NULL)
		return;
	if (r->source->list(r->source, pattern, &paths, &why) == -1)
		reader_error(r, where, "%s", why.sentence);
	else if (paths.len == 0 && is_glob(pattern))
		problems_warn(r->problems, where, "no file fits %s", pattern);
	else if (paths.len == 0)
		reader_error(r, where, "there is no file %s", pattern);
	else
		while (text_split(&paths, '\n', &line)) {
			char *path = reader_dup(r, line);

			if (path != NULL)
				include(r, path, where, whole);
			free(path);
		}
	free(pattern);
}
