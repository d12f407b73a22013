/*
 * Memory runs short: each allocation of something that is done fails in turn.
 *
 * In unit tests malloc(), calloc(), realloc() and strdup() of our own code
 * come here first (the linker's --wrap); those of libraries do not.
 */
#ifndef CASGATE_TESTS_SHORTAGE_H
#define CASGATE_TESTS_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does `act` again and again, first with its first allocation failing, then
 * with its second, and so on until there is none left to fail. `act` tells
 * whether it succeeded, and must do so that last time alone. What it leaves
 * behind when it fails is for AddressSanitizer to find.
 */
void shortage_sweep(bool (*act)(void *), void *with);

/*
 * The same, with every `step`-th: they are many when OpenSSL's come by way of
 * ours (tls_library_start()), and an act may well succeed without some.
 */
void shortage_survive(bool (*act)(void *), void *with, unsigned step);

/* Sets a limit of memory that is never met: only under one does
 * tls_library_start() make OpenSSL's allocations ours. 0, or -1. */
int shortage_limit(void);

/* Has an allocation failed since the act began? */
bool shortage_struck(void);

#endif
