/*
 * Shows that the sandbox holds: a process as a worker is tries all that a
 * worker must not do.
 */
#ifndef CASGATE_DAEMON_SELF_TEST_H
#define CASGATE_DAEMON_SELF_TEST_H

#include <stdbool.h>
#include <stdio.h>

#include "base/problem.h"

/*
 * Writes a line for each act, and one with the sum. How many were not refused,
 * or -1 and why it could not be tried. Not `sandboxed`: without the sandbox,
 * and with all rights of the caller, which shows what the acts are worth.
 */
int self_test_sandbox(FILE *to, bool sandboxed, struct problem *why);

#endif
