/*
 * SipHash-2-4.
 */
#include "base/siphash.h"

/* Least significant byte first, on every machine. */
static uint64_t
word(const unsigned char *at, size_t len)
{
	uint64_t w = 0;

	for (size_t i = 0; i < len; i++)
		w |= (uint64_t)at[i] << 8 * i;
	return w;
}

static uint64_t
turn(uint64_t w, unsigned bits)
{
	return w << bits | w >> (64 - bits);
}

static void
mix(uint64_t v[4], unsigned rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = turn(v[1], 13) ^ v[0];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] = turn(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = turn(v[1], 17) ^ v[2];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] = turn(v[2], 32);
	}
}

static void
take(uint64_t v[4], uint64_t w)
{
	v[3] ^= w;
	mix(v, 2);
	v[0] ^= w;
}

uint64_t
siphash(
    const unsigned char key[SIPHASH_KEY_BYTES], const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t k0 = word(key, 8), k1 = word(key + 8, 8);
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
	    k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
	size_t left = len;

	for (; left >= 8; left -= 8, at += 8)
		take(v, word(at, 8));
	take(v, word(at, left) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
