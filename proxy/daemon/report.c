/*
 * What a reload found, for the error log.
 */
#include "daemon/report.h"

#include "base/log.h"

static void
put(const char *lead, const struct problem *problem, const char *tail)
{
	if (problem->where.line == 0)
		log_error("%s%s%s", lead, problem->sentence, tail);
	else
		log_error("%s%s:%u: %s%s", lead, problem->where.file,
		    problem->where.line, problem->sentence, tail);
}

/* The first error with the verdict, so that one line says it all; then the
 * others. */
void
report_refusal(const struct problems *problems)
{
	const char *lead = "reload refused: ";
	const char *tail = ", the old configuration stays";

	for (size_t i = 0; i < problems->count; i++) {
		if (problems->list[i].warning)
			continue;
		put(lead, &problems->list[i], tail);
		lead = "also wrong: ";
		tail = "";
	}
}

void
report_warnings(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->list[i];

		if (p->warning)
			log_warning("%s:%u: %s", p->where.file, p->where.line,
			    p->sentence);
	}
}
