// layernorm.c: a row at a time, three passes over what then lies in L1: the sum v with its mean,
// the variance around that mean (one pass with E v² - (E v)² would cancel), the result. Sums run in
// 32 lanes at every level, in several vectors: one would wait for its own last addition, and with 4
// lanes of 96 terms the portable level had 1.6 times torch's error on MiniLM's embeddings.
#include "cpu/simd/vec.h"

enum { SUM_LANES = 32, SUMS = SUM_LANES / VEC_LANES };

INLINE float total(const vec sums[SUMS])
{
    vec sum = sums[0];
    for (size_t s = 1; s < SUMS; s++) sum += sums[s];
    return vec_sum(sum);
}

static const float *from(const float *p, size_t j)
{
    return p ? p + j : NULL;
}

// y = (x + bias) + residual, VEC_LANES of them, or the first n where that is fewer; returns y.
INLINE vec add_vec(float *y, const float *x, const float *bias, const float *residual, size_t n)
{
    vec v = vec_load_n(x, n);
    if (bias) v += vec_load_n(bias, n);
    if (residual) v += vec_load_n(residual, n);
    vec_store_n(y, v, n);
    return v;
}

// y = (x + bias) + residual; returns the sum of y.
INLINE float add_terms(float *y, const float *x, const float *bias, const float *residual,
                       size_t cols)
{
    vec sums[SUMS] = {0};
    size_t j = 0;
    for (; cols - j >= SUM_LANES; j += SUM_LANES) {
        UNROLL
        for (size_t s = 0; s < SUMS; s++) {
            const size_t i = j + s * VEC_LANES;
            sums[s] += add_vec(y + i, x + i, from(bias, i), from(residual, i), VEC_LANES);
        }
    }
    UNROLL
    for (size_t s = 0; s < SUMS; s++, j += VEC_LANES) {
        if (j < cols) sums[s] += add_vec(y + j, x + j, from(bias, j), from(residual, j), cols - j);
    }
    return total(sums);
}

// sum + (v - mean)², likewise.
INLINE vec add_square(vec sum, const float *v, float mean, size_t n)
{
    const vec d = vec_keep_n(vec_load_n(v, n) - mean, n, 0);
    return vec_fma(d, d, sum);
}

INLINE float squared_distance(const float *v, float mean, size_t cols)
{
    vec sums[SUMS] = {0};
    size_t j = 0;
    for (; cols - j >= SUM_LANES; j += SUM_LANES) {
        UNROLL
        for (size_t s = 0; s < SUMS; s++) {
            sums[s] = add_square(sums[s], v + j + s * VEC_LANES, mean, VEC_LANES);
        }
    }
    UNROLL
    for (size_t s = 0; s < SUMS; s++, j += VEC_LANES) {
        if (j < cols) sums[s] = add_square(sums[s], v + j, mean, cols - j);
    }
    return total(sums);
}

INLINE void scale_vec(float *y, vec mean, vec rstd, const float *gamma, const float *beta, size_t n)
{
    const vec hat = (vec_load_n(y, n) - mean) * rstd;
    vec_store_n(y, vec_fma(hat, vec_load_n(gamma, n), vec_load_n(beta, n)), n);
}

INLINE void scale_row(float *y, vec mean, vec rstd, const float *gamma, const float *beta,
                      size_t cols)
{
    size_t j = 0;
    for (; cols - j >= VEC_LANES; j += VEC_LANES) {
        scale_vec(y + j, mean, rstd, gamma + j, beta + j, VEC_LANES);
    }
    if (j < cols) scale_vec(y + j, mean, rstd, gamma + j, beta + j, cols - j);
}

void KERNEL(layernorm_fwd)(float *y, size_t ldy, const float *x, size_t ldx, const float *bias,
                           const float *residual, size_t ldr, const float *gamma, const float *beta,
                           float eps, float *sum, size_t lds, float *mean, float *rstd, size_t rows,
                           size_t cols)
{
    for (size_t i = 0; i < rows; i++, y += ldy) {
        const float *r = residual ? residual + i * ldr : NULL;
        const float m = add_terms(y, x + i * ldx, bias, r, cols) / (float)cols;
        if (sum) memcpy(sum + i * lds, y, cols * sizeof *y);
        const float s = 1 / sqrtf(squared_distance(y, m, cols) / (float)cols + eps);
        scale_row(y, vec_set(m), vec_set(s), gamma, beta, cols);
        if (mean) mean[i] = m;
        if (rstd) rstd[i] = s;
    }
}
