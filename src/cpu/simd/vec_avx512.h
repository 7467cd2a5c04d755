// vec_avx512.h: sixteen lanes, AVX-512 F, BW, DQ, VL. The tile: 12 x 2 vectors are 24 of the 32
// registers; its 32 columns divide every usual width, 64-wide heads included.
#ifndef CPU_SIMD_VEC_AVX512_H
#define CPU_SIMD_VEC_AVX512_H

#include <immintrin.h>

enum { VEC_LANES = 16, GEMM_MR = 12, GEMM_VECS = 2 };

typedef __m512 vec;

INLINE vec vec_set(float x)
{
    return _mm512_set1_ps(x);
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

INLINE vec vec_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}

INLINE vec vec_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

INLINE vec vec_if_less(vec a, vec b, vec x, vec y)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}

INLINE vec vec_mul_low(vec a, vec b, vec ab)
{
    return _mm512_fmsub_ps(a, b, ab);
}

// The first n lanes.
INLINE __mmask16 vec_avx512_mask(size_t n)
{
    return (__mmask16)((1u << n) - 1);
}

INLINE vec vec_load_part(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps(vec_avx512_mask(n), p);
}

INLINE void vec_store_part(float *p, vec v, size_t n)
{
    _mm512_mask_storeu_ps(p, vec_avx512_mask(n), v);
}

INLINE vec vec_keep_part(vec v, size_t n, float rest)
{
    return _mm512_mask_blend_ps(vec_avx512_mask(n), vec_set(rest), v);
}

#endif
