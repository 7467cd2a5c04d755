// halves.h: floats as bfloat16: the nearest, ties to even, as torch and BF16 instructions round.
#ifndef CPU_SIMD_HALVES_H
#define CPU_SIMD_HALVES_H

#include "cpu/simd/vec.h"

// Each lane's float as a bfloat16 in the upper half; NaN stays NaN, the lower half is rubbish.
INLINE vec_bits round_bits(vec x)
{
    const vec_bits bits = (vec_bits)x, rounded = bits + 0x7FFF + (bits >> 16 & 1);
    const vec_bits nan = (vec_bits)(x != x);
    return (nan & (bits | 0x400000)) | (~nan & rounded);
}

#if !defined(VEC_HALVES)
INLINE vec_halves_t vec_halves(vec x)
{
    return __builtin_convertvector(round_bits(x) >> 16, vec_halves_t);
}
#endif

#endif
