/*
 * What a process may do.
 */
#include "daemon/privileges.h"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int
privileges_identity(const struct config_string *user, struct identity *identity,
    struct problems *problems)
{
	const struct passwd *entry;

	*identity = (struct identity){.changes = geteuid() == 0};
	if (!identity->changes)
		return 0;
	if (user->value != NULL) {
		entry = getpwnam(user->value);
	} else {
		entry = getpwnam("casgate");
		if (entry == NULL)
			entry = getpwnam("nobody");
	}
	if (entry == NULL) {
		problems_add(problems, user->where,
		    "there is no user '%s' on this machine",
		    user->value == NULL ? "nobody" : user->value);
		return -1;
	}
	if (entry->pw_uid == 0) {
		problems_add(problems, user->where,
		    "'%s' is root: workers need a user without rights",
		    entry->pw_name);
		return -1;
	}
	identity->uid = entry->pw_uid;
	identity->gid = entry->pw_gid;
	return 0;
}

/* The bounding set first: only root may empty it. */
static int
change_user(const struct identity *identity, struct problem *why)
{
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0) {
		problem_errno(why, "cannot drop the bounding set");
		return -1;
	}
	if (setgroups(0, NULL) == -1 ||
	    setresgid(identity->gid, identity->gid, identity->gid) == -1 ||
	    setresuid(identity->uid, identity->uid, identity->uid) == -1) {
		problem_errno(why, "cannot become the user of the workers");
		return -1;
	}
	return 0;
}

int
privileges_drop(const struct identity *identity, struct problem *why)
{
	if (identity->changes && change_user(identity, why) == -1)
		return -1;
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0) {
		problem_errno(why, "cannot drop the capabilities");
		return -1;
	}
	/* Ambient ones are gone with the permitted ones (capabilities(7)). */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		problem_errno(why, "cannot forbid new privileges");
		return -1;
	}
	return 0;
}

void
privileges_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent) /* it died before the kernel was told */
		_exit(1);
}
