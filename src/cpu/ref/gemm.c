// gemm.c: packing, the GEMM tile, and the table of this level.
#include "cpu/ref/ref.h"

enum { MR = 4, NR = 4 };

KERNEL_TABLE(MR, NR);

void KERNEL(pack_rows)(float *dst, size_t width, const float *src, size_t ld, size_t n, size_t k)
{
    for (size_t p = 0; p < k; p++) {
        for (size_t i = 0; i < width; i++) dst[p * width + i] = i < n ? src[i * ld + p] : 0;
    }
}

void KERNEL(pack_cols)(float *dst, size_t width, const float *src, size_t ld, size_t n, size_t k)
{
    for (size_t p = 0; p < k; p++) {
        for (size_t j = 0; j < width; j++) dst[p * width + j] = j < n ? src[p * ld + j] : 0;
    }
}

void KERNEL(gemm_tile)(float *c, size_t ldc, const float *a, const float *b, size_t k, size_t rows,
                       size_t cols, bool add)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            double sum = 0;
            for (size_t p = 0; p < k; p++) sum += (double)a[p * MR + i] * b[p * NR + j];
            c[i * ldc + j] = add ? c[i * ldc + j] + (float)sum : (float)sum;
        }
    }
}

double KERNEL(fma_loop)(size_t n)
{
    volatile float unknown = 1;
    const double factor = unknown, term = unknown - 1;
    double sum = 0;
    for (size_t i = 0; i < n * 1000000; i++) sum = sum * factor + term;
    unknown = (float)sum;
    return 2e6 * (double)n;
}
