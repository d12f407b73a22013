/*
 * What a byte may be part of (RFC 9110 5, RFC 9112 3).
 */
#ifndef CASGATE_HTTP_BYTES_H
#define CASGATE_HTTP_BYTES_H

#define IN_METHOD 1 /* letters, '-' and '_' */
#define IN_NAME 2   /* a token */
#define IN_TARGET 4 /* '%' has it not: it is looked at */
#define IN_VALUE 8  /* obs-text too */

extern const unsigned char byte_classes[256];

/* The value of a hexadecimal digit, or NO_DIGIT. */
#define NO_DIGIT 16
unsigned byte_digit(unsigned char byte);

#endif
