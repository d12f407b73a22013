/*
 * What casgate says on standard output when an edition is in force: a line
 * for each listener, and the ready line with all addresses in the order of
 * the file.
 */
#ifndef CASGATE_DAEMON_ANNOUNCE_H
#define CASGATE_DAEMON_ANNOUNCE_H

#include "daemon/edition.h"

/* Never waits: nobody has to read it. */
void announce(const struct edition *edition);

#endif
