/*
 * Where the contents of files and the addresses of names come from.
 *
 * Reading a configuration needs the world outside: the files it includes, the
 * certificates it names, the addresses of servers. The parent looks at the
 * disk and the resolver (daemon/bundle), and notes each answer; a worker is
 * given those answers and reads the same configuration without touching
 * either. So both run the same code on the same input.
 */
#ifndef CASGATE_CONFIG_SOURCE_H
#define CASGATE_CONFIG_SOURCE_H

#include <stdbool.h>

#include "base/problem.h"
#include "base/text.h"

/* One socket address as text, "10.0.0.11:80" or "[2001:db8::1]:80". */
struct source {
	/* The contents of a file, good until the source is closed.
	 * 0, or -1 and why. `secret`: refuse a file that others may read. */
	int (*read)(struct source *source, const char *path, bool secret,
	    struct text *contents, struct problem *why);

	/* The paths a glob or a folder stands for, sorted, one a line, good
	 * until the source is closed; empty when there are none.
	 * 0, or -1 and why (folder unreadable). */
	int (*list)(struct source *source, const char *pattern,
	    struct text *paths, struct problem *why);

	/* The addresses of host:port, one a line as above. 0, or -1 and why. */
	int (*resolve)(struct source *source, const char *host, unsigned port,
	    struct text *addresses, struct problem *why);
};

#endif
