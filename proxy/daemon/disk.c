/*
 * Looking at the disk and the resolver.
 */
#include "daemon/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/address.h"

/* Enough for a file of the usual size at once. */
#define READ_BYTES ((size_t)16384)

static int
read_all(int fd, const char *path, struct buffer *contents, struct problem *why)
{
	for (;;) {
		char *to = buffer_reserve(contents, READ_BYTES);
		ssize_t n = to == NULL ? -1 : read(fd, to, READ_BYTES);

		if (to == NULL) {
			problem_set(why, "no memory to read %s", path);
			return -1;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			problem_errno(why, path);
			return -1;
		}
		if (n == 0)
			return 0;
		contents->len += (size_t)n;
		if (contents->len > DISK_FILE_BYTES_MAX) {
			problem_set(why, "%s is larger than %zu MiB", path,
			    DISK_FILE_BYTES_MAX >> 20);
			return -1;
		}
	}
}

int
disk_read(const char *path, struct buffer *contents, bool *others_may,
    struct problem *why)
{
	struct stat is;
	int result = -1;
	/* O_NONBLOCK: a pipe without a writer must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1 || fstat(fd, &is) == -1) {
		problem_errno(why, path);
	} else if (S_ISDIR(is.st_mode)) {
		problem_set(why, "%s is a folder, not a file", path);
	} else if (!S_ISREG(is.st_mode)) {
		problem_set(why, "%s is not an ordinary file", path);
	} else {
		*others_may = (is.st_mode & S_IRWXO) != 0;
		/* A key that grew in a buffer would leave pieces behind. */
		buffer_reserve(contents, (size_t)is.st_size + READ_BYTES);
		result = read_all(fd, path, contents, why);
	}
	if (fd != -1)
		close(fd);
	return result;
}

static bool
is_file(const char *path)
{
	struct stat is;

	/* A list has a path in each line. */
	return strchr(path, '\n') == NULL && stat(path, &is) == 0 &&
	    S_ISREG(is.st_mode);
}

static int
find(const char *pattern, struct buffer *paths, struct problem *why)
{
	glob_t found = {0};
	int failed = glob(pattern, GLOB_ERR, NULL, &found);

	if (failed != 0 && failed != GLOB_NOMATCH) {
		problem_errno(why, pattern);
		globfree(&found);
		return -1;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (!is_file(found.gl_pathv[i]))
			continue;
		buffer_add_string(paths, found.gl_pathv[i]);
		buffer_add(paths, "\n", 1);
	}
	globfree(&found);
	if (paths->failed)
		problem_set(why, "no memory to list %s", pattern);
	return paths->failed ? -1 : 0;
}

/* The name of the folder may have letters in it that a glob has other uses
 * for. */
static void
add_quoted(struct buffer *to, const char *name)
{
	for (; *name != '\0'; name++) {
		if (strchr("*?[]\\", *name) != NULL)
			buffer_add(to, "\\", 1);
		buffer_add(to, name, 1);
	}
}

int
disk_list(const char *pattern, struct buffer *paths, struct problem *why)
{
	struct buffer inside = {0};
	struct stat is;
	int result = -1;

	if (stat(pattern, &is) == -1 || !S_ISDIR(is.st_mode))
		return find(pattern, paths, why);
	add_quoted(&inside, pattern);
	buffer_add(&inside, "/*", 3); /* with its NUL */
	if (inside.failed)
		problem_set(why, "no memory to list %s", pattern);
	else
		result = find(inside.at, paths, why);
	buffer_clear(&inside);
	return result;
}

int
disk_resolve(const char *host, unsigned port, struct buffer *addresses,
    struct problem *why)
{
	const struct addrinfo wanted = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char service[16];
	int failed;

	snprintf(service, sizeof(service), "%u", port);
	failed = getaddrinfo(host, service, &wanted, &found);
	if (failed != 0) {
		problem_set(why, "no address of %s: %s", host,
		    failed == EAI_SYSTEM ? strerror(errno)
					 : gai_strerror(failed));
		return -1;
	}
	for (struct addrinfo *one = found; one != NULL; one = one->ai_next) {
		struct address address = {.len = one->ai_addrlen};
		char text[ADDRESS_TEXT_MAX];

		memcpy(&address.sa, one->ai_addr, one->ai_addrlen);
		buffer_add(addresses, text, address_print(&address, text));
		buffer_add(addresses, "\n", 1);
	}
	freeaddrinfo(found);
	if (addresses->failed)
		problem_set(why, "no memory for the addresses of %s", host);
	return addresses->failed ? -1 : 0;
}
