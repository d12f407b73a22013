/*
 * Looking at the disk and the resolver: what the parent does, and a worker
 * never.
 */
#ifndef CASGATE_DAEMON_DISK_H
#define CASGATE_DAEMON_DISK_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/problem.h"

/* A configuration, a certificate or a key is far smaller. */
#define DISK_FILE_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* Adds the contents of a regular file. `others_may` says whether users who
 * are neither its owner nor of its group have any right on it. */
int disk_read(const char *path, struct buffer *contents, bool *others_may,
    struct problem *why);

/* Adds the paths of the files in a folder, or of those a glob stands for,
 * sorted, one a line. Hidden files are none. */
int disk_list(const char *pattern, struct buffer *paths, struct problem *why);

/* Adds the addresses of host:port, one a line. May wait for the resolver. */
int disk_resolve(const char *host, unsigned port, struct buffer *addresses,
    struct problem *why);

#endif
