/*
 * What the harnesses share. A property that does not hold ends the process,
 * which is what a fuzzer looks for.
 */
#ifndef CASGATE_FUZZ_H
#define CASGATE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(property)                                                        \
	do {                                                                   \
		if (!(property)) {                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
			    __LINE__, #property);                              \
			abort();                                               \
		}                                                              \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
