/*
 * No files, no ports, no other processes.
 *
 * The numbers are written out here, since the headers of a distribution are
 * older than the kernels it runs on: <linux/landlock.h> of Linux 6.12.
 */
#include "daemon/landlock.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sanitized.h"

/* The same on every architecture. */
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446

#define CREATE_RULESET_VERSION 1 /* a flag: only tell the version */
#define RULE_PATH_BENEATH 1

#define FS_READ_FILE (1U << 2)
#define FS_READ_DIR (1U << 3)
#define NET_BIND_TCP (1U << 0)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1U << 0)
#define SCOPE_SIGNAL (1U << 1)

struct ruleset {
	uint64_t fs, net, scoped;
};

/* What each version refuses; the first rights are bits from 0 on: execute,
 * write, read, list, remove, make and so on. */
static const struct version {
	unsigned fs_rights; /* so many */
	size_t bytes;       /* of the ruleset it knows */
	uint64_t net, scoped;
} versions[] = {
    {.fs_rights = 0, .bytes = 0},
    {.fs_rights = 13, .bytes = offsetof(struct ruleset, net)},
    {.fs_rights = 14, .bytes = offsetof(struct ruleset, net)}, /* refer */
    {.fs_rights = 15, .bytes = offsetof(struct ruleset, net)}, /* truncate */
    {.fs_rights = 15,
	.bytes = offsetof(struct ruleset, scoped),
	.net = NET_BIND_TCP},
    {.fs_rights = 16, /* ioctl on devices */
	.bytes = offsetof(struct ruleset, scoped),
	.net = NET_BIND_TCP},
    {.fs_rights = 16,
	.bytes = sizeof(struct ruleset),
	.net = NET_BIND_TCP,
	.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL},
};

int
landlock_version(void)
{
	long version =
	    syscall(CREATE_RULESET, NULL, (size_t)0, CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

#if SANITIZED
/* What sanitizers read: the process and, for the names in a report, the
 * program. */
static bool
allow_reading(int ruleset, const char *path, unsigned rights)
{
	struct {
		uint64_t rights;
		int32_t fd;
	} __attribute__((packed))
	rule = {.rights = rights, .fd = open(path, O_PATH | O_CLOEXEC)};
	bool added =
	    syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;

	close(rule.fd);
	return added;
}

static bool
add_rules(int ruleset)
{
	return allow_reading(ruleset, "/proc", FS_READ_FILE | FS_READ_DIR) &&
	    allow_reading(ruleset, "/proc/self/exe", FS_READ_FILE);
}
#else
/* None: all that can be refused is refused. */
static bool
add_rules(int ruleset)
{
	(void)ruleset;
	return true;
}
#endif

int
landlock_restrict(struct problem *why)
{
	const size_t newest = sizeof(versions) / sizeof(versions[0]) - 1;
	size_t known = (size_t)landlock_version();
	const struct version *version =
	    &versions[known < newest ? known : newest];
	struct ruleset rules = {.fs = (1U << version->fs_rights) - 1,
	    .net = version->net,
	    .scoped = version->scoped};
	long fd = syscall(CREATE_RULESET, &rules, version->bytes, 0);
	int result = -1;

	if (fd >= 0 && add_rules((int)fd) &&
	    syscall(RESTRICT_SELF, (int)fd, 0) == 0)
		result = 0;
	else
		problem_errno(why, "cannot restrict files with Landlock");
	if (fd >= 0)
		close((int)fd);
	return result;
}
