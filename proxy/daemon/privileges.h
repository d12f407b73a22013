/*
 * What a process of casgate may do, and how it gives that up.
 */
#ifndef CASGATE_DAEMON_PRIVILEGES_H
#define CASGATE_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/problem.h"
#include "config/config.h"

/* Who the workers are. */
struct identity {
	bool changes; /* false: who started casgate, since that is not root */
	uid_t uid;
	gid_t gid;
};

/* Looks up `user`: the name given, else casgate, else nobody. Only root can
 * become another. 0, or -1 and an error added at its place. */
int privileges_identity(const struct config_string *user,
    struct identity *identity, struct problems *problems);

/* For good: the user, its group and no other, no capabilities, nothing
 * gained by exec. 0, or -1 and why. */
int privileges_drop(const struct identity *identity, struct problem *why);

/* This process ends at once when `parent` does. */
void privileges_die_with(pid_t parent);

#endif
