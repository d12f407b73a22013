/*
 * What is doubtful about a certificate, told before its clients find out.
 */
#ifndef CASGATE_TLS_CERTIFICATE_CHECK_H
#define CASGATE_TLS_CERTIFICATE_CHECK_H

#include "tls/certificate.h"

#define EXPIRY_WARNING_DAYS 30

/* Is one key or signature of it below today's measure? */
bool certificate_check_weak(const struct certificate *certificate);

/* Warns of expiry, weak keys and signatures, a certificate signed by itself,
 * one that is not meant for servers, and a chain without its end. */
void certificate_check(const struct certificate *certificate, const char *path,
    time_t now, struct place where, struct problems *problems);

#endif
