/*
 * Reads single values: numbers, times, sizes, hosts and addresses. Each says
 * 0, or -1 and a sentence about what to write instead.
 */
#ifndef CASGATE_CONFIG_VALUES_H
#define CASGATE_CONFIG_VALUES_H

#include <stdint.h>

#include "base/problem.h"
#include "base/text.h"

/* What a number counts, and how it is written. */
enum unit {
	UNIT_NONE,    /* 12 */
	UNIT_SECONDS, /* 500ms, 10s, 5m, 1h, 1d; whole seconds */
	UNIT_BYTES    /* 900, 128k, 1m */
};

int value_number(
    struct text text, enum unit unit, uint64_t *number, struct problem *why);

/* The shortest way to write it: "10m", "128k". `to` has VALUE_TEXT_MAX
 * bytes; gives `to`. */
#define VALUE_TEXT_MAX 24
const char *value_number_print(uint64_t number, enum unit unit, char *to);

/* Anything but a host name of RFC 1123 2.1 (and `_`, which is met in the wild)
 * is refused; a `.` at its end may be there. */
int value_host(struct text text, struct problem *why);

/*
 * Takes HOST:PORT or [V6]:PORT apart; without its brackets, the address goes
 * to `host`. `port_min` is 0 where the kernel may pick one.
 */
int value_endpoint(struct text text, unsigned port_min, struct text *host,
    uint16_t *port, struct problem *why);

/* Is this the number of an address, IPv4 or IPv6 without brackets? */
bool value_is_address(struct text text);

/* An absolute URL of http or https, safe to stand in a Location. */
int value_url(struct text text, struct problem *why);

#endif
