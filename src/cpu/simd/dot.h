// dot.h: the dot product of two GEMM words, lane by lane, for levels without an instruction for it.
// There a word takes two steps: each multiplies one word of a wide left operand (cpu/kernels.h) by
// half of the right word.
#ifndef CPU_SIMD_DOT_H
#define CPU_SIMD_DOT_H

#include "cpu/simd/vec.h"

// Pairs of bfloat16, each the upper half of a float: the lower one first. A wide left word is a
// float.
#if defined(VEC_DOT_BF16)
enum { BF16_STEPS = 1 };
#else
enum { BF16_STEPS = 2 };
typedef vec bf16_left, bf16_right;

INLINE bf16_left bf16_left_set(uint32_t word)
{
    return (vec)((vec_bits){0} + word);
}

INLINE bf16_right bf16_right_load(const uint32_t *p, size_t step)
{
    const vec_bits words = vec_load_bits(p);
    return (vec)(step ? words & 0xFFFF0000u : words << 16);
}

INLINE vec vec_dot_bf16(vec sum, bf16_left left, bf16_right right)
{
    return vec_fma(left, right, sum);
}
#endif

// Four bytes, unsigned on the left, signed on the right. Of wide left words the first is bytes 0
// and 2, the second bytes 1 and 3, as 16-bit integers.
#if defined(VEC_DOT_INT8)
enum { INT8_STEPS = 1 };
#else
enum { INT8_STEPS = 2 };
#endif
#if !defined(VEC_DOT_INT8) && !defined(VEC_DOT_PAIRS)
typedef vec_ints int8_left;
typedef struct {
    vec_ints low, high;
} int8_right;

INLINE int8_left int8_left_set(uint32_t word)
{
    return (vec_ints)((vec_bits){0} + word);
}

INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    const vec_ints words = (vec_ints)(vec_load_bits(p) << (step ? 0 : 8));
    return (int8_right){words << 16 >> 24, words >> 24};
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    return sum + (left & 0xFFFF) * right.low + (left >> 16) * right.high;
}
#endif

#if !defined(VEC_INT8_OFFSET)
#define VEC_INT8_OFFSET 0
#endif

#endif
