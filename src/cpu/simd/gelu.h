// gelu.h: gelu(x) = x Phi(x) = max(x, 0) - a Phi(-a) with a = |x|, where nothing cancels badly:
// Phi(-a) <= 1/2. By polynomials whose coefficients are looked up lane by lane, where a level can
// do that (gelu_table.h), else by a rational function. gelu_coarse is gelu within 1e-4.
#ifndef CPU_SIMD_GELU_H
#define CPU_SIMD_GELU_H

#include "cpu/simd/vec.h"

#if defined(VEC_TABLE)
#include "cpu/simd/gelu_table.h"

// The polynomial of interval n (its low bits) at x; `lookup` finds the coefficients of a row.
INLINE vec gelu_polynomial(vec (*lookup)(const float *row, vec_bits n), const float *table,
                           size_t intervals, size_t powers, vec_bits n, vec x)
{
    vec p = lookup(table + (powers - 1) * intervals, n);
    UNROLL
    for (size_t i = powers - 1; i-- > 0;) p = vec_fma(p, x, lookup(table + i * intervals, n));
    return p;
}

#define GELU_POLYNOMIAL(lookup, table, n, x)                                                       \
    gelu_polynomial(lookup, *table, sizeof *table / sizeof **table, sizeof table / sizeof *table,  \
                    (vec_bits)(n), x)

static const float gelu_shift = 0x1.8p23f; // rounds to an integer and leaves it in the low bits

// For what is rounded to bfloat16 or to a byte afterwards: a Phi(-a) around the nearest multiple of
// the width, beyond the last one as at its end.
INLINE vec gelu_coarse(vec x)
{
    const float width = gelu_coarse_width;
    const vec a = vec_min(vec_abs(x), vec_set(4.249f));
    const vec t = vec_fma(a, vec_set(1 / width), vec_set(gelu_shift));
    const vec r = vec_fma(t - gelu_shift, vec_set(-width), a);
    return vec_max(vec_set(0), x) - GELU_POLYNOMIAL(vec_lookup, gelu_coarse_table, t, r);
}

#endif

#if defined(VEC_TABLE) && VEC_TABLE == 32

// The same around the nearest quarter: relative error 3e-8 below 3.6, after that up to 5e-11 in
// all, and nothing beyond 7.87, where it is under 1.4e-14. x (1 + erf(x/√2))/2, as both references
// compute it, is off by up to 1e-7 there.
INLINE vec gelu(vec x)
{
    const float width = gelu_width;
    const vec a = vec_abs(x), t = vec_fma(a, vec_set(1 / width), vec_set(gelu_shift));
    const vec r = vec_fma(t - gelu_shift, vec_set(-width), a);
    const vec p = GELU_POLYNOMIAL(vec_table, gelu_table, t, r);
    return vec_max(vec_set(0), x) - vec_if_less(a, vec_set(7.875f), p, vec_set(0));
}

#elif defined(VEC_TABLE)

// Phi(-a) in few intervals, by the distance to the upper end of one, which rounding up finds:
// relative error 8e-8 below 3.6, after that up to 6e-11 in all, and nothing beyond 6.9, where it is
// under 2e-11.
INLINE vec gelu(vec x)
{
    const float width = gelu_width, up = 0.5f + 0x1p-20f;
    const vec end = vec_set(6.9f), a = vec_min(vec_abs(x), end);
    const vec t = vec_fma(a, vec_set(1 / width), vec_set(up)) + gelu_shift;
    const vec s = vec_fma(t - gelu_shift, vec_set(width), -a);
    const vec p = GELU_POLYNOMIAL(vec_table, gelu_table, t, s);
    return vec_fma(-a, vec_if_less(a, end, p, vec_set(0)), vec_max(vec_set(0), x));
}

#else

// Phi(-a) = e^(-a²/2) w(a); w = erfcx(a/sqrt 2)/2 is smooth and falls like 1/a: a rational
// minimax fit on [0, 13.5] with relative error 5.4e-9 (1.5e-8 with its coefficients rounded), all
// coefficients of one sign. a² keeps its rounding error, else e^(-a²/2) would lose log2(a²/2) bits.
// Beyond 13.21 the exponential is below 2^-126 and counts as 0.
INLINE vec gelu(vec x)
{
    const vec a = vec_min(vec_set(13.5f), vec_abs(x));
    const vec square = a * a, low = vec_mul_low(a, a, square);
    const vec e = vec_exp_low(square * -0.5f, low * -0.5f);
    vec p = vec_set(-0.00400740886f); // of -w
    p = vec_fma(p, a, vec_set(-0.0399119966f));
    p = vec_fma(p, a, vec_set(-0.181113452f));
    p = vec_fma(p, a, vec_set(-0.435458213f));
    p = vec_fma(p, a, vec_set(-0.5f));
    vec q = vec_set(0.0100449426f);
    q = vec_fma(q, a, vec_set(0.100051887f));
    q = vec_fma(q, a, vec_set(0.46386385f));
    q = vec_fma(q, a, vec_set(1.19373417f));
    q = vec_fma(q, a, vec_set(1.66880119f));
    q = vec_fma(q, a, vec_set(1));
    return vec_fma(e * p / q, a, vec_max(vec_set(0), x));
}

INLINE vec gelu_coarse(vec x)
{
    return gelu(x);
}

#endif

#endif
