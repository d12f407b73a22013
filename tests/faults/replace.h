/*
 * Functions that fail when the plan says so, and else are what they were.
 */
#ifndef CASGATE_FAULTS_REPLACE_H
#define CASGATE_FAULTS_REPLACE_H

#include "plan.h"

/* One of its kind: gives `failed` when it is to fail. */
#define REPLACE(kind, type, name, failed, parameters, arguments)               \
	REPLACE_IF(plan_fails(kind, #name), type, name, failed, parameters,    \
	    arguments)

/* Only for the program itself, not for its libraries. */
#define REPLACE_OURS(kind, type, name, failed, parameters, arguments)          \
	REPLACE_IF(plan_is_ours(__builtin_return_address(0)) &&                \
		plan_fails(kind, #name),                                       \
	    type, name, failed, parameters, arguments)

#define REPLACE_IF(fails, type, name, failed, parameters, arguments)           \
	type name parameters                                                   \
	{                                                                      \
		static type(*next) parameters;                                 \
                                                                               \
		if (fails)                                                     \
			return failed;                                         \
		if (next == NULL)                                              \
			*(void **)&next = plan_next(#name);                    \
		return next arguments;                                         \
	}

#endif
