// act.c: activations with bias, element by element. Each formula is a function of one vector; one
// loop carries them all. Errors are relative, in the tails too; tests/cpu/test_kernels.c derives
// their bounds. Largest found in a sweep of 70 million floats, in ulp, where e^-|x| is not below
// 2^-126: gelu 6.7 (level c; avx2 2.4), silu 2.9, sigmoid 2.3, tanh 1.5; gelu_tanh and quick_gelu
// as well as the rounding of their argument allows.
#include "cpu/simd/gelu.h"

// 1/(1 + e^-x) = 1/(1 + e) for x >= 0, e/(1 + e) for x < 0, with e = e^-|x|: no overflow, no
// cancellation.
INLINE vec sigmoid(vec x)
{
    const vec e = vec_exp(vec_minus_abs(x));
    return vec_if_less(x, vec_set(0), e, vec_set(1)) / (e + 1.0f);
}

INLINE vec act_gelu(vec x)
{
    return gelu(x);
}

INLINE vec act_gelu_coarse(vec x)
{
    return gelu_coarse(x);
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
