// rng.h: randomness as a function. The same seed, step, site and index give the same bits on every
// machine and thread, so nothing is stored and nothing depends on order.
// Philox4x32-10: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

// Four independent 32-bit words for one counter.
void rng_words(uint64_t seed, uint32_t step, uint32_t site, uint64_t index, uint32_t out[4]);

// Uniform in [0, 1), 24 bits; standard normal (Box-Muller).
float rng_uniform(uint64_t seed, uint32_t step, uint32_t site, uint64_t index);
float rng_normal(uint64_t seed, uint32_t step, uint32_t site, uint64_t index);

#endif
