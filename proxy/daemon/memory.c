/*
 * Keeping memory to ourselves.
 */
#include "daemon/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/sanitized.h"

/* Children have it, too. */
static void
dump_nothing(void)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	if (write(fd, "0", 1) == -1) {
		/* There is no core file, and no debugger of this user. */
	}
	close(fd);
}

void
memory_hide(void)
{
	const struct rlimit none = {0, 0};

	dump_nothing();
	setrlimit(RLIMIT_CORE, &none);
	/* LeakSanitizer reads its own process as a debugger would. */
	prctl(PR_SET_DUMPABLE, SANITIZED, 0, 0, 0);
}

bool
memory_lock(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit limit;

	if (SANITIZED)
		return true;
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == -1 ||
	    limit.rlim_cur != RLIM_INFINITY)
		return false;
	/* ONFAULT: what is never used is never fetched. */
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}
