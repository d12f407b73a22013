/*
 * All certificates of a listener, and which of them serve which name.
 */
#include "tls/certificates.h"

#include <stdlib.h>
#include <string.h>

int
certificates_init(struct certificates *all)
{
	*all = (struct certificates){.names = names_new()};
	return all->names == NULL ? -1 : 0;
}

void
certificates_clear(struct certificates *all)
{
	if (all->names != NULL)
		for (size_t i = 0; names_at(all->names, i) != NULL; i++)
			free(names_stands_for(all->names, i));
	names_free(all->names);
	for (size_t i = 0; i < all->context_count; i++)
		SSL_CTX_free(all->contexts[i]);
	free(all->contexts);
	for (size_t i = 0; i < all->count; i++)
		certificate_free(all->list[i]);
	free(all->list);
	*all = (struct certificates){0};
}

/* One that is valid now, then one that lasts longer, then the one that was
 * given first: so a renewed certificate beside the old one is taken, and the
 * old one while the new one is not valid yet. */
static bool
better(
    const struct certificate *one, const struct certificate *than, time_t now)
{
	bool valid = certificate_is_valid(one, now);

	if (than == NULL)
		return true;
	if (valid != certificate_is_valid(than, now))
		return valid;
	return one->expires > than->expires;
}

static struct choice *
add_name(struct certificates *all, struct text name,
    struct certificate *certificate, time_t now)
{
	void **at = names_add(all->names, name);
	struct choice *choice;

	if (at == NULL)
		return NULL;
	if (*at == NULL)
		*at = calloc(1, sizeof(*choice));
	choice = *at;
	if (choice != NULL &&
	    better(certificate, choice->of[certificate->kind], now))
		choice->of[certificate->kind] = certificate;
	return choice;
}

int
certificates_add(
    struct certificates *all, struct certificate *certificate, time_t now)
{
	struct certificate **list =
	    realloc(all->list, (all->count + 1) * sizeof(struct certificate *));

	if (list == NULL) {
		certificate_free(certificate);
		return -1;
	}
	all->list = list;
	list[all->count++] = certificate;
	for (size_t i = 0; i < certificate->name_count; i++) {
		struct choice *choice = add_name(
		    all, text_of(certificate->names[i]), certificate, now);

		if (choice == NULL)
			return -1;
		if (all->first == NULL)
			all->first = choice;
	}
	return 0;
}

static bool
weak(const struct choice *choice)
{
	for (unsigned i = 0; i < KEY_KINDS; i++)
		if (choice->of[i] != NULL && choice->of[i]->weak)
			return true;
	return false;
}

static SSL_CTX *
fill(SSL_CTX *context, const struct choice *choice)
{
	for (unsigned i = 0; i < KEY_KINDS; i++) {
		if (choice->of[i] == NULL ||
		    certificate_use(choice->of[i], context) == 0)
			continue;
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

/* Equal choices stand beside each other after this. */
static int
compare(const void *a, const void *b)
{
	const struct choice *one = *(struct choice *const *)a;
	const struct choice *two = *(struct choice *const *)b;

	return memcmp(one->of, two->of, sizeof(one->of));
}

static int
make_contexts(struct certificates *all, struct choice **choices, size_t count,
    SSL_CTX *(*make)(bool weak, void *owner), void *owner)
{
	for (size_t i = 0; i < count; i++) {
		struct choice *choice = choices[i];
		SSL_CTX *context;

		if (i > 0 && compare(&choices[i - 1], &choices[i]) == 0) {
			choice->context = choices[i - 1]->context;
			continue;
		}
		context = make(weak(choice), owner);
		if (context != NULL)
			context = fill(context, choice);
		if (context == NULL)
			return -1;
		choice->context = context;
		all->contexts[all->context_count++] = context;
	}
	return 0;
}

int
certificates_ready(struct certificates *all,
    SSL_CTX *(*make)(bool weak, void *owner), void *owner)
{
	struct choice **choices;
	size_t count = 0;
	int result = -1;

	while (names_at(all->names, count) != NULL)
		count++;
	choices = calloc(count, sizeof(struct choice *));
	all->contexts = calloc(count, sizeof(SSL_CTX *));
	if (choices != NULL && all->contexts != NULL) {
		for (size_t i = 0; i < count; i++)
			choices[i] = names_stands_for(all->names, i);
		qsort(choices, count, sizeof(struct choice *), compare);
		result = make_contexts(all, choices, count, make, owner);
	}
	free(choices);
	return result;
}

struct choice *
certificates_choose(const struct certificates *all, struct text name)
{
	return names_cover(all->names, name);
}
