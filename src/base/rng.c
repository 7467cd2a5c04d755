// rng.c: Philox4x32-10. The counter (index, step, site) goes through ten rounds keyed by the seed;
// a round multiplies two of the four words by odd constants, swaps the halves of the products
// across and mixes in the other two words and the key, which itself grows by Weyl constants.
// Equal counters give equal words: there is no state.
#include "base/rng.h"

#include <math.h>

// Salmon et al. 2011, section 3.3 (M0, M1) and 4.1: the Weyl steps are the golden ratio and
// sqrt(3) - 1, both as fractions of 2^32.
enum { ROUNDS = 10 };
static const uint32_t M0 = 0xD2511F53, M1 = 0xCD9E8D57;
static const uint32_t W0 = 0x9E3779B9, W1 = 0xBB67AE85;

void rng_words(uint64_t seed, uint32_t step, uint32_t site, uint64_t index, uint32_t out[4])
{
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    uint32_t x0 = (uint32_t)index, x1 = (uint32_t)(index >> 32), x2 = step, x3 = site;
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t p0 = (uint64_t)M0 * x0, p1 = (uint64_t)M1 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p0;
        k0 += W0;
        k1 += W1;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

float rng_uniform(uint64_t seed, uint32_t step, uint32_t site, uint64_t index)
{
    uint32_t w[4];
    rng_words(seed, step, site, index, w);
    return (float)(w[0] >> 8) * 0x1p-24f;
}

// Box-Muller: a radius from one uniform in (0, 1), an angle from another. In double, then rounded
// once, so that libraries of mathematics that differ in the last bit rarely differ in the result.
float rng_normal(uint64_t seed, uint32_t step, uint32_t site, uint64_t index)
{
    uint32_t w[4];
    rng_words(seed, step, site, index, w);
    const double two_pi = 6.283185307179586;
    const double u = ((double)w[0] + 0.5) * 0x1p-32; // never 0, never 1
    const double v = (double)w[1] * 0x1p-32;
    return (float)(sqrt(-2.0 * log(u)) * cos(two_pi * v));
}
