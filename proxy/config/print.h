/*
 * What -T and -T --json have in common. Private to config/.
 */
#ifndef CASGATE_CONFIG_PRINT_H
#define CASGATE_CONFIG_PRINT_H

#include "config/config.h"

/* The words for these, as the language has them. */
const char *profile_name(enum profile profile);
const char *otherwise_name(enum otherwise otherwise);
const char *log_format_name(enum log_format format);

/* "default", or "FILE:LINE". `to` has PRINT_TEXT_MAX bytes; gives `to`. */
#define PRINT_TEXT_MAX 4300
const char *print_origin(struct place where, char *to);

/* A path that is good in any folder: a relative one is relative to where the
 * program was started. */
const char *print_path(const char *path, char *to);

/* The same for what a log goes to, which may be a word. */
const char *print_destination(const char *destination, char *to);

/* "[::1]:443", "10.0.0.1:80", "cas1.contoso.com:80"; without a host, "443". */
const char *print_endpoint(const char *host, unsigned port, char *to);

#endif
