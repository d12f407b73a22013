/*
 * The only home of http-parser: a head the guard has passed becomes views.
 */
#ifndef CASGATE_HTTP_PARSE_H
#define CASGATE_HTTP_PARSE_H

#include "base/text.h"
#include "http/guard.h"
#include "http/head.h"

/*
 * Fills in what stands in the head, with nothing concluded from it: method,
 * target, status line, status, version, fields. 0, or -1 and the reason (the
 * status of the refusal is set only when it is not the usual one).
 */
int parse_request_head(
    struct head *head, struct text bytes, struct refusal *refusal);
int parse_response_head(
    struct head *head, struct text bytes, struct refusal *refusal);

/* The version of the library it runs with. */
const char *parse_library(void);

#endif
