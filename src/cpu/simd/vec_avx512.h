// vec_avx512.h: sixteen lanes, AVX-512 F, BW, DQ, VL. The tile: 12 x 2 vectors are 24 of the 32
// registers; its 32 columns divide every usual width, 64-wide heads included.
#ifndef CPU_SIMD_VEC_AVX512_H
#define CPU_SIMD_VEC_AVX512_H

#include <immintrin.h>

enum { VEC_LANES = 16, GEMM_MR = 12, GEMM_VECS = 2 };

typedef __m512 vec;
VEC_TYPES(VEC_LANES)

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

#define VEC_PICK
INLINE vec vec_pick_even(vec a, vec b)
{
    return _mm512_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
}

INLINE vec vec_pick_odd(vec a, vec b)
{
    return _mm512_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1));
}

#define VEC_EXP2
INLINE vec vec_fraction(vec x)
{
    return _mm512_reduce_ps(x, _MM_FROUND_TO_NEAREST_INT);
}

INLINE vec vec_power(vec p, vec n)
{
    return _mm512_scalef_ps(p, n);
}

#define VEC_TABLE 32
INLINE vec vec_table(const float *table, vec_bits index)
{
    return _mm512_permutex2var_ps(_mm512_loadu_ps(table), (__m512i)index,
                                  _mm512_loadu_ps(table + 16));
}

INLINE vec vec_lookup(const float *table, vec_bits index)
{
    return _mm512_permutexvar_ps((__m512i)index, _mm512_loadu_ps(table));
}

// ------------------------------------------------------------------------------------------- words

#if defined(__AVX512BF16__)
#define VEC_DOT_BF16
typedef vec_bits bf16_left, bf16_right;

INLINE bf16_left bf16_left_set(uint32_t word)
{
    return (vec_bits){0} + word;
}

INLINE bf16_right bf16_right_load(const uint32_t *p, size_t step)
{
    (void)step;
    return (vec_bits)_mm512_loadu_si512(p);
}

INLINE vec vec_dot_bf16(vec sum, bf16_left left, bf16_right right)
{
    return _mm512_dpbf16_ps(sum, (__m512bh)left, (__m512bh)right);
}

#define VEC_HALVES
INLINE vec_halves_t vec_halves(vec x)
{
    return (vec_halves_t)_mm512_cvtneps_pbh(x);
}
#endif

// Narrowed in a register: VPMOVDB straight to memory is slow on Zen 4, which the compiler is kept
// from choosing.
#define VEC_BYTES
INLINE void vec_store_bytes(uint8_t *dst, vec_bits v)
{
    __m128i bytes = _mm512_cvtepi32_epi8((__m512i)v);
    __asm__("" : "+v"(bytes));
    _mm_storeu_si128((__m128i *)dst, bytes);
}

typedef __m512i int8_left, int8_right;

INLINE int8_left int8_left_set(uint32_t word)
{
    return _mm512_set1_epi32((int)word);
}

#if defined(__AVX512VNNI__)
#define VEC_DOT_INT8
INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    (void)step;
    return _mm512_loadu_si512(p);
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    return (vec_ints)_mm512_dpbusd_epi32((__m512i)sum, left, right);
}
#else
// Bytes 0 and 2, or 1 and 3, as 16-bit integers: madd adds products of neighbours without overflow,
// which maddubs would not.
#define VEC_DOT_PAIRS
INLINE int8_right int8_right_load(const uint32_t *p, size_t step)
{
    const __m512i words = _mm512_loadu_si512(p);
    return _mm512_srai_epi16(step ? words : _mm512_slli_epi16(words, 8), 8);
}

INLINE vec_ints vec_dot_int8(vec_ints sum, int8_left left, int8_right right)
{
    return sum + (vec_ints)_mm512_madd_epi16(left, right);
}
#endif

#define VEC_PAIRS
INLINE void vec_store_pairs(uint32_t *dst, vec_bits v)
{
    const __m512i low = _mm512_and_si512((__m512i)v, _mm512_set1_epi32(0xFF));
    const __m512i high = _mm512_slli_epi32(_mm512_shuffle_epi32(low, _MM_PERM_DCDC), 16);
    const __m512i halves = _mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6);
    const __m512i pairs = _mm512_permutexvar_epi64(halves, _mm512_or_si512(low, high));
    _mm256_storeu_si256((__m256i *)dst, _mm512_castsi512_si256(pairs));
}

#endif
