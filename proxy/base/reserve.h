/*
 * Memory put by for the moment when there is no more, so that those who ask
 * for little can go on until somebody has made room. Who asks for much is told
 * that there is none.
 *
 * Only a process whose address space is limited (RLIMIT_AS) has one: any other
 * is never told that memory has run out.
 */
#ifndef CASGATE_BASE_RESERVE_H
#define CASGATE_BASE_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* More than that is much; a buffer of OpenSSL's, for a record, is not. */
#define RESERVE_LITTLE_MAX ((size_t)16896)

/* Is the address space of this process limited? */
bool reserve_matters(void);

/* Puts it by, once for this process. */
void reserve_put_by(void);

/* As malloc() and realloc(). */
void *reserve_malloc(size_t size);
void *reserve_realloc(void *at, size_t size);

/* Was it needed? Then room must be made, until reserve_refill() is true: there
 * is as much again. */
bool reserve_is_spent(void);
bool reserve_refill(void);

#endif
