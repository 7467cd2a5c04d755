// softmax.c: a row at a time: its maximum, the exponentials (none above 1) with their sum, scaling.
#include "cpu/simd/vec.h"

INLINE float row_max(const float *p, float scale, size_t n)
{
    vec high = vec_set(-INFINITY);
    for (size_t j = 0; j < n; j += VEC_LANES) {
        high = vec_max(high, vec_keep_n(vec_load_n(p + j, n - j) * scale, n - j, -INFINITY));
    }
    return vec_highest(high);
}

// p = exp(scale p - max); returns their sum.
INLINE float row_exp(float *p, float scale, float max, size_t n)
{
    vec sum = vec_set(0);
    for (size_t j = 0; j < n; j += VEC_LANES) {
        vec v = vec_exp(vec_fma(vec_load_n(p + j, n - j), vec_set(scale), vec_set(-max)));
        vec_store_n(p + j, v, n - j);
        sum += vec_keep_n(v, n - j, 0);
    }
    return vec_sum(sum);
}

void KERNEL(softmax_fwd)(float *p, size_t ldp, float scale, float *lse, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, p += ldp) {
        const float max = row_max(p, scale, n), sum = row_exp(p, scale, max, n);
        const float inverse = 1 / sum;
        for (size_t j = 0; j < n; j += VEC_LANES) {
            vec_store_n(p + j, vec_load_n(p + j, n - j) * inverse, n - j);
        }
        if (lse) lse[i] = max + logf(sum);
    }
}
