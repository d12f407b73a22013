/*
 * SipHash-2-4: a hash under a secret key, for tables whose keys strangers
 * choose. Without the key nobody can find keys that fall into one place.
 *
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). OpenSSL
 * has it too, but lives further up.
 */
#ifndef CASGATE_BASE_SIPHASH_H
#define CASGATE_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(
    const unsigned char key[SIPHASH_KEY_BYTES], const void *bytes, size_t len);

#endif
