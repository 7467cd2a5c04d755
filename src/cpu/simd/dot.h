// dot.h: the dot product of two GEMM words, lane by lane, for levels without an instruction for it.
#ifndef CPU_SIMD_DOT_H
#define CPU_SIMD_DOT_H

#include "cpu/simd/vec.h"

// Pairs of bfloat16, each the upper half of a float: the lower one first.
#if !defined(VEC_DOT_BF16)
typedef vec_bits bf16_left;

INLINE bf16_left bf16_left_set(uint32_t word)
{
    return (vec_bits){0} + word;
}

INLINE vec vec_dot_bf16(vec sum, bf16_left left, vec_bits right)
{
    sum = vec_fma((vec)(left << 16), (vec)(right << 16), sum);
    return vec_fma((vec)(left & 0xFFFF0000u), (vec)(right & 0xFFFF0000u), sum);
}
#endif

// Four bytes, unsigned on the left, signed on the right.
#if !defined(VEC_DOT_INT8)
typedef vec_ints int8_left, int8_right;

INLINE int8_left int8_left_set(uint32_t word)
{
    return (vec_ints)(vec_bits){0} + (int32_t)word;
}

INLINE int8_right int8_right_load(const uint32_t *p)
{
    return (vec_ints)vec_load_bits(p);
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    UNROLL
    for (int byte = 0; byte < 32; byte += 8) {
        sum += (left >> byte & 0xFF) * (right << (24 - byte) >> 24);
    }
    return sum;
}
#endif

#if !defined(VEC_INT8_OFFSET)
#define VEC_INT8_OFFSET 0
#endif

#endif
