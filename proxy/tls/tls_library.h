/*
 * What the OpenSSL we run with can do: for -V and -t.
 */
#ifndef CASGATE_TLS_TLS_LIBRARY_H
#define CASGATE_TLS_TLS_LIBRARY_H

#include <stdio.h>

#include "base/problem.h"
#include "tls/tls_listener.h"

/* Has the library read its own configuration now, since a worker in its sandbox
 * cannot. Before anything else is asked of it. 0, or -1: there was no memory,
 * and nothing may be asked of it. */
int tls_library_start(void);

/* How often it was told that there is no memory. Only counted under a limit of
 * memory: elsewhere it is never told so. */
unsigned long tls_library_lacks(void);

/* Version of the library at run time, TLS versions, weak suites present. */
void tls_library_print(FILE *to);

/* Warns at `where` of what the profile promises and the library lacks (TLS
 * 1.0 for legacy; RC4 and 3DES that XP would need). */
void tls_library_check(
    enum tls_profile profile, struct place where, struct problems *problems);

/* Fills with random bytes; 0, or -1. */
int tls_library_random(void *to, size_t len);

#endif
