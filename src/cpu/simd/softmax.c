// softmax.c: a row at a time: its maximum, then the exponentials (none above 1) with their sum,
// stored as a left operand at once. They are not divided by the sum here: the product with the
// values, of fewer columns, is. Exponents are to base 2: log2(e) is in the scale.
#include "cpu/simd/halves.h"

static const float log2_e = 1.44269504f, ln_2 = 0.693147181f;

INLINE float row_max(const float *x, size_t n)
{
    vec high = vec_set(-INFINITY);
    for (size_t j = 0; j < n; j += VEC_LANES) {
        high = vec_max(high, vec_keep_n(vec_load_n(x + j, n - j), n - j, -INFINITY));
    }
    return vec_highest(high);
}

// 2^(scale x - max) for VEC_LANES numbers, 0 in the lanes of a tail that are not there.
INLINE vec row_power(const float *x, float scale, float max, size_t n)
{
    return vec_keep_n(vec_exp2(vec_fma(vec_load_n(x, n), vec_set(scale), vec_set(-max))), n, 0);
}

INLINE float row_f32(float *dst, const float *x, float scale, float max, size_t n)
{
    vec sum = vec_set(0);
    for (size_t j = 0; j < n; j += VEC_LANES) {
        const vec v = row_power(x + j, scale, max, n - j);
        vec_store_n(dst + j, v, n - j);
        sum += v;
    }
    return vec_sum(sum);
}

INLINE float row_bf16(uint32_t *dst, const float *x, float scale, float max, size_t n)
{
    vec sum = vec_set(0);
    for (size_t j = 0; j < n; j += VEC_LANES, dst += VEC_LANES / 2) {
        const vec v = row_power(x + j, scale, max, n - j);
        const vec_halves_t halves = vec_halves(v);
        const size_t left = n - j;
        memcpy(dst, &halves, left < VEC_LANES ? (left + 1) / 2 * sizeof *dst : sizeof halves);
        sum += v;
    }
    return vec_sum(sum);
}

#define SOFTMAX_KERNEL(type, word)                                                                 \
    void KERNEL(softmax_##type) SOFTMAX_ARGS                                                       \
    {                                                                                              \
        word *row = dst;                                                                           \
        const float scale2 = scale * log2_e;                                                       \
        for (size_t i = 0; i < rows; i++, row += ldd, x += ldx) {                                  \
            const float max = row_max(x, n) * scale2;                                              \
            sums[i] = row_##type(row, x, scale2, max, n);                                          \
            if (lse) lse[i] = max * ln_2 + logf(sums[i]);                                          \
        }                                                                                          \
    }
SOFTMAX_KERNEL(f32, float)
SOFTMAX_KERNEL(bf16, uint32_t)
