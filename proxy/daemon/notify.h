/*
 * Telling systemd how we are (sd_notify(3), Type=notify).
 */
#ifndef CASGATE_DAEMON_NOTIFY_H
#define CASGATE_DAEMON_NOTIFY_H

/* "READY=1", "RELOADING=1", "STOPPING=1", or several, one a line. Nothing
 * happens when nobody asked to be told ($NOTIFY_SOCKET). */
void notify(const char *state);

#endif
