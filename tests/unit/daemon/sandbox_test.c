/*
 * The sandbox: what it refuses, and what is left to a worker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/forbidden.h"
#include "daemon/landlock.h"
#include "daemon/sandbox.h"
#include "daemon/self_test.h"
#include "daemon/syscalls.h"

/* How a child ends that does this in the sandbox; it says 0 when all is well.
 */
static int
end_of(int (*act)(void))
{
	struct problem why;
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    sandbox_enter(&why) == -1)
			_exit(100);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
test_all_that_is_forbidden_is_refused(void **state)
{
	FILE *nowhere = fopen("/dev/null", "w");
	struct problem why = {0};

	(void)state;
	assert_true(forbidden_count >= 60);
	assert_int_equal(self_test_sandbox(nowhere, true, &why), 0);
	fclose(nowhere);
}

/* Else the test above would say nothing. Some acts are refused by the kernel
 * itself, and more of them to those who are not root. */
static void
test_without_the_sandbox_the_same_is_let_through(void **state)
{
	FILE *nowhere = fopen("/dev/null", "w");
	int least = geteuid() == 0 ? 60 : 30;
	struct problem why = {0};

	(void)state;
	assert_true(self_test_sandbox(nowhere, false, &why) >= least);
	fclose(nowhere);
}

static int
give_up(void)
{
	abort();
}

static void
test_an_abort_is_still_one(void **state)
{
	int status = end_of(give_up);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static struct sockaddr_in door;

static int
work(void)
{
	const size_t large = 8 << 20;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char *memory = malloc(large);
	struct rlimit limit;
	struct timespec now;

	if (memory == NULL || (memory = realloc(memory, 2 * large)) == NULL)
		return 1;
	memset(memory, 1, 2 * large);
	free(memory);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		return 2;
	if (connect(fd, (struct sockaddr *)&door, sizeof(door)) == -1 &&
	    errno != EINPROGRESS)
		return 3;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return 4;
	return close(fd) == -1 ? 5 : 0;
}

static void
test_work_goes_on(void **state)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(door);

	(void)state;
	door = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&door, sizeof(door)), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&door, &len);
	assert_int_equal(end_of(work), 0);
	close(listener);
}

/* The second line of defence holds when the first is not there. */
static int
try_files_and_ports(void)
{
	struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct problem why;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    landlock_restrict(&why) == -1)
		return 1;
	if (open("/etc/passwd", O_RDONLY) != -1 || errno != EACCES)
		return 2;
	if (open("/", O_RDONLY | O_DIRECTORY) != -1 || errno != EACCES)
		return 3;
	if (landlock_version() >= LANDLOCK_BINDS &&
	    (bind(fd, (struct sockaddr *)&any, sizeof(any)) != -1 ||
		errno != EACCES))
		return 4;
	if (landlock_version() >= LANDLOCK_SIGNALS &&
	    (kill(getppid(), 0) != -1 || errno != EPERM))
		return 5;
	return 0;
}

static void
test_landlock_alone_refuses_files_and_ports(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	if (landlock_version() == 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(try_files_and_ports());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_that_is_forbidden_is_refused),
	    cmocka_unit_test(test_without_the_sandbox_the_same_is_let_through),
	    cmocka_unit_test(test_an_abort_is_still_one),
	    cmocka_unit_test(test_work_goes_on),
	    cmocka_unit_test(test_landlock_alone_refuses_files_and_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
