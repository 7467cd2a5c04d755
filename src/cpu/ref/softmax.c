// softmax.c: exponentials of a row, and their sum.
#include <string.h>

#include "base/half.h"
#include "cpu/ref/ref.h"

// Of a row: the largest scaled score, and the sum of exp(score - that).
struct row {
    double max, sum;
};

static struct row row_of(const float *x, double scale, size_t n)
{
    struct row row = {-INFINITY, 0};
    for (size_t j = 0; j < n; j++) row.max = fmax(row.max, scale * x[j]);
    for (size_t j = 0; j < n; j++) row.sum += exp(scale * x[j] - row.max);
    return row;
}

static void keep(const struct row *row, float *sum, float *lse)
{
    *sum = (float)row->sum;
    if (lse) *lse = (float)(row->max + log(row->sum));
}

void KERNEL(softmax_f32) SOFTMAX_ARGS
{
    for (size_t i = 0; i < rows; i++) {
        const struct row row = row_of(x + i * ldx, scale, n);
        float *p = (float *)dst + i * ldd;
        for (size_t j = 0; j < n; j++) p[j] = (float)exp((double)scale * x[i * ldx + j] - row.max);
        keep(&row, sums + i, lse ? lse + i : NULL);
    }
}

void KERNEL(softmax_bf16) SOFTMAX_ARGS
{
    for (size_t i = 0; i < rows; i++) {
        const struct row row = row_of(x + i * ldx, scale, n);
        uint32_t *words = (uint32_t *)dst + i * ldd;
        for (size_t j = 0; j < n; j++) {
            const float p = (float)exp((double)scale * x[i * ldx + j] - row.max);
            const uint32_t half = half_to_bf16(p);
            words[j / 2] = j % 2 ? words[j / 2] | half << 16 : half;
        }
        keep(&row, sums + i, lse ? lse + i : NULL);
    }
}

void KERNEL(softmax_int8) SOFTMAX_ARGS
{
    const double top = n > INT8_TERMS ? 254.0 * INT8_TERMS / (double)n : 254;
    for (size_t i = 0; i < rows; i++) {
        const struct row row = row_of(x + i * ldx, scale, n);
        uint32_t *words = (uint32_t *)dst + i * ldd;
        uint8_t *bytes = (uint8_t *)(words + INT8_LEFT_HEAD);
        int32_t sum = 0;
        double left = 0;
        memset(bytes, 0, (n + 3) / 4 * 4);
        for (size_t j = 0; j < n; j++) {
            const double wanted = top * exp((double)scale * x[i * ldx + j] - row.max) + left;
            bytes[j] = (uint8_t)rint(wanted);
            left = wanted - bytes[j];
            sum += bytes[j];
        }
        const struct left_head head = {1 / (float)sum, 0};
        memcpy(words, &head, sizeof head);
        keep(&(struct row){row.max, sum / top}, sums + i, lse ? lse + i : NULL);
    }
}
