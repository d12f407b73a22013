/*
 * What a reload found, for the error log: a line each.
 */
#ifndef CASGATE_DAEMON_REPORT_H
#define CASGATE_DAEMON_REPORT_H

#include "base/problem.h"

void report_refusal(const struct problems *problems);
void report_warnings(const struct problems *problems);

#endif
