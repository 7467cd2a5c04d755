// bytes.h: floats as integers of a byte.
#ifndef CPU_SIMD_BYTES_H
#define CPU_SIMD_BYTES_H

#include "cpu/simd/vec.h"

// Adding 1.5 * 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits.
static const float bytes_shift = 0x1.8p23f;

// The integers of such sums.
INLINE vec_ints bytes_integers(vec shifted)
{
    return (vec_ints)shifted - (vec_ints)vec_set(bytes_shift);
}

// The lowest byte of each lane.
INLINE void bytes_store(uint8_t *dst, vec_bits v)
{
#if defined(VEC_BYTES)
    vec_store_bytes(dst, v);
#else
    typedef uint8_t bytes __attribute__((vector_size(VEC_LANES)));
    const bytes b = __builtin_convertvector(v & 0xFF, bytes);
    memcpy(dst, &b, sizeof b);
#endif
}

// The same as pairs of 16-bit integers: of four lanes 0 and 2, then 1 and 3.
INLINE void bytes_store_pairs(uint32_t *dst, vec_bits v)
{
#if defined(VEC_PAIRS)
    vec_store_pairs(dst, v);
#else
    v &= 0xFF;
    for (size_t i = 0; i < VEC_LANES; i += 4, dst += 2) {
        dst[0] = v[i] | v[i + 2] << 16;
        dst[1] = v[i + 1] | v[i + 3] << 16;
    }
#endif
}

#endif
