/*
 * The request target, read for a decision: what path does it really mean?
 *
 * What goes to the CAS is the target as received; only routing looks at this.
 */
#ifndef CASGATE_HTTP_TARGET_H
#define CASGATE_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * Writes the path of `target` into `to` (at most target.len bytes, not ended
 * by NUL): the query taken off, escapes decoded once, `\` read as `/`,
 * repeated slashes as one, dot segments removed (never above the root), ASCII
 * letters in lower case. Returns its length. The target must have passed
 * head_read_request().
 */
size_t target_path(struct text target, char *to);

/* What stands behind the first '?'; empty without one. */
struct text target_query(struct text target);

/* True when `path` (as target_path() writes it) is `folder` or below it;
 * `folder` is lower case, with or without a slash at its end. */
bool target_is_under(struct text path, struct text folder);

#endif
