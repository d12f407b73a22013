/*
 * The event loop over epoll.
 */
#include "common/loop.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256

static int epoll_fd = -1;

void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

void
loop_open(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd == -1)
		die("epoll_create1");
	/* Timeouts are kept to the microsecond, not to 50 of them. */
	prctl(PR_SET_TIMERSLACK, 1);
}

void
loop_watch(struct watcher *watcher, int fd, void (*ready)(struct watcher *))
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	    .data.ptr = watcher,
	};

	watcher->fd = fd;
	watcher->ready = ready;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		die("epoll_ctl");
}

void
loop_close(struct watcher *watcher)
{
	if (watcher->fd != -1)
		close(watcher->fd);
	watcher->fd = -1;
}

void
loop_turn(uint64_t until_ns)
{
	struct epoll_event events[EVENTS_MAX];
	struct timespec wait = {0}, *timeout = NULL;
	int count;

	if (until_ns != NEVER) {
		uint64_t now = now_ns();
		uint64_t left = until_ns > now ? until_ns - now : 0;

		wait.tv_sec = (time_t)(left / NS_PER_S);
		wait.tv_nsec = (long)(left % NS_PER_S);
		timeout = &wait;
	}
	count = epoll_pwait2(epoll_fd, events, EVENTS_MAX, timeout, NULL);
	if (count == -1 && errno != EINTR)
		die("epoll_pwait2");
	for (int i = 0; i < count; i++) {
		struct watcher *watcher = events[i].data.ptr;

		if (watcher->fd != -1)
			watcher->ready(watcher);
	}
}

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}
