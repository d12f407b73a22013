/*
 * A clock that a test can set (LD_PRELOAD): the time of the day is ahead by
 * what stands in the file that CASGATE_CLOCK names, an int64_t of seconds. It
 * is mapped before main(), because a worker may open no file. Time that only
 * passes (CLOCK_MONOTONIC) is as the kernel's, as when a real clock is set.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_s;

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CASGATE_CLOCK");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *at = MAP_FAILED;

	if (fd != -1)
		at = mmap(NULL, sizeof(*ahead_s), PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		fprintf(stderr, "no clock in CASGATE_CLOCK\n");
		_exit(3);
	}
	close(fd);
	ahead_s = at;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	static int (*next)(clockid_t id, struct timespec * now);
	int result;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	result = next(id, now);
	if (result == 0 && ahead_s != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += *ahead_s;
	return result;
}

time_t
time(time_t *to)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (to != NULL)
		*to = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict to, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*to = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
	return 0;
}
