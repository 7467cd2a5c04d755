// vec_avx2.h: eight lanes, AVX2 with FMA. The tile: 6 x 2 vectors are 12 of the 16 registers, more
// chains than the 8 to 10 that latency times throughput asks for.
#ifndef CPU_SIMD_VEC_AVX2_H
#define CPU_SIMD_VEC_AVX2_H

#include <immintrin.h>

enum { VEC_LANES = 8, GEMM_MR = 6, GEMM_VECS = 2 };

typedef __m256 vec;
VEC_TYPES(VEC_LANES)

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

#define VEC_PICK
INLINE vec vec_pick_even(vec a, vec b)
{
    return _mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
}

INLINE vec vec_pick_odd(vec a, vec b)
{
    return _mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1));
}

#define VEC_TABLE 8
INLINE vec vec_lookup(const float *table, vec_bits index)
{
    return _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), (__m256i)index);
}

INLINE vec vec_table(const float *table, vec_bits index)
{
    return vec_lookup(table, index);
}

// ------------------------------------------------------------------------------------------- words

#define VEC_BYTES
INLINE void vec_store_bytes(uint8_t *dst, vec_bits v)
{
    const __m256i lowest = _mm256_set1_epi32(0x0C080400); // of a 128-bit half
    const __m256i bytes = _mm256_shuffle_epi8((__m256i)v, lowest);
    const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
    _mm_storel_epi64((__m128i *)dst, _mm_unpacklo_epi32(low, high));
}

typedef __m256i int8_left, int8_right;

INLINE int8_left int8_left_set(uint32_t word)
{
    return _mm256_set1_epi32((int)word);
}

#if defined(__AVXVNNI__) || defined(__AVX512VNNI__)
#define VEC_DOT_INT8
INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    (void)step;
    return _mm256_loadu_si256((const __m256i *)p);
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    return (vec_ints)_mm256_dpbusd_epi32((__m256i)sum, left, right);
}
#else
// Bytes 0 and 2, or 1 and 3, as 16-bit integers: madd adds products of neighbours without overflow,
// which maddubs would not.
#define VEC_DOT_PAIRS
INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    const __m256i words = _mm256_loadu_si256((const __m256i *)p);
    return _mm256_srai_epi16(step ? words : _mm256_slli_epi16(words, 8), 8);
}

// 12 sums, two right operands, a left one and a product are all 16 registers: as intrinsics gcc
// makes products before it adds them, and spills sums.
INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    __m256i product;
    __asm__ volatile("vpmaddwd %3, %2, %1\n\t"
                     "vpaddd %1, %0, %0"
                     : "+x"(sum), "=x"(product)
                     : "x"(left), "x"(right));
    return sum;
}
#endif

#define VEC_PAIRS
INLINE void vec_store_pairs(uint32_t *dst, vec_bits v)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 8, -1, 4, -1, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const __m256i pairs = _mm256_shuffle_epi8((__m256i)v, order);
    const __m128i low = _mm256_castsi256_si128(pairs), high = _mm256_extracti128_si256(pairs, 1);
    _mm_storeu_si128((__m128i *)dst, _mm_unpacklo_epi64(low, high));
}

#endif
