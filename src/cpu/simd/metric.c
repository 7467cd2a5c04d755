// metric.c: similarities of rows and one vector. Four rows are taken at a time, each with a chain
// of its own: a row's bits do not depend on its neighbours, q is loaded once for four, and the
// chains' latency is hidden. From memory the rows are then read as fast as they come.
#include "cpu/simd/vec.h"

enum { GROUP = 4 };

INLINE vec add_product(vec x, vec q, vec sum)
{
    return vec_fma(x, q, sum);
}

INLINE vec add_square(vec x, vec q, vec sum)
{
    const vec d = x - q;
    return vec_fma(d, d, sum);
}

INLINE vec add_distance(vec x, vec q, vec sum)
{
    return sum + vec_abs(x - q);
}

INLINE vec add_length(vec x, vec q, vec sum)
{
    (void)q;
    return vec_fma(x, x, sum);
}

typedef vec add_fn(vec x, vec q, vec sum);

// sums[i] = the sum of add over row i, for n <= GROUP rows.
INLINE void sum_group(float *sums, const float *x, size_t ldx, const float *q, size_t n,
                      size_t cols, add_fn *add)
{
    vec sum[GROUP];
    UNROLL
    for (size_t i = 0; i < GROUP; i++) sum[i] = vec_set(0);
    for (size_t j = 0; j < cols; j += VEC_LANES) {
        const vec v = vec_load_n(q + j, cols - j);
        UNROLL
        for (size_t i = 0; i < GROUP; i++) {
            if (i < n) sum[i] = add(vec_load_n(x + i * ldx + j, cols - j), v, sum[i]);
        }
    }
    for (size_t i = 0; i < n; i++) sums[i] = vec_sum(sum[i]);
}

INLINE void sum_rows(float *sums, const float *x, size_t ldx, const float *q, size_t rows,
                     size_t cols, add_fn *add)
{
    size_t i = 0;
    for (; i + GROUP <= rows; i += GROUP) {
        sum_group(sums + i, x + i * ldx, ldx, q, GROUP, cols, add);
    }
    for (; i < rows; i++) sum_group(sums + i, x + i * ldx, ldx, q, 1, cols, add);
}

void KERNEL(dot_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                      size_t cols)
{
    sum_rows(y, x, ldx, q, rows, cols, add_product);
}

INLINE float length_of(float square)
{
    return fmaxf(sqrtf(square), 1e-12f);
}

void KERNEL(cosine_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                         size_t cols)
{
    float squares[GROUP];
    sum_rows(squares, q, 0, q, 1, cols, add_length);
    const float length = length_of(squares[0]);
    sum_rows(y, x, ldx, q, rows, cols, add_product);
    for (size_t i = 0; i < rows; i += GROUP) {
        const size_t n = rows - i < GROUP ? rows - i : GROUP;
        sum_rows(squares, x + i * ldx, ldx, q, n, cols, add_length);
        for (size_t k = 0; k < n; k++) y[i + k] /= length * length_of(squares[k]);
    }
}

void KERNEL(euclidean_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                            size_t cols)
{
    sum_rows(y, x, ldx, q, rows, cols, add_square);
    for (size_t i = 0; i < rows; i++) y[i] = -sqrtf(y[i]);
}

void KERNEL(manhattan_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                            size_t cols)
{
    sum_rows(y, x, ldx, q, rows, cols, add_distance);
    for (size_t i = 0; i < rows; i++) y[i] = -y[i];
}
