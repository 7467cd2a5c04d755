// gemm.c: the GEMM tile. GEMM_MR x GEMM_VECS vectors of sums stay in registers for the whole of k:
// a step loads a row of b, broadcasts each of a's elements and multiplies. The number of rows is a
// constant of each copy of the loop, so that few rows cost little.
#include "cpu/simd/vec.h"

enum { GEMM_NR = GEMM_VECS * VEC_LANES };

// Floats of c's row that vector j covers.
INLINE size_t width(size_t cols, size_t j)
{
    return cols > j * VEC_LANES ? cols - j * VEC_LANES : 0;
}

INLINE void tile(float *c, size_t ldc, const float *a, const float *b, size_t k, const size_t rows,
                 size_t cols, bool add)
{
    vec sum[GEMM_MR][GEMM_VECS];
    UNROLL
    for (size_t i = 0; i < rows; i++) {
        UNROLL
        for (size_t j = 0; j < GEMM_VECS; j++) {
            sum[i][j] = vec_set(0.0f);
        }
    }
    for (size_t p = 0; p < k; p++, a += GEMM_MR, b += GEMM_NR) {
        vec right[GEMM_VECS];
        UNROLL
        for (size_t j = 0; j < GEMM_VECS; j++) right[j] = vec_load(b + j * VEC_LANES);
        UNROLL
        for (size_t i = 0; i < rows; i++) {
            const vec left = vec_set(a[i]);
            UNROLL
            for (size_t j = 0; j < GEMM_VECS; j++) sum[i][j] = vec_fma(left, right[j], sum[i][j]);
        }
    }
    UNROLL
    for (size_t i = 0; i < rows; i++) {
        UNROLL
        for (size_t j = 0; j < GEMM_VECS; j++) {
            float *at = c + i * ldc + j * VEC_LANES;
            const size_t n = width(cols, j);
            if (add) sum[i][j] = vec_load_n(at, n) + sum[i][j];
            vec_store_n(at, sum[i][j], n);
        }
    }
}

void KERNEL(gemm_tile)(float *c, size_t ldc, const float *a, const float *b, size_t k, size_t rows,
                       size_t cols, bool add)
{
    // clang-format off
    switch (rows) {
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        if (n <= GEMM_MR) tile(c, ldc, a, b, k, n < GEMM_MR ? n : GEMM_MR, cols, add);          \
        break;
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
    default: break;
    }
    // clang-format on
}
