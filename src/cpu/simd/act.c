// act.c: activations with bias, element by element. Each formula is a function of one vector; one
// loop carries them all. Errors are relative, in the tails too; tests/cpu/test_kernels.c derives
// their bounds. Largest found in a sweep of 70 million floats, in ulp, where e^-|x| is not below
// 2^-126: gelu 5.7 (6.7 at level c), silu 2.9, sigmoid 2.3, tanh 1.5; gelu_tanh and quick_gelu as
// well as the rounding of their argument allows.
#include "cpu/simd/vec.h"

#if defined(VEC_LOOKUP)
#include "cpu/simd/gelu_table.h"
#endif

// 1/(1 + e^-x) = 1/(1 + e) for x >= 0, e/(1 + e) for x < 0, with e = e^-|x|: no overflow, no
// cancellation.
INLINE vec sigmoid(vec x)
{
    const vec e = vec_exp(vec_minus_abs(x));
    return vec_if_less(x, vec_set(0), e, vec_set(1)) / (e + 1.0f);
}

// gelu(x) = x Phi(x) = max(x, 0) - a Phi(-a) with a = |x|, where nothing cancels badly: Phi(-a) <=
// 1/2.
#if defined(VEC_TABLE)

// a Phi(-a) by a polynomial around the nearest quarter (half the time of the other way): relative
// error 3e-8 below 3.6, after that up to 5e-11 in all, and nothing beyond 7.87, where it is under
// 1.4e-14. x (1 + erf(x/√2))/2, as both references compute it, is off by up to 1e-7 there.
INLINE vec act_gelu(vec x)
{
    const float shift = 0x1.8p23f; // rounds to an integer and leaves it in the low bits
    const vec a = vec_abs(x), t = vec_fma(a, vec_set(4), vec_set(shift));
    const vec r = vec_fma(t - shift, vec_set(-0.25f), a);
    const vec_bits n = (vec_bits)t;
    vec p = vec_table(gelu_table[5], n);
    UNROLL
    for (size_t i = 5; i-- > 0;) p = vec_fma(p, r, vec_table(gelu_table[i], n));
    return vec_max(vec_set(0), x) - vec_if_less(a, vec_set(7.875f), p, vec_set(0));
}

#else

// Phi(-a) = e^(-a²/2) w(a); w = erfcx(a/sqrt 2)/2 is smooth and falls like 1/a: a rational
// minimax fit on [0, 13.5] with relative error 5.4e-9 (1.5e-8 with its coefficients rounded), all
// coefficients of one sign. a² keeps its rounding error, else e^(-a²/2) would lose log2(a²/2) bits.
// Beyond 13.21 the exponential is below 2^-126 and counts as 0.
INLINE vec act_gelu(vec x)
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

#endif

// gelu(x) for what is rounded to bfloat16 or a byte afterwards: within 1e-4, the least of it near
// 0. a Phi(-a) by a polynomial for each lane of a vector, beyond the last as at its end.
INLINE vec act_gelu_coarse(vec x)
{
#if defined(VEC_LOOKUP)
    enum { POWERS = sizeof gelu_coarse_table / sizeof *gelu_coarse_table };
    const float shift = 0x1.8p23f, width = gelu_coarse_width;
    const vec a = vec_min(vec_abs(x), vec_set(gelu_coarse_end));
    const vec t = vec_fma(a, vec_set(1 / width), vec_set(shift));
    const vec r = vec_fma(t - shift, vec_set(-width), a);
    const vec_bits n = (vec_bits)t;
    vec p = vec_lookup(vec_load(gelu_coarse_table[POWERS - 1]), n);
    UNROLL
    for (size_t i = POWERS - 1; i-- > 0;) {
        p = vec_fma(p, r, vec_lookup(vec_load(gelu_coarse_table[i]), n));
    }
    return vec_max(vec_set(0), x) - p;
#else
    return act_gelu(x);
#endif
}

// x/2 (1 + tanh u) = x sigmoid(2u); 2 sqrt(2/pi) = 1.59576912, and times 0.044715 = 0.0713548163.
INLINE vec act_gelu_tanh(vec x)
{
    return x * sigmoid(x * vec_fma(x * x, vec_set(0.0713548163f), vec_set(1.59576912f)));
}

INLINE vec act_quick_gelu(vec x)
{
    return x * sigmoid(x * 1.702f);
}

INLINE vec act_silu(vec x)
{
    return x * sigmoid(x);
}

INLINE vec act_relu(vec x)
{
    return vec_max(vec_set(0), x);
}

// (1 - e)/(1 + e) with e = e^(-2|x|), which cancels near 0: below 0.625 x + x³ P(x²) instead, P a
// minimax fit with relative error 4.4e-9 of tanh.
INLINE vec act_tanh(vec x)
{
    const vec a = vec_abs(x), e = vec_exp(a * -2.0f), square = a * a;
    vec p = vec_set(-0.00570499f);
    p = vec_fma(p, square, vec_set(0.02063909f));
    p = vec_fma(p, square, vec_set(-0.05373972f));
    p = vec_fma(p, square, vec_set(0.13331442f));
    p = vec_fma(p, square, vec_set(-0.33333282f));
    const vec small = vec_fma(a * square, p, a), large = (1.0f - e) / (1.0f + e);
    return vec_with_sign(vec_if_less(a, vec_set(0.625f), small, large), x);
}

INLINE vec act_sigmoid(vec x)
{
    return sigmoid(x);
}

INLINE vec act_linear(vec x)
{
    return x;
}

typedef vec act_fn(vec x);

// n columns, whose bias stays in registers: calls are of a panel's few columns and many rows.
INLINE void act_columns(size_t n, float *y, size_t ldy, float *x, size_t ldx, const float *bias,
                        bool save, size_t rows, act_fn *act)
{
    const vec b = bias ? vec_load_n(bias, n) : vec_set(0);
    for (; rows > 0; rows--, x += ldx, y += ldy) {
        vec v = vec_load_n(x, n);
        if (bias) v += b;
        if (save) vec_store_n(x, v, n);
        vec_store_n(y, act(v), n);
    }
}

#define ACT_KERNEL(name)                                                                           \
    void KERNEL(act_##name##_fwd) ACT_ARGS                                                         \
    {                                                                                              \
        for (; cols >= VEC_LANES; cols -= VEC_LANES, x += VEC_LANES, y += VEC_LANES) {             \
            act_columns(VEC_LANES, y, ldy, x, ldx, bias, save, rows, act_##name);                  \
            if (bias) bias += VEC_LANES;                                                           \
        }                                                                                          \
        if (cols) act_columns(cols, y, ldy, x, ldx, bias, save, rows, act_##name);                 \
    }
ACT_KERNELS(ACT_KERNEL)
