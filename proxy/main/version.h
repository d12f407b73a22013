/*
 * What this casgate is made of.
 */
#ifndef CASGATE_MAIN_VERSION_H
#define CASGATE_MAIN_VERSION_H

#include <stdio.h>

/* -V: the version, the libraries it runs with, what TLS can do, and how it
 * was hardened. */
void version_print(FILE *to);

#endif
