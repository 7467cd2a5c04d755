// vec_avx2.h: eight lanes, AVX2 with FMA. The tile: 6 x 2 vectors are 12 of the 16 registers, more
// chains than the 8 to 10 that latency times throughput asks for.
#ifndef CPU_SIMD_VEC_AVX2_H
#define CPU_SIMD_VEC_AVX2_H

#include <immintrin.h>

enum { VEC_LANES = 8, GEMM_MR = 6, GEMM_VECS = 2 };

typedef __m256 vec;

INLINE vec vec_set(float x)
{
    return _mm256_set1_ps(x);
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

INLINE vec vec_min(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}

INLINE vec vec_max(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}

INLINE vec vec_if_less(vec a, vec b, vec x, vec y)
{
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}

INLINE vec vec_mul_low(vec a, vec b, vec ab)
{
    return _mm256_fmsub_ps(a, b, ab);
}

// All ones in the first n lanes.
INLINE __m256i vec_avx2_mask(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}

INLINE vec vec_load_part(const float *p, size_t n)
{
    return _mm256_maskload_ps(p, vec_avx2_mask(n));
}

INLINE void vec_store_part(float *p, vec v, size_t n)
{
    _mm256_maskstore_ps(p, vec_avx2_mask(n), v);
}

INLINE vec vec_keep_part(vec v, size_t n, float rest)
{
    return _mm256_blendv_ps(vec_set(rest), v, _mm256_castsi256_ps(vec_avx2_mask(n)));
}

#endif
