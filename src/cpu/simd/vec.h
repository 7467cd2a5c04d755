// vec.h: VEC_LANES floats at once. The level's own header gives the type `vec` and what C operators
// cannot say; + - * / and scalar operands are the compiler's vector extension (gcc, clang), and
// what can be said by them alone is here. A tail of n < VEC_LANES floats is a partial load and a
// partial store around the same operations, so an element's value does not depend on its lane.
//
// Each header defines: VEC_LANES, vec, GEMM_MR x GEMM_VECS (the tile's shape) and
//   vec_set(x)            x in every lane
//   vec_fma(a, b, c)      a*b + c: one rounding with FMA, two at level c
//   vec_min, vec_max      (a, b), the second when either is NaN
//   vec_if_less(a,b,x,y)  a < b ? x : y
//   vec_mul_low(a, b, ab) a*b - ab exactly, where ab is the rounded product
//   vec_load_part(p, n)   n < VEC_LANES floats, 0 in the other lanes; touches no other memory
//   vec_store_part(p,v,n) likewise
//   vec_keep_part(v,n,x)  x in lanes n and above
//   VEC_PICK              (with more than four lanes) vec_pick_even(a, b): in each quad lanes 0 and
//                         2 of a's, then of b's; vec_pick_odd(a, b) 1 and 3
//   VEC_TABLE             (where there is one) its size; vec_table(table, n): the table's entry n
//                         modulo that, lane by lane; vec_lookup(table, n) the same of VEC_LANES
//   VEC_EXP2              vec_fraction(x): x minus the nearest integer, 0 of an infinity;
//                         vec_power(p, n): p 2^n, n an integer or -infinity
// and for the GEMM's words (uint32_t: two bfloat16, four bytes), where it has something better than
// the plain definitions of dot.h:
//   VEC_DOT_BF16          the type bf16_left, bf16_left_set(word), vec_dot_bf16(sum, left, right):
//                         sum + the dot product of each lane's pairs
//   VEC_HALVES            vec_halves(x): each lane as a bfloat16, as halves.h rounds it, but for
//                         subnormal numbers, which may become 0
//   VEC_BYTES             vec_store_bytes(dst, bits): the lowest byte of each lane
//   VEC_DOT_INT8          the types int8_left and int8_right, int8_left_set(word),
//                         int8_right_load(p), vec_dot_int8(sum, left, right): unsigned times signed
//   VEC_INT8_OFFSET       what int8_left_set takes from each byte, where vec_dot_int8 is of signed
#ifndef CPU_SIMD_VEC_H
#define CPU_SIMD_VEC_H

#include <math.h>
#include <string.h>

#include "cpu/level.h"

#define INLINE static inline __attribute__((always_inline))

// Before a loop with a constant count: unrolled so early that an array of vec becomes registers.
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

// Keeps the compiler from knowing what a vector holds.
#if defined(__x86_64__)
#define VEC_HIDE(v) __asm__("" : "+x"(v))
#elif defined(__aarch64__)
#define VEC_HIDE(v) __asm__("" : "+w"(v))
#else
#define VEC_HIDE(v) __asm__("" : "+m"(v))
#endif

// A level's types: so many floats, and lanes of the same width as integers.
#define VEC_TYPES(lanes)                                                                           \
    typedef uint32_t vec_bits __attribute__((vector_size(4 * (lanes))));                           \
    typedef int32_t vec_ints __attribute__((vector_size(4 * (lanes))));                            \
    typedef uint16_t vec_halves_t __attribute__((vector_size(2 * (lanes))));

#if defined(LEVEL_avx512) || defined(LEVEL_avx512vnni) || defined(LEVEL_avx512bf16) ||             \
    defined(LEVEL_amx)
#include "cpu/simd/vec_avx512.h"
#elif defined(LEVEL_avx2) || defined(LEVEL_avxvnni)
#include "cpu/simd/vec_avx2.h"
#elif defined(LEVEL_neon) || defined(LEVEL_neondot) || defined(LEVEL_neonbf16)
#include "cpu/simd/vec_neon.h"
#else
#include "cpu/simd/vec_c.h"
#endif

// Pointers need only a float's alignment.
INLINE vec vec_load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE vec_bits vec_load_bits(const uint32_t *p)
{
    vec_bits v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void vec_store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

// The first n floats, or all lanes where n reaches beyond them.
INLINE vec vec_load_n(const float *p, size_t n)
{
    return n < VEC_LANES ? vec_load_part(p, n) : vec_load(p);
}

INLINE void vec_store_n(float *p, vec v, size_t n)
{
    if (n < VEC_LANES) {
        vec_store_part(p, v, n);
    } else {
        vec_store(p, v);
    }
}

INLINE vec vec_keep_n(vec v, size_t n, float rest)
{
    return n < VEC_LANES ? vec_keep_part(v, n, rest) : v;
}

// ------------------------------------------------------------------------------ lanes to one value

typedef float vec_quad __attribute__((vector_size(16)));

INLINE vec_quad quad_add(vec_quad a, vec_quad b)
{
    return a + b;
}

// a > b ? a : b
INLINE vec_quad quad_higher(vec_quad a, vec_quad b)
{
    typedef uint32_t quad_bits __attribute__((vector_size(16)));
    const quad_bits first = (quad_bits)(a > b);
    return (vec_quad)(((quad_bits)a & first) | ((quad_bits)b & ~first));
}

// The halves are put together until one lane is left: the same order at every call. In registers:
// memory would be written in one width and read in another, which waits.
#define VEC_FOLD(v, quads)                                                                         \
    vec_quad q[VEC_LANES / 4];                                                                     \
    memcpy(q, &v, sizeof q);                                                                       \
    UNROLL                                                                                         \
    for (size_t n = VEC_LANES / 8; n > 0; n /= 2) {                                                \
        UNROLL                                                                                     \
        for (size_t i = 0; i < n; i++) q[i] = quads(q[i], q[i + n]);                               \
    }

INLINE float vec_sum(vec v)
{
    VEC_FOLD(v, quad_add)
    return (q[0][0] + q[0][2]) + (q[0][1] + q[0][3]);
}

INLINE float vec_highest(vec v)
{
    VEC_FOLD(v, quad_higher)
    const float even = q[0][0] > q[0][2] ? q[0][0] : q[0][2];
    const float odd = q[0][1] > q[0][3] ? q[0][1] : q[0][3];
    return even > odd ? even : odd;
}

#if !defined(VEC_PICK)
INLINE vec vec_pick_even(vec a, vec b)
{
    return __builtin_shufflevector(a, b, 0, 2, 4, 6);
}

INLINE vec vec_pick_odd(vec a, vec b)
{
    return __builtin_shufflevector(a, b, 1, 3, 5, 7);
}
#endif

INLINE vec vec_add(vec a, vec b)
{
    return a + b;
}

// What of each of four vectors is one value, as the four lanes of a quad: a transpose within quads
// first, which leaves one vector to fold.
#define VEC_FOUR(v, vecs, quads)                                                                   \
    const vec ab = vecs(vec_pick_even(v[0], v[1]), vec_pick_odd(v[0], v[1]));                      \
    const vec cd = vecs(vec_pick_even(v[2], v[3]), vec_pick_odd(v[2], v[3]));                      \
    const vec abcd = vecs(vec_pick_even(ab, cd), vec_pick_odd(ab, cd));                            \
    VEC_FOLD(abcd, quads)

INLINE vec_quad vec_four_sums(const vec v[4])
{
    VEC_FOUR(v, vec_add, quad_add)
    return q[0];
}

INLINE vec_quad vec_four_highest(const vec v[4])
{
    VEC_FOUR(v, vec_max, quad_higher)
    return q[0];
}

// ---------------------------------------------------------------------------------- sign and bits

INLINE vec vec_abs(vec x)
{
    return (vec)((vec_bits)x & 0x7FFFFFFFu);
}

INLINE vec vec_minus_abs(vec x)
{
    return (vec)((vec_bits)x | 0x80000000u);
}

// |x| with the sign of s; x must not be negative.
INLINE vec vec_with_sign(vec x, vec s)
{
    return (vec)((vec_bits)x | ((vec_bits)s & 0x80000000u));
}

// --------------------------------------------------------------------------------------------- exp

// e^(x + low) for x <= 0 (or barely above) and |low| below an ulp of x; 0 where the result would be
// under 2^-126; NaN stays. Error without low's: under 1.1 ulp.
//   n = round(x / ln 2), r = x + low - n ln 2, e^x = 2^n e^r, |r| <= ln(2)/2.
// Adding 1.5 * 2^23 rounds to an integer; the 127 more leaves n's biased exponent in the low bits
// of the sum, so a shift makes 2^n. ln 2 is split so that n times its high part (9 bits) is exact
// (Cody & Waite 1980). e^r = 1 + r + r^2 P(r), P minimax on |r| <= 0.347, relative error 3.1e-9.
INLINE vec vec_exp_low(vec x, vec low)
{
    const float shift = 0x1.8p23f + 127;
    const vec t = vec_fma(x, vec_set(1.44269504f), vec_set(shift));
    const vec n = t - shift;
    vec r = vec_fma(n, vec_set(-0.693359375f), x);
    r = vec_fma(n, vec_set(2.12194440e-4f), r) + low;
    vec p = vec_set(0x1.6a2318p-10f);
    p = vec_fma(p, r, vec_set(0x1.123a8ep-7f));
    p = vec_fma(p, r, vec_set(0x1.5558f6p-5f));
    p = vec_fma(p, r, vec_set(0x1.555490p-3f));
    p = vec_fma(p, r, vec_set(0x1.fffffcp-2f));
    p = vec_fma(r * r, p, r) + 1.0f;
    const vec power = (vec)((vec_bits)t << 23);
    return vec_if_less(x, vec_set(-87.3365448f), vec_set(0), p * power);
}

INLINE vec vec_exp(vec x)
{
    return vec_exp_low(x, vec_set(0));
}

// 2^r for |r| <= 1/2, and exactly 1 for 0; relative error 5.1e-9 before rounding.
INLINE vec vec_exp2_part(vec r)
{
    vec p = vec_set(1.54531629e-4f);
    p = vec_fma(p, r, vec_set(1.33908634e-3f));
    p = vec_fma(p, r, vec_set(9.61808256e-3f));
    p = vec_fma(p, r, vec_set(5.55035711e-2f));
    p = vec_fma(p, r, vec_set(0.240226508f));
    p = vec_fma(p, r, vec_set(0.693147188f));
    return vec_fma(p, r, vec_set(1));
}

// The same with a relative error of 1.02e-4, for what is rounded to bfloat16 or to a byte.
INLINE vec vec_exp2_part_coarse(vec r)
{
    vec p = vec_set(0.0550089329f);
    p = vec_fma(p, r, vec_set(0.242210969f));
    p = vec_fma(p, r, vec_set(0.693282902f));
    return vec_fma(p, r, vec_set(1));
}

// 2^x for x <= 0 (or barely above) by 2^r of a part of it; under 2^-126 the result is 0 or has few
// bits; NaN stays.
INLINE vec vec_exp2_by(vec x, vec (*part)(vec r))
{
#if defined(VEC_EXP2)
    const vec r = vec_fraction(x);
    return vec_power(part(r), x - r);
#else
    const float shift = 0x1.8p23f + 127;
    const vec t = x + shift, p = part(x - (t - shift));
    const vec power = (vec)((vec_bits)t << 23);
    return vec_if_less(x, vec_set(-126), vec_set(0), p * power);
#endif
}

// Error: under 1.1 ulp.
INLINE vec vec_exp2(vec x)
{
    return vec_exp2_by(x, vec_exp2_part);
}

INLINE vec vec_exp2_coarse(vec x)
{
    return vec_exp2_by(x, vec_exp2_part_coarse);
}

#endif
