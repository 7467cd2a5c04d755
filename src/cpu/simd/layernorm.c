// layernorm.c: a row at a time, three passes over what then lies in L1: the sum v with its mean,
// the variance around that mean (one pass with E v² - (E v)² would cancel), the result. Sums run in
// 16 lanes at every level, in several vectors where one is narrower: with 4 lanes of 96 terms the
// portable level had 1.6 times torch's error on MiniLM's embeddings.
#include "cpu/simd/vec.h"

enum { SUMS = 16 / VEC_LANES };

INLINE float total(const vec sums[SUMS])
{
    vec sum = sums[0];
    for (size_t s = 1; s < SUMS; s++) sum += sums[s];
    return vec_sum(sum);
}

// y = (x + bias) + residual; returns the sum of y.
INLINE float add_terms(float *y, const float *x, const float *bias, const float *residual,
                       size_t cols)
{
    vec sums[SUMS] = {0};
    for (size_t j = 0; j < cols;) {
        UNROLL
        for (size_t s = 0; s < SUMS && j < cols; s++, j += VEC_LANES) {
            vec v = vec_load_n(x + j, cols - j);
            if (bias) v += vec_load_n(bias + j, cols - j);
            if (residual) v += vec_load_n(residual + j, cols - j);
            vec_store_n(y + j, v, cols - j);
            sums[s] += v;
        }
    }
    return total(sums);
}

INLINE float squared_distance(const float *v, float mean, size_t cols)
{
    vec sums[SUMS] = {0};
    for (size_t j = 0; j < cols;) {
        UNROLL
        for (size_t s = 0; s < SUMS && j < cols; s++, j += VEC_LANES) {
            const vec d = vec_keep_n(vec_load_n(v + j, cols - j) - mean, cols - j, 0);
            sums[s] = vec_fma(d, d, sums[s]);
        }
    }
    return total(sums);
}

INLINE void scale_row(float *y, float mean, float rstd, const float *gamma, const float *beta,
                      size_t cols)
{
    for (size_t j = 0; j < cols; j += VEC_LANES) {
        const vec hat = (vec_load_n(y + j, cols - j) - mean) * rstd;
        const vec g = vec_load_n(gamma + j, cols - j), b = vec_load_n(beta + j, cols - j);
        vec_store_n(y + j, vec_fma(hat, g, b), cols - j);
    }
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
        scale_row(y, m, s, gamma, beta, cols);
        if (mean) mean[i] = m;
        if (rstd) rstd[i] = s;
    }
}
