// gemm_bf16.c: bfloat16: a word is two numbers, the lower half the first.
#include "base/half.h"
#include "cpu/ref/ref.h"

// Two numbers, step floats apart, of which there are `n` at most.
static uint32_t word_of(const float *x, size_t step, size_t n)
{
    return half_to_bf16(x[0]) | (n > 1 ? (uint32_t)half_to_bf16(x[step]) << 16 : 0);
}

static double dot(uint32_t a, uint32_t b)
{
    return (double)half_from_bf16((uint16_t)a) * half_from_bf16((uint16_t)b) +
           (double)half_from_bf16((uint16_t)(a >> 16)) * half_from_bf16((uint16_t)(b >> 16));
}

void KERNEL(rows_bf16) ROWS_ARGS
{
    uint32_t *words = dst;
    for (size_t i = 0; i < rows; i++) {
        for (size_t p = 0; p < k; p += 2) {
            words[i * ldd + p / 2] = word_of(src + i * ld + p, 1, k - p);
        }
    }
}

void KERNEL(pack_rows_bf16) PACK_ARGS
{
    uint32_t *words = panel;
    for (size_t p = 0; p < k; p += 2) {
        for (size_t j = 0; j < REF_NR; j++) {
            words[p / 2 * REF_NR + j] = j < n ? word_of(src + j * ld + p, 1, k - p) : 0;
        }
    }
}

void KERNEL(pack_cols_bf16) PACK_ARGS
{
    uint32_t *words = panel;
    for (size_t p = 0; p < k; p += 2) {
        for (size_t j = 0; j < REF_NR; j++) {
            words[p / 2 * REF_NR + j] = j < n ? word_of(src + p * ld + j, ld, k - p) : 0;
        }
    }
}

void KERNEL(gemm_bf16) TILE_ARGS
{
    const uint32_t *a = left, *b = right;
    (void)next;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            double sum = 0;
            for (size_t p = 0; p < k; p++) sum += dot(a[i * ldl + p], b[p * REF_NR + j]);
            c[i * ldc + j] = add ? c[i * ldc + j] + (float)sum : (float)sum;
        }
    }
}

double KERNEL(peak_bf16)(size_t n)
{
    return 2 * KERNEL(peak_f32)(n);
}
