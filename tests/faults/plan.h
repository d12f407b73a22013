/*
 * Which call of the process under test is to fail.
 *
 * The plan is shared memory, mapped before main(): a test writes it, the
 * library reads it in a parent and a worker that run on and may open no file.
 * faults.py lays it out the same way.
 */
#ifndef CASGATE_FAULTS_PLAN_H
#define CASGATE_FAULTS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* What fails; one kind at a time. */
enum kind {
	NOTHING,
	MEMORY,
	READ, /* from a socket */
	WRITE,
	ACCEPT,
	CONNECT,
	DESCRIPTOR, /* what makes one */
	SETTING,    /* what changes or asks for a thing's properties */
	EVENT,      /* epoll_ctl() */
	WAIT,       /* epoll_wait() */
	FILES,      /* of the disk, or of memory; pipes */
	PROCESS,
	TLS
};

enum role { PARENT, WORKER, ROLES };

#define PLAN_STACK 32
#define PLAN_SURVEY (1U << 18)

struct plan {
	/* The test's. `kind` is written last. */
	uint32_t kind, role;
	uint32_t first, times; /* calls that fail: first (from 1) and on */
	int32_t error;         /* errno then */
	uint32_t surveying;    /* note where each call comes from */
	/* The process's. */
	uint32_t count;       /* calls of the kind so far */
	uint32_t stack_depth; /* of the first that failed; 0: none did */
	uint64_t stack[PLAN_STACK];
	char name[64];       /* of it */
	int64_t live[ROLES]; /* allocations not yet freed */
	uint32_t survey[PLAN_SURVEY];
};

/* Counts a call; true, with errno set: it is to fail. */
bool plan_fails(enum kind kind, const char *name);

/* Does this stand in the program itself, and not in a library? */
bool plan_is_ours(const void *code);

/* Or in what ends the process when there is no memory, or leaks: libseccomp, the
 * dynamic linker? */
bool plan_is_spared(const void *code);

/* Until it is over no call fails, nor counts. */
void plan_pause(bool pause);

/* Or in the dynamic linker? */
bool plan_is_linkers(const void *code);

/* Notes that so many allocations are there more, or less. */
void plan_allocated(int count);

/* The function that this library stands in front of. */
void *plan_next(const char *name);

#endif
