/*
 * The bundle: the world outside, looked at or remembered.
 */
#include "daemon/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/answers.h"
#include "daemon/disk.h"
#include "daemon/sealed.h"

struct bundle {
	struct source source; /* first: the source is the bundle */
	bool looks;           /* it may ask the world; else it only answers */
	unsigned char secret[TICKET_SECRET_BYTES];
	struct answers answers;
	const char *mapping; /* of the memfd; NULL: none */
	size_t mapping_bytes;
};

static void
look(struct answer *a, const char *name, unsigned port)
{
	struct problem failure = {0};
	struct buffer *to = &a->owned_contents;
	int result = -1;

	switch (a->question) {
	case ASKED_READ:
		result = disk_read(name, to, &a->others_may, &failure);
		break;
	case ASKED_LIST:
		result = disk_list(name, to, &failure);
		break;
	case ASKED_RESOLVE:
		result = disk_resolve(name, port, to, &failure);
		break;
	case QUESTIONS:
		break;
	}
	a->failed = result == -1;
	if (a->failed) {
		buffer_clear(to);
		buffer_add_string(to, failure.sentence);
	}
	a->contents = buffer_text(to);
}

static struct answer *
note(struct bundle *bundle, enum question question, struct text key,
    const char *name, unsigned port)
{
	struct answer *a = answers_add(&bundle->answers, question, key, true);

	if (a == NULL)
		return NULL;
	look(a, name, port);
	if (!a->owned_contents.failed)
		return a;
	answers_remove(&bundle->answers, a);
	return NULL;
}

static int
ask(struct bundle *bundle, enum question question, struct text key,
    const char *name, unsigned port, struct answer **answer,
    struct problem *why)
{
	struct answer *a = answers_find(&bundle->answers, question, key);

	if (a == NULL && !bundle->looks) {
		problem_set(why, "%s is not in the bundle", name);
		return -1;
	}
	if (a == NULL)
		a = note(bundle, question, key, name, port);
	if (a == NULL) {
		problem_set(why, "no memory for %s", name);
		return -1;
	}
	*answer = a;
	if (a->failed)
		problem_set(why, "%.*s", TEXT_ARG(a->contents));
	return a->failed ? -1 : 0;
}

static int
answer_read(struct source *source, const char *path, bool secret,
    struct text *contents, struct problem *why)
{
	struct answer *a;

	if (ask((struct bundle *)source, ASKED_READ, text_of(path), path, 0, &a,
		why) == -1)
		return -1;
	if (secret && a->others_may) {
		problem_set(why,
		    "other users may read the key in %s: chmod 640 or 600",
		    path);
		return -1;
	}
	*contents = a->contents;
	return 0;
}

static int
answer_list(struct source *source, const char *pattern, struct text *paths,
    struct problem *why)
{
	struct answer *a;

	if (ask((struct bundle *)source, ASKED_LIST, text_of(pattern), pattern,
		0, &a, why) == -1)
		return -1;
	*paths = a->contents;
	return 0;
}

static int
answer_resolve(struct source *source, const char *host, unsigned port,
    struct text *addresses, struct problem *why)
{
	struct buffer key = {0};
	struct answer *a;
	int result;

	buffer_printf(&key, "%s:%u", host, port);
	if (key.failed) {
		problem_set(why, "no memory for %s", host);
		return -1;
	}
	result = ask((struct bundle *)source, ASKED_RESOLVE, buffer_text(&key),
	    host, port, &a, why);
	if (result == 0)
		*addresses = a->contents;
	buffer_clear(&key);
	return result;
}

static struct bundle *
make(bool looks)
{
	struct bundle *bundle = calloc(1, sizeof(*bundle));

	if (bundle == NULL)
		return NULL;
	bundle->source = (struct source){.read = answer_read,
	    .list = answer_list,
	    .resolve = answer_resolve};
	bundle->looks = looks;
	STAILQ_INIT(&bundle->answers);
	return bundle;
}

struct bundle *
bundle_new(const unsigned char secret[TICKET_SECRET_BYTES])
{
	struct bundle *bundle = make(true);

	if (bundle != NULL)
		memcpy(bundle->secret, secret, TICKET_SECRET_BYTES);
	return bundle;
}

void
bundle_free(struct bundle *bundle)
{
	if (bundle == NULL)
		return;
	answers_clear(&bundle->answers);
	if (bundle->mapping != NULL)
		sealed_unmap(bundle->mapping, bundle->mapping_bytes);
	explicit_bzero(bundle->secret, sizeof(bundle->secret));
	free(bundle);
}

struct source *
bundle_source(struct bundle *bundle)
{
	return &bundle->source;
}

const unsigned char *
bundle_secret(const struct bundle *bundle)
{
	return bundle->secret;
}

int
bundle_seal(const struct bundle *bundle, struct problem *why)
{
	return sealed_write(bundle->secret, &bundle->answers, why);
}

struct bundle *
bundle_open(int fd, struct problem *why)
{
	struct bundle *bundle = make(false);

	if (bundle == NULL) {
		problem_set(why, "no memory for the bundle");
		return NULL;
	}
	bundle->mapping = sealed_map(fd, &bundle->mapping_bytes, why);
	if (bundle->mapping == NULL)
		goto fail;
	if (!sealed_read((struct text){bundle->mapping, bundle->mapping_bytes},
		bundle->secret, &bundle->answers)) {
		problem_set(why, "the bundle is broken");
		goto fail;
	}
	return bundle;
fail:
	bundle_free(bundle);
	return NULL;
}
