// rows.c: many rows to one (mean, maximum), rows over divisors, and rows to unit length. The
// reductions walk row after row and keep the running result in y: memory is read in its own order.
#include "cpu/simd/vec.h"

void KERNEL(mean_rows)(float *y, const float *x, size_t ldx, size_t rows, size_t cols)
{
    if (y != x) memcpy(y, x, cols * sizeof *y);
    for (size_t i = 1; i < rows; i++) {
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            const vec v = vec_load_n(x + i * ldx + j, cols - j);
            vec_store_n(y + j, vec_load_n(y + j, cols - j) + v, cols - j);
        }
    }
    for (size_t j = 0; j < cols; j += VEC_LANES) {
        vec_store_n(y + j, vec_load_n(y + j, cols - j) / (float)rows, cols - j);
    }
}

void KERNEL(max_rows)(float *y, const float *x, size_t ldx, size_t rows, size_t cols)
{
    memcpy(y, x, cols * sizeof *y);
    for (size_t i = 1; i < rows; i++) {
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            const vec v = vec_load_n(x + i * ldx + j, cols - j);
            vec_store_n(y + j, vec_max(vec_load_n(y + j, cols - j), v), cols - j);
        }
    }
}

void KERNEL(divide_rows)(float *y, size_t ldy, const float *divisors, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++, y += ldy) {
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            vec_store_n(y + j, vec_load_n(y + j, cols - j) / divisors[i], cols - j);
        }
    }
}

void KERNEL(normalize_fwd)(float *x, size_t ldx, size_t rows, size_t cols)
{
    for (; rows > 0; rows--, x += ldx) {
        vec sum = vec_set(0);
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            const vec v = vec_load_n(x + j, cols - j);
            sum = vec_fma(v, v, sum);
        }
        const float length = fmaxf(sqrtf(vec_sum(sum)), 1e-12f);
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            vec_store_n(x + j, vec_load_n(x + j, cols - j) / length, cols - j);
        }
    }
}
