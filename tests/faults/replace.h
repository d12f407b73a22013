/*
 * Functions that fail when the plan says so, and else are what they were.
 */
#ifndef CASGATE_FAULTS_REPLACE_H
#define CASGATE_FAULTS_REPLACE_H

#include "plan.h"

/* One of its kind: gives `failed` when it is to fail. */
#define REPLACE(kind, type, name, failed, parameters, arguments)               \
	type name parameters                                                   \
	{                                                                      \
		static type(*next) parameters;                                 \
                                                                               \
		if (plan_fails(kind, #name))                                   \
			return failed;                                         \
		if (next == NULL)                                              \
			*(void **)&next = plan_next(#name);                    \
		return next arguments;                                         \
	}

#endif
