/*
 * Questions and answers.
 */
#include "daemon/answers.h"

#include <stdlib.h>
#include <string.h>

/* A few hundred at the most, each asked for twice: a list will do. */
struct answer *
answers_find(struct answers *answers, enum question question, struct text key)
{
	struct answer *a;

	STAILQ_FOREACH (a, answers, next) {
		if (a->question == question && text_equals(a->key, key))
			break;
	}
	return a;
}

static void
wipe(struct answer *a)
{
	if (a->owned_contents.at != NULL)
		explicit_bzero(a->owned_contents.at, a->owned_contents.size);
	buffer_clear(&a->owned_contents);
	buffer_clear(&a->owned_key);
	free(a);
}

struct answer *
answers_add(struct answers *answers, enum question question, struct text key,
    bool copied)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->question = question;
	a->key = key;
	if (copied) {
		buffer_add_text(&a->owned_key, key);
		a->key = buffer_text(&a->owned_key);
	}
	if (a->owned_key.failed) {
		wipe(a);
		return NULL;
	}
	STAILQ_INSERT_TAIL(answers, a, next);
	return a;
}

void
answers_remove(struct answers *answers, struct answer *answer)
{
	STAILQ_REMOVE(answers, answer, answer, next);
	wipe(answer);
}

void
answers_clear(struct answers *answers)
{
	struct answer *a;

	while ((a = STAILQ_FIRST(answers)) != NULL) {
		STAILQ_REMOVE_HEAD(answers, next);
		wipe(a);
	}
}
