/*
 * Trying what is forbidden.
 */
#include "daemon/self_test.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/forbidden.h"
#include "daemon/landlock.h"
#include "daemon/memory.h"
#include "daemon/privileges.h"
#include "daemon/sandbox.h"

/* The exit code of a child that did not come so far; else it is an errno. */
#define NOT_TRIED 255

#define PATIENCE_S 10

/* Does as a worker does at its start. */
static int
become_worker(pid_t parent, struct problem *why)
{
	static const struct config_string nobody_said;
	struct problems problems = {0};
	struct identity identity;

	if (privileges_identity(&nobody_said, &identity, &problems) == -1) {
		*why = problems.list[0];
		return -1;
	}
	if (privileges_drop(&identity, why) == -1)
		return -1;
	memory_hide();
	privileges_die_with(parent);
	return sandbox_enter(why);
}

static void
try(const struct forbidden *act, bool sandboxed, pid_t parent)
{
	struct problem why;

	alarm(PATIENCE_S);
	if (sandboxed && become_worker(parent, &why) == -1) {
		fprintf(stderr, "casgate: %s\n", why.sentence);
		_exit(NOT_TRIED);
	}
	_exit(forbidden_try(act, parent));
}

/* The status of its process, each act in one of its own: -1 and why. */
static int
status_of(const struct forbidden *act, bool sandboxed, struct problem *why)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid == 0)
		try(act, sandboxed, parent);
	if (pid == -1 || waitpid(pid, &status, 0) == -1) {
		problem_errno(why, "no process for the self-test");
		return -1;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_TRIED) {
		problem_set(why, "the sandbox cannot be entered");
		return -1;
	}
	return status;
}

/* Any other complaint is about the arguments: so the kernel looked at them. */
static bool
is_refused(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS;
	switch (WEXITSTATUS(status)) {
	case ENOSYS:
	case EPERM:
	case EACCES:
		return true;
	default:
		return false;
	}
}

static const char *
describe(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? "killed"
						  : strsignal(WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ? "done"
					: strerrorname_np(WEXITSTATUS(status));
}

static void
put_sum(FILE *to, int let_through)
{
	int version = landlock_version();
	char lacks[64];

	fprintf(to, "%zu forbidden acts, ", forbidden_count);
	if (let_through == 0)
		fprintf(to, "all refused\n");
	else
		fprintf(to, "%d LET THROUGH\n", let_through);
	if (version > 0)
		fprintf(to, "Landlock version %d\n", version);
	if (sandbox_lacks(lacks, sizeof(lacks))[0] != '\0')
		fprintf(to, "this kernel has no %s\n", lacks);
}

int
self_test_sandbox(FILE *to, bool sandboxed, struct problem *why)
{
	int let_through = 0;

	for (size_t i = 0; i < forbidden_count; i++) {
		const struct forbidden *act = &forbidden[i];
		int status;

		fflush(to); /* else a child has the lines, too */
		status = status_of(act, sandboxed, why);
		if (status == -1)
			return -1;
		if (!is_refused(status))
			let_through++;
		fprintf(to, "%s: %s (%s)\n",
		    is_refused(status) ? "refused" : "LET THROUGH", act->what,
		    describe(status));
	}
	put_sum(to, let_through);
	return let_through;
}
