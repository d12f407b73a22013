/*
 * Any bytes as a configuration: read, printed, and read back.
 *
 * Parts between lines of "%%" are files, the first one casgate.conf and the
 * others 1.conf, 2.conf ..., so that includes are met too.
 */
#include "fuzz.h"

#include <fnmatch.h>
#include <string.h>

#include "base/buffer.h"
#include "config/config.h"

#define FILES_MAX 12
#define LISTED_BYTES 65536

struct parts {
	struct source source; /* first */
	struct text files[FILES_MAX];
	unsigned count;
	struct buffer listed;
};

static const char *
name_of(unsigned number, char *to, size_t bytes)
{
	if (number == 0)
		return "casgate.conf";
	snprintf(to, bytes, "%u.conf", number);
	return to;
}

static int
read_part(struct source *source, const char *path, bool secret,
    struct text *contents, struct problem *why)
{
	struct parts *parts = (struct parts *)source;
	char name[16];

	(void)secret;
	for (unsigned i = 0; i < parts->count; i++)
		if (strcmp(path, name_of(i, name, sizeof(name))) == 0) {
			*contents = parts->files[i];
			return 0;
		}
	problem_set(why, "%s: not there", path);
	return -1;
}

static int
list_parts(struct source *source, const char *pattern, struct text *paths,
    struct problem *why)
{
	struct parts *parts = (struct parts *)source;
	size_t start = parts->listed.len;
	char name[16];

	/* What was lent must stay where it is. */
	if (strlen(pattern) > 32 || start > LISTED_BYTES - 256) {
		problem_set(why, "too much");
		return -1;
	}
	for (unsigned i = 0; i < parts->count; i++)
		if (fnmatch(pattern, name_of(i, name, sizeof(name)), 0) == 0)
			buffer_printf(&parts->listed, "%s\n",
			    name_of(i, name, sizeof(name)));
	*paths =
	    (struct text){parts->listed.at + start, parts->listed.len - start};
	return 0;
}

static struct config *
read_parts(struct parts *parts)
{
	struct problems problems = {0};
	char *printed = NULL;
	size_t size;
	FILE *to = open_memstream(&printed, &size);
	struct config *config;

	parts->source = (struct source){read_part, list_parts, NULL};
	buffer_reset(&parts->listed);
	buffer_reserve(&parts->listed, LISTED_BYTES);
	config = config_read("casgate.conf", &parts->source, &problems);
	CHECK((config == NULL) == (problems.errors > 0));
	problems_print(&problems, to);
	fclose(to);
	free(printed);
	return config;
}

/* What -T prints is a configuration again. */
static void
read_back(const struct config *config)
{
	struct parts parts = {0};
	struct config *again;
	char *printed = NULL, *json = NULL;
	size_t size;
	FILE *to = open_memstream(&printed, &size);

	config_print(config, to);
	fclose(to);
	to = open_memstream(&json, &size);
	config_print_json(config, to);
	fclose(to);
	CHECK(json[0] == '{');
	parts.files[0] = text_of(printed);
	parts.count = 1;
	again = read_parts(&parts);
	CHECK(again != NULL);
	config_free(again);
	buffer_clear(&parts.listed);
	free(printed);
	free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct parts parts = {0};
	struct text rest = {(const char *)bytes, len}, line;
	struct config *config;

	parts.files[0] = (struct text){rest.at, 0};
	parts.count = 1;
	while (text_split(&rest, '\n', &line)) {
		struct text *file = &parts.files[parts.count - 1];

		if (text_equals(line, TEXT("%%")) && parts.count < FILES_MAX)
			parts.files[parts.count++] = (struct text){rest.at, 0};
		else
			file->len = (size_t)(rest.at - file->at);
	}
	config = read_parts(&parts);
	if (config != NULL)
		read_back(config);
	config_free(config);
	buffer_clear(&parts.listed);
	return 0;
}
