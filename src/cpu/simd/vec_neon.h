// vec_neon.h: four lanes, AArch64's Advanced SIMD. The tile: 6 x 4 vectors are 24 of the 32
// registers, with four of the panel's and a row's word 29; a step of k reads one cache line of the
// panel.
#ifndef CPU_SIMD_VEC_NEON_H
#define CPU_SIMD_VEC_NEON_H

#include <arm_neon.h>

enum { VEC_LANES = 4, GEMM_MR = 6, GEMM_VECS = 4 };

typedef float vec __attribute__((vector_size(16)));
VEC_TYPES(VEC_LANES)

INLINE vec vec_set(float x)
{
    return vdupq_n_f32(x);
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return vfmaq_f32(c, a, b);
}

INLINE vec vec_if_less(vec a, vec b, vec x, vec y)
{
    return vbslq_f32(vcltq_f32(a, b), x, y);
}

// Not FMIN and FMAX, which make a NaN of either.
INLINE vec vec_min(vec a, vec b)
{
    return vec_if_less(a, b, a, b);
}

INLINE vec vec_max(vec a, vec b)
{
    return vec_if_less(b, a, a, b);
}

INLINE vec vec_mul_low(vec a, vec b, vec ab)
{
    return vfmaq_f32(-ab, a, b);
}

INLINE vec vec_load_part(const float *p, size_t n)
{
    return (vec){n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
}

INLINE void vec_store_part(float *p, vec v, size_t n)
{
    if (n > 0) vst1q_lane_f32(p, v, 0);
    if (n > 1) vst1q_lane_f32(p + 1, v, 1);
    if (n > 2) vst1q_lane_f32(p + 2, v, 2);
}

INLINE vec vec_keep_part(vec v, size_t n, float rest)
{
    const vec_bits lane = {0, 1, 2, 3};
    return vbslq_f32(vcltq_u32(lane, vdupq_n_u32((uint32_t)n)), v, vec_set(rest));
}

// ------------------------------------------------------------------------------------------- words

// Each of BFDOT's two additions (of the products, which are exact, and to the sum) rounds to odd:
// off by an ulp at most, so a chain of k words stays within 2k + 2 roundings, as two multiply-adds
// do that round twice.
#if defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#define VEC_DOT_BF16
typedef bfloat16x4_t bf16_left;
typedef vec_bits bf16_right;

INLINE bf16_left bf16_left_set(uint32_t word)
{
    return vcreate_bf16(word);
}

INLINE bf16_right bf16_right_load(const uint32_t *p, size_t step)
{
    (void)step;
    return vld1q_u32(p);
}

INLINE vec vec_dot_bf16(vec sum, bf16_left left, bf16_right right)
{
    return vbfdotq_lane_f32(sum, vreinterpretq_bf16_u32(right), left, 0);
}
#endif

#if defined(__ARM_FEATURE_DOTPROD)
#define VEC_DOT_INT8
// Signed times signed: left bytes less 128.
#define VEC_INT8_OFFSET 128
typedef int8x8_t int8_left;
typedef int8x16_t int8_right;

INLINE int8_left int8_left_set(uint32_t word)
{
    return vcreate_s8(word ^ 0x80808080u);
}

INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    (void)step;
    return vreinterpretq_s8_u32(vld1q_u32(p));
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    return vdotq_lane_s32(sum, right, left, 0);
}
#else
// Bytes 0 and 2, or 1 and 3, as 16-bit integers, whose products 16 bits hold: 255 x -128 and
// 255 x 127.
#define VEC_DOT_PAIRS
typedef int16x8_t int8_left, int8_right;

INLINE int8_left int8_left_set(uint32_t word)
{
    return vreinterpretq_s16_u32(vdupq_n_u32(word));
}

INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    const int16x8_t words = vreinterpretq_s16_u32(vld1q_u32(p));
    return vshrq_n_s16(step ? words : vshlq_n_s16(words, 8), 8);
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    return vpadalq_s16(sum, vmulq_s16(left, right));
}
#endif

#endif
