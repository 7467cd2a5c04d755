// gemm_f32.c: float32 panels, the tile, and the table of this level.
#include "cpu/ref/ref.h"

KERNEL_TABLE(REF_MR, REF_NR);

void KERNEL(pack_rows_f32) PACK_ARGS
{
    float *dst = panel;
    for (size_t p = 0; p < k; p++) {
        for (size_t j = 0; j < REF_NR; j++) dst[p * REF_NR + j] = j < n ? src[j * ld + p] : 0;
    }
}

void KERNEL(pack_cols_f32) PACK_ARGS
{
    float *dst = panel;
    for (size_t p = 0; p < k; p++) {
        for (size_t j = 0; j < REF_NR; j++) dst[p * REF_NR + j] = j < n ? src[p * ld + j] : 0;
    }
}

void KERNEL(gemm_f32) TILE_ARGS
{
    const float *a = left, *b = right;
    (void)next;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            double sum = 0;
            for (size_t p = 0; p < k; p++) sum += (double)a[i * ldl + p] * b[p * REF_NR + j];
            c[i * ldc + j] = add ? c[i * ldc + j] + (float)sum : (float)sum;
        }
    }
}

double KERNEL(peak_f32)(size_t n)
{
    volatile float unknown = 1;
    const double factor = unknown, term = unknown - 1;
    double sum = 0;
    for (size_t i = 0; i < n * 1000000; i++) sum = sum * factor + term;
    unknown = (float)sum;
    return 2e6 * (double)n;
}
