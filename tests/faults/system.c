/*
 * What casgate and its libraries ask the kernel and the C library for.
 */
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <grp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "replace.h"

REPLACE(READ, ssize_t, readv, -1, (int fd, const struct iovec *to, int count),
    (fd, to, count))
REPLACE(READ, ssize_t, recv, -1, (int fd, void *to, size_t len, int flags),
    (fd, to, len, flags))
REPLACE(READ, ssize_t, recvmsg, -1, (int fd, struct msghdr *to, int flags),
    (fd, to, flags))

REPLACE(WRITE, ssize_t, writev, -1,
    (int fd, const struct iovec *from, int count), (fd, from, count))
REPLACE(WRITE, ssize_t, send, -1,
    (int fd, const void *from, size_t len, int flags), (fd, from, len, flags))
REPLACE(WRITE, ssize_t, sendto, -1,
    (int fd, const void *from, size_t len, int flags, const struct sockaddr *to,
	socklen_t to_len),
    (fd, from, len, flags, to, to_len))
REPLACE(WRITE, ssize_t, sendmsg, -1,
    (int fd, const struct msghdr *from, int flags), (fd, from, flags))

REPLACE(ACCEPT, int, accept4, -1,
    (int fd, struct sockaddr *peer, socklen_t *len, int flags),
    (fd, peer, len, flags))
REPLACE(CONNECT, int, connect, -1,
    (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))

REPLACE(DESCRIPTOR, int, socket, -1, (int family, int type, int protocol),
    (family, type, protocol))
REPLACE(DESCRIPTOR, int, socketpair, -1,
    (int family, int type, int protocol, int ends[2]),
    (family, type, protocol, ends))
REPLACE(DESCRIPTOR, int, pipe2, -1, (int ends[2], int flags), (ends, flags))
REPLACE(DESCRIPTOR, int, epoll_create1, -1, (int flags), (flags))
REPLACE(
    DESCRIPTOR, int, eventfd, -1, (unsigned count, int flags), (count, flags))
REPLACE(
    DESCRIPTOR, int, timerfd_create, -1, (int clock, int flags), (clock, flags))
REPLACE(DESCRIPTOR, int, dup2, -1, (int from, int to), (from, to))

REPLACE(SETTING, int, bind, -1,
    (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
REPLACE(SETTING, int, listen, -1, (int fd, int backlog), (fd, backlog))
REPLACE(SETTING, int, getsockname, -1,
    (int fd, struct sockaddr *name, socklen_t *len), (fd, name, len))
REPLACE(SETTING, int, getsockopt, -1,
    (int fd, int level, int option, void *value, socklen_t *len),
    (fd, level, option, value, len))
REPLACE(SETTING, int, setsockopt, -1,
    (int fd, int level, int option, const void *value, socklen_t len),
    (fd, level, option, value, len))

REPLACE(EVENT, int, epoll_ctl, -1,
    (int epoll, int word, int fd, struct epoll_event *event),
    (epoll, word, fd, event))
REPLACE(WAIT, int, epoll_wait, -1,
    (int epoll, struct epoll_event *events, int max, int ms),
    (epoll, events, max, ms))
/* libevent has a pipe of its own, to tell itself of signals: it exits if that
 * fails, which it can't. */
REPLACE_OURS(
    FILES, ssize_t, read, -1, (int fd, void *to, size_t len), (fd, to, len))
REPLACE_OURS(FILES, ssize_t, write, -1, (int fd, const void *from, size_t len),
    (fd, from, len))
REPLACE(FILES, FILE *, fopen, NULL, (const char *path, const char *mode),
    (path, mode))
REPLACE(FILES, FILE *, fopen64, NULL, (const char *path, const char *mode),
    (path, mode))
REPLACE(FILES, int, fstat, -1, (int fd, struct stat *is), (fd, is))
REPLACE(FILES, int, stat, -1, (const char *path, struct stat *is), (path, is))
REPLACE(
    FILES, off_t, lseek, -1, (int fd, off_t to, int whence), (fd, to, whence))
REPLACE(FILES, int, memfd_create, -1, (const char *name, unsigned flags),
    (name, flags))
REPLACE(FILES, void *, mmap, MAP_FAILED,
    (void *at, size_t len, int rights, int flags, int fd, off_t from),
    (at, len, rights, flags, fd, from))
REPLACE(FILES, int, getaddrinfo, EAI_SYSTEM,
    (const char *host, const char *service, const struct addrinfo *wanted,
	struct addrinfo **found),
    (host, service, wanted, found))

REPLACE(PROCESS, pid_t, fork, -1, (void), ())
REPLACE(PROCESS, int, setgroups, -1, (size_t count, const gid_t *list),
    (count, list))
REPLACE(PROCESS, int, setresgid, -1, (gid_t real, gid_t effective, gid_t saved),
    (real, effective, saved))
REPLACE(PROCESS, int, setresuid, -1, (uid_t real, uid_t effective, uid_t saved),
    (real, effective, saved))
REPLACE(PROCESS, int, close_range, -1,
    (unsigned first, unsigned last, int flags), (first, last, flags))

/* The C library crashes in it when there is no memory. */
struct passwd *
getpwnam(const char *name)
{
	static struct passwd *(*next)(const char *name);
	struct passwd *found;

	if (plan_fails(PROCESS, "getpwnam"))
		return NULL;
	if (next == NULL)
		*(void **)&next = plan_next("getpwnam");
	plan_pause(true);
	found = next(name);
	plan_pause(false);
	return found;
}

/* Those that take an argument or not. All they take is a word. */

int
open(const char *path, int flags, ...)
{
	static int (*next)(const char *path, int flags, ...);
	va_list rest;
	int mode;

	if (plan_fails(FILES, "open"))
		return -1;
	if (next == NULL)
		*(void **)&next = plan_next("open");
	va_start(rest, flags);
	mode = va_arg(rest, int);
	va_end(rest);
	return next(path, flags, mode);
}

int
fcntl(int fd, int word, ...)
{
	static int (*next)(int fd, int word, ...);
	va_list rest;
	void *with;

	if (plan_fails(SETTING, "fcntl"))
		return -1;
	if (next == NULL)
		*(void **)&next = plan_next("fcntl");
	va_start(rest, word);
	with = va_arg(rest, void *);
	va_end(rest);
	return next(fd, word, with);
}

int
prctl(int word, ...)
{
	static int (*next)(int word, ...);
	unsigned long with[4];
	va_list rest;

	/* Without it LeakSanitizer can't look at its process. */
	if (word != PR_SET_DUMPABLE && plan_fails(PROCESS, "prctl"))
		return -1;
	if (next == NULL)
		*(void **)&next = plan_next("prctl");
	va_start(rest, word);
	for (int i = 0; i < 4; i++)
		with[i] = va_arg(rest, unsigned long);
	va_end(rest);
	return next(word, with[0], with[1], with[2], with[3]);
}
