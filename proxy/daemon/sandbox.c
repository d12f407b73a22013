/*
 * Taking from a process what it does not need.
 */
#include "daemon/sandbox.h"

#include <stdio.h>

#include "daemon/landlock.h"
#include "daemon/syscalls.h"

/* System calls last: those of Landlock are not among what is left. */
int
sandbox_enter(struct problem *why)
{
	if (landlock_version() > 0 && landlock_restrict(why) == -1)
		return -1;
	if (syscalls_available() && syscalls_restrict(why) == -1)
		return -1;
	return 0;
}

static const char *
landlock_lacks(int version)
{
	if (version == 0)
		return "Landlock";
	if (version < LANDLOCK_BINDS)
		return "Landlock for ports and signals";
	if (version < LANDLOCK_SIGNALS)
		return "Landlock for signals";
	return "";
}

const char *
sandbox_lacks(char *text, size_t bytes)
{
	const char *landlock = landlock_lacks(landlock_version());
	const char *seccomp = syscalls_available() ? "" : "seccomp";

	snprintf(text, bytes, "%s%s%s", seccomp,
	    seccomp[0] != '\0' && landlock[0] != '\0' ? " and " : "", landlock);
	return text;
}
