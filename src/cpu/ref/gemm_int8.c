// gemm_int8.c: bytes with a scale: the definition of how numbers are rounded. Scales and rounded
// values are float32 operations in this order at every level, so that all have the same bytes.
#include <string.h>

#include "cpu/ref/ref.h"

// Of n numbers, step floats apart, and 0.
static float lowest(const float *x, size_t step, size_t n)
{
    float low = 0;
    for (size_t i = 0; i < n; i++) low = x[i * step] < low ? x[i * step] : low;
    return low;
}

static float highest(const float *x, size_t step, size_t n)
{
    float high = 0;
    for (size_t i = 0; i < n; i++) high = x[i * step] > high ? x[i * step] : high;
    return high;
}

static int clamp(float x, int low, int high)
{
    return x < (float)low ? low : x > (float)high ? high : (int)x;
}

void KERNEL(rows_int8) ROWS_ARGS
{
    for (size_t i = 0; i < rows; i++) {
        const float *x = src + i * ld;
        uint32_t *row = (uint32_t *)dst + i * ldd;
        uint8_t *bytes = (uint8_t *)(row + INT8_LEFT_HEAD);
        const float low = lowest(x, 1, k), scale = (highest(x, 1, k) - low) / 255;
        const float inverse = scale > 0 ? 1 / scale : 0;
        const struct left_head head = {scale, (int32_t)rintf(-low * inverse)};
        memcpy(row, &head, sizeof head);
        for (size_t p = 0; p < (k + 3) / 4 * 4; p++) {
            // The sum of a product and an integer is rounded once: the nearest integer, ties to
            // even.
            const double sum = p < k ? (double)(x[p] * inverse) + head.zero : head.zero;
            bytes[p] = (uint8_t)clamp((float)rint(sum), 0, 255);
        }
    }
}

// Column j of a panel: k numbers, step floats apart.
static void pack_column(float *panel, size_t j, const float *x, size_t step, size_t k)
{
    int32_t *sums = (int32_t *)panel + REF_NR;
    int8_t *bytes = (int8_t *)panel + INT8_RIGHT_HEAD * REF_NR * 4;
    const float most = fmaxf(highest(x, step, k), -lowest(x, step, k));
    const float inverse = most > 0 ? 1 / (most / 127) : 0;
    panel[j] = most / 127;
    sums[j] = 0;
    for (size_t p = 0; p < (k + 3) / 4 * 4; p++) {
        const int8_t q = p < k ? (int8_t)rintf(x[p * step] * inverse) : 0;
        bytes[(p / 4 * REF_NR + j) * 4 + p % 4] = q;
        sums[j] += q;
    }
}

// A panel of zeros.
static void pack_nothing(float *panel, size_t k)
{
    memset(panel, 0, (INT8_RIGHT_HEAD + (k + 3) / 4) * REF_NR * sizeof *panel);
}

void KERNEL(pack_rows_int8) PACK_ARGS
{
    pack_nothing(panel, k);
    for (size_t j = 0; j < n; j++) pack_column(panel, j, src + j * ld, 1, k);
}

void KERNEL(pack_cols_int8) PACK_ARGS
{
    pack_nothing(panel, k);
    for (size_t j = 0; j < n; j++) pack_column(panel, j, src + j, ld, k);
}

void KERNEL(gemm_int8) TILE_ARGS
{
    const float *scales = right;
    const int32_t *sums = (const int32_t *)right + REF_NR;
    const int8_t *b = (const int8_t *)right + INT8_RIGHT_HEAD * REF_NR * 4;
    (void)next;
    for (size_t i = 0; i < rows; i++) {
        struct left_head head;
        memcpy(&head, (const uint32_t *)left + i * ldl, sizeof head);
        const uint8_t *a = (const uint8_t *)((const uint32_t *)left + i * ldl + INT8_LEFT_HEAD);
        for (size_t j = 0; j < cols; j++) {
            int64_t sum = 0;
            for (size_t p = 0; p < 4 * k; p++) {
                sum += a[p] * b[(p / 4 * REF_NR + j) * 4 + p % 4];
            }
            const double exact = (double)(sum - (int64_t)head.zero * sums[j]);
            const float value = (float)(exact * head.scale * scales[j]);
            c[i * ldc + j] = add ? c[i * ldc + j] + value : value;
        }
    }
}

double KERNEL(peak_int8)(size_t n)
{
    return 4 * KERNEL(peak_f32)(n);
}
